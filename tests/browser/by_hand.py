"""Waits opened in the demo, counted in plain Python from what was read and what an analyser says of it.

No mart, no SQL but plain selects: the rules of docs/kpis.md once more.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.settings import DBT_PROJECT

ZONE = ZoneInfo("Europe/Paris")
MENTION = re.compile(r"(?:^|[^0-9A-Za-zÀ-ÿ_@])@(\w+(?:[.-]\w+)*)")
SURE = 0.8  # from which on a label takes somebody's wait away
TASKS = ("intent", "second_intent", "sentiment", "answerable", "settled", "noise", "reply_kind")
ASKING = {"question", "complaint", "request", "leaving"}
SEED = DBT_PROJECT / "seeds" / "brand_accounts.csv"
OWN = list(csv.DictReader(SEED.read_text(encoding="utf-8").splitlines()))


@dataclass
class Message:
    """A message as it was read."""

    key: str
    site: str
    order: int
    mapped: dict[str, Any]
    thread: str = ""
    role: str = ""
    named: set[str] = field(default_factory=set)
    says: dict[str, tuple[str, float]] = field(default_factory=dict)
    names_product: bool = False

    def surely(self, task: str, *values: str) -> bool:
        value, probability = self.says.get(task, ("", 0.0))
        return value in values and probability >= SURE

    @property
    def is_noise(self) -> bool:
        return self.surely("noise", "yes")

    @property
    def is_settled(self) -> bool:
        return self.surely("settled", "yes") and not self.is_noise

    def tells(self, asked: Message | None) -> bool:
        """Whether it answers what the company last asked in the thread, and neither thanks nor settles."""
        intent, settled = (self.says.get(task, ("", 0.0))[0] for task in ("intent", "settled"))
        return bool(asked and asked.surely("reply_kind", "question")) and intent != "praise" and settled != "yes"

    def seems(self, task: str) -> str:
        return self.says.get(task, ("", 0.0))[0]

    @property
    def is_closing(self) -> bool:
        is_thanks = self.seems("intent") in {"reply", "praise"} and self.seems("sentiment") != "negative"
        return self.surely("answerable", "no") and (is_thanks or self.seems("settled") == "yes")

    def is_remark(self, asked: Message | None) -> bool:
        """Whether it seems to ask nothing, so that a polite word answers it."""
        wants = {self.seems("intent"), self.seems("second_intent")} & ASKING
        return (
            self.seems("answerable") == "no"
            and self.seems("intent") != ""
            and not wants
            and not self.surely("sentiment", "negative")
            and not self.tells(asked)
        )

    def asks(self, is_addressed: bool) -> bool:
        """Whether it waits under the policy `intent`: what is not sure does where it is addressed."""
        intent, probability = self.says.get("intent", ("", 0.0))
        second = self.says.get("second_intent", ("", 0.0))[0]
        if not self.mapped.get("is_public", True):
            return is_addressed
        if not (is_addressed or self.names_product):
            return False
        if probability >= SURE:
            return bool({intent, second} & ASKING)
        if self.surely("answerable", "yes", "no"):
            return self.surely("answerable", "yes")
        return is_addressed

    @property
    def closes(self) -> bool:
        return not self.surely("reply_kind", "holding", "courtesy", "announcement", "automatic")

    @property
    def posted_at(self) -> datetime:
        return datetime.fromisoformat(self.mapped["posted_at"])

    @property
    def day(self) -> date:
        return self.posted_at.astimezone(ZONE).date()

    @property
    def parent(self) -> str | None:
        return f"{self.site}:{self.mapped['parent']}" if self.mapped.get("parent") else None

    @property
    def names(self) -> set[str]:
        return {self.mapped["account"].lower(), (self.mapped.get("handle") or self.mapped["account"]).lower()}


def waits_opened(connection: Any, first: date, last: date) -> int:
    """Waits of the generated company that opened in a period of the company's days."""
    rows = connection.execute(
        "select distinct on (site, record_id) site, record_id, native_order, payload -> 'mapped'"
        " from raw.sample__messages order by site, record_id, version desc"
    ).fetchall()
    messages = {f"{site}:{i}": Message(f"{site}:{i}", site, order, mapped) for site, i, order, mapped in rows}
    for task in TASKS:
        labels = connection.execute(
            f"select message_id, {task}, {task}_probability from understanding.messages where {task} is not null"
        )
        for key, value, probability in labels.fetchall():
            if key in messages:
                messages[key].says[task] = (value, probability)
    products = connection.execute("select message_id from understanding.mentions where kind = 'product'").fetchall()
    for (key,) in products:
        if key in messages:
            messages[key].names_product = True
    threads: dict[str, list[Message]] = defaultdict(list)
    for message in messages.values():
        message.thread = thread_of(message, messages)
        message.role = role_of(message)
        found = MENTION.findall(message.mapped.get("body") or "")
        message.named = {n.lower() for n in found} | {re.split(r"[.-]", n)[0].lower() for n in found}
        threads[message.thread].append(message)
    return sum(first <= day <= last for thread in threads.values() for day in openings(thread, messages))


