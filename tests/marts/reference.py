"""The service KPIs once more, in plain Python over the file itself: what the marts are measured against.

Nothing here reads SQL or the product's code: links are walked, waits swept and percentiles interpolated as
docs/kpis and the archives' own descriptions say.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MENTION = re.compile(r"(?<![\w@])@(\w+(?:[.-]\w+)*)")
ADDRESS = re.compile(
    r"(?<![\w@.%+-])(?:(?:https?://|www\.)\S*|[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S*|[\w.%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)",
    re.IGNORECASE,
)
ROLES = {"client": "customer", "client1": "customer", "agent": "brand"}


@dataclass(frozen=True)
class Message:
    id: str
    account: str
    direction: str
    posted_at: datetime
    order: int
    text: str
    parent: str | None = None
    thread: str | None = None
    is_review: bool = False

    @property
    def place(self) -> tuple[datetime, int, str]:
        return self.posted_at, self.order, self.id

    @property
    def day(self) -> date:
        return self.posted_at.astimezone(PARIS).date()

    def mentions(self, present: set[str]) -> set[str]:
        """Whom it names of those who are there, small letters: of names that begin alike the longest."""
        found = set()
        for written in MENTION.findall(ADDRESS.sub(" ", self.text)):
            name = written.lower()
            while name and name not in present:
                name = re.sub(r"(^|[.-])[^.-]*$", "", name)
            found.add(name)
        return found - {""}


@dataclass(frozen=True)
class Wait:
    thread: str
    account: str
    opening: Message
    answer: Message | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.thread, self.account, self.opening.id

    @property
    def minutes(self) -> Decimal | None:
        return None if self.answer is None else minutes(self.answer.posted_at - self.opening.posted_at)


def minutes(span: timedelta) -> Decimal:
    micros = span // timedelta(microseconds=1)
    return (Decimal(micros) / 60_000_000).quantize(Decimal("0.001"), ROUND_HALF_UP)


def read_twitter(path: Path) -> list[Message]:
    """The customer-support-on-Twitter export: ids are no order, so the row's place breaks ties."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        latest = {
            row["tweet_id"]: Message(
                row["tweet_id"],
                row["author_id"].lower(),
                "customer" if row["inbound"].lower() == "true" else "brand",
                datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y"),
                place,
                row["text"],
                row["in_response_to_tweet_id"] or None,
            )
            for place, row in enumerate(csv.DictReader(file))
        }
    return list(latest.values())


def read_ibm(path: Path) -> list[Message]:
    """The IBM sessions: each turn answers the one before; a tweet of two sessions is the later one's.

    Twitter takes capitals and small letters of a name for the same.
    """
    latest = {}
    for session in json.loads(path.read_text(encoding="utf-8")):
        company, link = session["dialogHeader"]["company"], session["agentURL"]
        turns = [*session["dialogContent"], link]
        for place, turn in enumerate(turns):
            who = next((key for key in ROLES if key in turn), "agent")
            said = turn["url_utterance"] if turn is link else turn["message"]
            moment = turn.get("datetime")
            latest[turn["tweet_ID"]] = Message(
                turn["tweet_ID"],
                turn.get(who, company).lower(),
                ROLES[who],
                datetime.fromisoformat(moment) if moment else snowflake(turn["tweet_ID"]),
                0,
                said,
                turns[place - 1]["tweet_ID"] if place else None,
                turns[0]["tweet_ID"],
            )
    return list(latest.values())


def snowflake(tweet_id: str) -> datetime:
    since_1970 = timedelta(milliseconds=(int(tweet_id) >> 22) + 1288834974657)
    return datetime(1970, 1, 1, tzinfo=UTC) + since_1970


def threads(messages: Sequence[Message]) -> dict[str, list[Message]]:
    """Messages by thread: the native one, else the furthest ancestor, known or only referred to."""
    by_id = {m.id: m for m in messages}
    found = defaultdict(list)
    for m in messages:
        at, seen = m, set()
        while at.thread is None and at.parent is not None and at.parent in by_id and at.id not in seen:
            seen.add(at.id)
            at = by_id[at.parent]
        found[at.thread or at.parent or at.id].append(m)
    return dict(found)


