"""What can happen to an archive between two refreshes, replayed incrementally and by building all again.

Many histories are replayed in one warehouse, since a refresh costs seconds whatever it holds. Each has a site
and days of its own, so that none can touch what another forgot to touch.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.helpers.house import House, Rows

FIRST_DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
Step = Callable[["History", House], None]
Tables = dict[str, Rows]


@dataclass
class History:
    """One archive's fate: a step a round, and what must hold after the last one."""

    site: str
    steps: Sequence[Step]
    day: int = 0
    threads: dict[str, str] = field(default_factory=dict)
    waits: Iterable[tuple[str, str | None]] | None = None

    def at(self, minute: float, day: int = 0) -> str:
        return (FIRST_DAY + timedelta(days=self.day * 5 + day, minutes=minute)).isoformat()


def rows(*given: dict[str, Any], **options: Any) -> Step:
    """A step that imports messages; `minute` is counted from the history's first morning."""

    def step(history: History, house: House) -> None:
        made = []
        for row in given:
            values = {"account": "ann", "role": "customer", "minute": 0, "days": 0} | row
            moment = history.at(values.pop("minute"), values.pop("days"))
            made.append({"posted_at": moment, **values})
        house.load_rows(made, **{"name": history.site, "site": history.site} | options)

    return step


def gone(*record_ids: str) -> Step:
    def step(history: History, house: House) -> None:
        house.remove(*record_ids, site=history.site)

    return step


def write_statuses(house: House, site: str, *given: tuple[str, str, str]) -> None:
    """Import what a help desk says of threads: thread, status, moment."""
    path = house.folder / f"statuses-{uuid4().hex}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("thread", "status", "at"), *given])
    house.load(path, mapping="statuses", name=f"{site}.desk", site=site)


def statuses(*given: tuple[str, str, float, int]) -> Step:
    """A step in which a help desk speaks: thread, status, minute and day of the history."""

    def step(history: History, house: House) -> None:
        write_statuses(house, history.site, *((t, s, history.at(minute, day)) for t, s, minute, day in given))

    return step


def both(*steps: Step) -> Step:
    def step(history: History, house: House) -> None:
        for one in steps:
            one(history, house)

    return step


def nothing(_history: History, _house: House) -> None:
    """A round in which nothing happens."""


def corrected(message: str, task: str, value: str | None) -> Step:
    """A step in which a person says what a message says, or takes that back."""

    def step(history: History, house: House) -> None:
        house.correct(f"{history.site}:{message}", task, value)

    return step


def replay(
    house: House, histories: Sequence[History], *, full: bool, before: Callable[[int], None] = lambda _: None
) -> list[Tables]:
    """Replay all histories round by round with a refresh after each; every row after every round.

    `before` is told each round before it begins.
    """
    found = []
    for round_ in range(max(len(h.steps) for h in histories)):
        before(round_)
        for history in histories:
            if round_ < len(history.steps):
                history.steps[round_](history, house)
        house.refresh(full=full, as_of=house.as_of + timedelta(days=round_))
        found.append(house.built(named=True))
    return found


def of_site(tables: Tables, history: History) -> Tables:
    """The rows of one history: those that name its site, or lie on its days."""
    days = {(FIRST_DAY + timedelta(days=history.day * 5 + n)).date().isoformat() for n in range(-1, 4)}
    return {
        name: Rows({
            text: n for text, n in found.items() if f"{history.site}:" in text or f",{history.site}," in text
            or (name == "marts.kpi_channel_daily" and text[1:11] in days)
        })
        for name, found in tables.items()
    }  # fmt: skip


ACCOUNTS = [("ann", "customer"), ("bob", "customer"), ("cat", "customer"), ("desk", "brand"), ("kim", "brand")]
SEEDED = [*ACCOUNTS[:3], ("TilleulAide", ""), ("Nora_Tilleul", ""), ("tilleul_bot", "")]


def random_forests(seed: int, first_day: int = 0, number: int = 60, rounds: int = 4) -> list[History]:
    random_ = random.Random(seed)
    return [_random_forest(random_, n, rounds, first_day + n) for n in range(number)]