def thread_of(message: Message, messages: dict[str, Message]) -> str:
    """The native thread, else the furthest ancestor."""
    while not message.mapped.get("thread") and message.parent:
        if message.parent not in messages:
            return message.parent
        message = messages[message.parent]
    native = message.mapped.get("thread")
    return f"{message.site}:{native}" if native else message.key


def role_of(message: Message) -> str:
    """What the archive says, else what the company's list says of that day, else a customer."""
    declared = message.mapped.get("author_role_declared")
    if declared:
        return str(declared)
    for row in OWN:
        dates = (row["valid_from"] or "0001-01-01") <= str(message.day) <= (row["valid_to"] or "9999-12-31")
        if row["site"] == message.site and row["account"].lower() in message.names and dates:
            return "bot" if row["kind"] == "bot" else "brand"
    return "customer"


def is_addressed(message: Message, thread: list[Message], messages: dict[str, Message]) -> bool:
    """In private, a review, a space of the company's own, an answer to it, or a mention of it."""
    listed = {row["account"].lower() for row in OWN if row["site"] == message.site}
    speaking = {(m.mapped.get("handle") or m.mapped["account"]).lower() for m in thread if m.role == "brand"}
    parent = messages.get(message.parent or "")
    return bool(
        not message.mapped.get("is_public", True)
        or message.mapped.get("rating") is not None
        or any(row["kind"] == "space" for row in OWN if row["site"] == message.site)
        or (parent and parent.role == "brand" and parent.thread == message.thread)
        or message.named & (listed | speaking)
    )


def openings(thread: list[Message], messages: dict[str, Message]) -> list[date]:
    """Days on which the waits of one thread opened."""
    waiting: set[str] = set()
    asking: set[str] = set()  # whose wait holds more than a remark
    began: dict[str, datetime] = {}
    for message in thread:
        if message.role == "customer":
            account = message.mapped["account"]
            began[account] = min(began.get(account, message.posted_at), message.posted_at)
    opened = []
    asked: Message | None = None
    for message in sorted(thread, key=lambda m: place(m, messages)):
        account = message.mapped["account"]
        if message.role == "customer":
            if message.is_settled:
                waiting.discard(account)
                asking.discard(account)
            addressed = is_addressed(message, thread, messages)
            if message.tells(asked):
                waits = addressed or (message.names_product and message.mapped.get("is_public", True))
            else:
                waits = message.asks(addressed) and not message.is_closing
            if waits and not message.is_noise and not message.is_remark(asked):
                asking.add(account)
            waits = waits and account not in waiting
            if waits:
                opened.append(message.day)
            if waits and not message.is_noise:  # which is over as it begins
                waiting.add(account)
        elif message.role == "brand":
            asked = message
            spoken = spoken_to(message, thread, messages, began)
            is_courtesy = message.surely("reply_kind", "courtesy")
            ended = spoken if message.closes else spoken - asking if is_courtesy else set()
            waiting -= ended
            asking -= ended
    return opened


def place(message: Message, messages: dict[str, Message]) -> tuple[datetime, int, str, int]:
    """Order in a thread; an answer dated before the very message it answers comes right after that message."""
    parent = messages.get(message.parent or "")
    if message.role == "brand" and parent and parent.role == "customer" and parent.posted_at > message.posted_at:
        return parent.posted_at, parent.order, parent.key, 1
    return message.posted_at, message.order, message.key, 0


def spoken_to(
    message: Message, thread: list[Message], messages: dict[str, Message], began: dict[str, datetime]
) -> set[str]:
    """Accounts that a message of the company speaks to."""
    parent = messages.get(message.parent or "")
    if message.parent is None and not message.named:
        return {account for account, since in began.items() if since <= message.posted_at}
    spoken = {m.mapped["account"] for m in thread if m.role == "customer" and message.named & m.names}
    if parent and parent.role == "customer" and parent.thread == message.thread:
        spoken.add(parent.mapped["account"])
    return spoken