class Thread:
    """One thread: in what order its messages stand, and to whom the company speaks in it."""

    def __init__(self, members: Sequence[Message]) -> None:
        """Work out each message's place and ancestors once."""
        self.members = members
        self.by_id = {m.id: m for m in members}
        self.customers = {m.account for m in members if m.direction == "customer"}
        self.names = {m.account.lower() for m in members}
        self.places = {m.id: self._place(m) for m in members}

    def above(self, message: Message) -> list[Message]:
        """Return what a message answers, what that answers, and so on: the nearest first."""
        found: list[Message] = []
        while (parent := self._parent(message)) and parent not in found:
            found.append(parent)
            message = parent
        return found

    def _parent(self, message: Message) -> Message | None:
        if message.parent:
            return self.by_id.get(message.parent)
        # Older than the review that its thread's only customer wrote first: that was edited since.
        asked = sorted((m for m in self.members if m.direction == "customer"), key=lambda m: m.place)
        is_edited = asked and len(self.customers) == 1 and asked[0].is_review and message.place < asked[0].place
        return asked[0] if is_edited and message.direction == "brand" else None

    def _place(self, message: Message) -> tuple[tuple[datetime, int, str], int, tuple[datetime, int, str]]:
        """Return the latest place on the way down to a message, how far above it that is, and its own."""
        way = [message, *self.above(message)]
        latest = max(m.place for m in way)
        return latest, next(n for n, m in enumerate(way) if m.place == latest), message.place

    def speaks_to(self, answer: Message, account: str) -> bool:
        """Whether a message of the company is for this customer."""
        above = self.above(answer)
        asked = next((m.account for m in above if m.direction == "customer"), None)
        named = answer.mentions(self.names) - {answer.account.lower()}
        if asked == account or account.lower() in named:
            return True
        own = [self.places[m.id] for m in self.members if m.account == account and m.direction == "customer"]
        if self.places[answer.id] < min(own):
            return False
        top = above[-1] if above else answer
        return len(self.customers) == 1 or (asked is None and top.parent is None and not named)

    def events(self, account: str) -> list[Message]:
        """Return what a customer wrote and what the company said to them, in order."""
        heard = [m for m in self.members if m.direction == "brand" and self.speaks_to(m, account)]
        own = [m for m in self.members if m.account == account and m.direction == "customer"]
        return sorted(own + heard, key=lambda m: self.places[m.id])


def waits(messages: Sequence[Message]) -> list[Wait]:
    """Sweep every conversation in the one order of its thread."""
    found = []
    for name, members in threads(messages).items():
        thread = Thread(members)
        for account in sorted(thread.customers):
            opening = None
            for m in thread.events(account):
                if m.direction == "customer":
                    opening = opening or m
                elif opening:
                    found.append(Wait(name, account, opening, m))
                    opening = None
            if opening:
                found.append(Wait(name, account, opening, None))
    return found


def percentile(values: Iterable[Decimal], share: float) -> Decimal | None:
    """Linear interpolation between the neighbours of the wanted place, to the thousandth."""
    ordered = sorted(float(v) for v in values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    value = ordered[low] + (ordered[high] - ordered[low]) * (place - low)
    return Decimal(f"{value:.15g}").quantize(Decimal("0.001"), ROUND_HALF_UP)


def share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.000001"), ROUND_HALF_UP) if whole else None


def promise_kept(wait: Wait, promised: timedelta | None, now: datetime) -> bool | None:
    """None until the promise has fallen due."""
    if promised is None or wait.opening.posted_at + promised > now:
        return None
    return wait.answer is not None and wait.answer.posted_at - wait.opening.posted_at <= promised


# What `service` gives, as tests.helpers.kpis.values asks the marts for it.
SERVICE = (
    "waits_opened", "waits_acknowledged", "waits_answered", "waits_open", "answered_rate",
    "n:response_minutes_median", "response_minutes_median", "response_minutes_p90",
    "promises_due", "promises_kept", "promise_kept_rate",
)  # fmt: skip


def service(waits: Sequence[Wait], promised: timedelta | None, now: datetime) -> tuple[object, ...]:
    """The service KPIs of some waits, in the order in which the marts give them."""
    answered = [w for w in waits if w.answer]
    times = [w.minutes for w in answered if w.minutes is not None]
    verdicts = [v for v in (promise_kept(w, promised, now) for w in waits) if v is not None]
    return (
        len(waits), len(answered), len(answered), len(waits) - len(answered), share(len(answered), len(waits)),
        len(times), percentile(times, 0.5), percentile(times, 0.9),
        len(verdicts), sum(verdicts), share(sum(verdicts), len(verdicts)),
    )  # fmt: skip