def _random_forest(random_: random.Random, number: int, rounds: int, day: int) -> History:
    """A small forest of messages that is read, edited, re-linked, deleted and read again in random batches."""
    seeded = number == 0
    ids = [f"m{n}" for n in range(random_.randint(3, 8))]
    steps = [_random_step(random_, ids, SEEDED if seeded else ACCOUNTS) for _ in range(rounds)]
    return History("tilleul" if seeded else f"forest{number}", steps, day=day)


def _random_step(random_: random.Random, ids: list[str], accounts: list[tuple[str, str]]) -> Step:
    batch = [_random_row(random_, ids, accounts) for _ in range(random_.randint(0, 4))]
    removed = random_.sample(ids, random_.choice([0, 0, 0, 1, 2]))
    options: dict[str, Any] = {"answerable": random_.choice(["all", "all", "addressed", "intent"])}
    options["owned"] = random_.random() < 0.1
    second = random_.random() < 0.2
    told = [
        (random_.choice([*ids, "t0", "t1"]), random_.choice(["open", "resolved"]), random_.choice([0, 5, 40, 41]),
         random_.choice([0, 0, 1, 3, 4]))
        for _ in range(random_.choice([0, 0, 0, 2, 4]))
    ]  # fmt: skip
    labels = [
        corrected(random_.choice(ids), task, random_.choice([value, value, None]))
        for task, value in (_random_label(random_) for _ in range(random_.choice([0, 0, 0, 1, 2])))
    ]

    def step(history: History, house: House) -> None:
        if second:
            options["name"] = f"{history.site}.more"
        if batch:
            rows(*batch, **options)(history, house)
        if removed:
            gone(*removed)(history, house)
        if told:
            statuses(*told)(history, house)
        both(*labels)(history, house)

    return step


VALUES = {
    "intent": ["question", "complaint", "praise", "reply", "other"],
    "answerable": ["yes", "no", "no"],
    "settled": ["yes", "no"],
    "noise": ["yes", "no", "no"],
    "sentiment": ["negative", "neutral", "positive"],
    "reply_kind": ["answer", "question", "redirect", "holding", "courtesy", "announcement"],
}


def _random_label(random_: random.Random) -> tuple[str, str]:
    task = random_.choice([*VALUES, "reply_kind"])
    return task, random_.choice(VALUES[task])


def _random_meaning(random_: random.Random) -> str:
    """What a text says, for the analyser of tests: nothing, or labels that are sure or not, and a product."""
    said = dict(_random_label(random_) for _ in range(random_.choice([0, 0, 2, 4])))
    labels = [f"{{{task}={value}@{random_.choice([0.95, 0.95, 0.6])}}}" for task, value in said.items()]
    return " ".join([*labels, *random_.choice([[], [], ["{product:Alto}"]])])


def _random_row(random_: random.Random, ids: list[str], accounts: list[tuple[str, str]]) -> dict[str, Any]:
    account, role = random_.choice(accounts)
    mentioned = random_.choice(accounts)[0]
    return {
        "id": random_.choice(ids),
        "account": account,
        "role": role,
        "display_name": random_.choice(["", "", account.title()]),
        "parent": random_.choice([*ids, *ids, "", "", "", "unknown"]),
        "thread": random_.choice(["", "", "", "t0", "t1", "m0"]),
        "minute": random_.choice([0, 1, 1, 5, 5, 40]),
        "days": random_.choice([0, 0, 1]),
        "time_precision": random_.choice(["", "", "", "day"]),
        "channel": random_.choice(["twitter", "twitter", "twitter", "mail"]),
        "body": random_.choice(["hello", f"@{mentioned} hello", f"see @{mentioned}.", "a@b.example"])
        + f" {_random_meaning(random_)}",
        "brand": random_.choice(["", "", "acme"]),
        "rating": random_.choice(["", "4"]),
        "is_public": random_.choice(["", "", "", "false"]),
        "reactions": random_.choice(["", "3"]),
    }
