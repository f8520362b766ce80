"""What people decide of waits, on a real archive: every wait equals a walk in plain Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, of_period, values
from tests.marts import reference
from tests.marts.reference import Message

SITE = "twcs"
Ending = tuple[str | None, datetime | None]
VERDICTS = ("outside", "not_for_us", "noise", "copy")
SET_ASIDE = ("not_for_us", "noise", "copy")


@dataclass(frozen=True)
class Decided:
    """A decision in force: on the wait that began with a message, closing it at a moment."""

    message: str
    verdict: str
    closed_at: datetime


def walk(messages: Sequence[Message], decisions: Sequence[Decided]) -> dict[str, Ending]:
    """Each wait by its opening message: how it ended, and when."""
    by_message = {decision.message: decision for decision in decisions}
    found: dict[str, Ending] = {}
    for members in reference.threads(messages).values():
        thread = reference.Thread(members)
        for account in thread.customers:
            spoken = thread.events(account)
            events: list[Any] = [
                ((thread.places[m.id][0][0], thread.places[m.id]), 1 if m.direction == "customer" else 2, m)
                for m in spoken
            ]
            for m in spoken:
                if m.direction == "customer" and (decision := by_message.get(m.id)):
                    moment = max(decision.closed_at, thread.places[m.id][0][0])
                    events.append(((moment, thread.places[m.id]), 3, m))
            since: list[str] = []
            asked: set[str] = set()  # since the last answer
            heard: set[str] = set()  # since a decision came that no answer had come before
            for (moment, _place), kind, m in sorted(events, key=lambda event: event[:2]):
                if kind == 1:
                    since, asked, heard = [*since, m.id], asked | {m.id}, heard | {m.id}
                elif kind == 2:
                    if since:
                        found[since[0]] = ("answer", m.posted_at)
                    since, asked, heard = [], set(), set()
                elif m.id in asked:
                    if m.id in heard and since:
                        found[since[0]] = (by_message[m.id].verdict, moment)
                        since = []
                    heard = set()
            if since:
                found[since[0]] = (None, None)
    return found


def decide(house: House, message: str, verdict: str, answered_at: datetime | None, decided_at: datetime) -> None:
    house.connection.execute(
        "insert into decisions.handled (wait_id, message_id, verdict, reason, answered_at, decided_by, decided_at,"
        " copy_of) values (%s, %s, %s, 'a test', %s, 'Nora Essai', %s, %s)",
        (
            f"w#{SITE}:{message}",
            f"{SITE}:{message}",
            verdict,
            answered_at,
            decided_at,
            "another" if verdict == "copy" else None,
        ),
    )


def stands(house: House) -> dict[str, Ending]:
    rows = house.query("select opening_message_id, closing_kind, closed_at from marts.fct_waits")
    return {message.removeprefix(f"{SITE}:"): (kind, at) for message, kind, at in rows}


@pytest.mark.parametrize("seed", [1])
def test_decisions_close_reopen_and_part_waits_as_a_walk_does(warehouse: House, data: Path, seed: int) -> None:
    house, path, random_ = warehouse, data / "twcs/twcs_complete.csv", random.Random(seed)
    house.load(path, name=SITE, mapping="twitter-support-archive")
    house.refresh()
    messages = reference.read_twitter(path)
    asked = sorted((m for m in messages if m.direction == "customer"), key=lambda m: m.id)
    before = walk(messages, [])
    assert stands(house) == before

    standing: dict[str, Decided] = {}
    for m in random_.sample(asked, 200):
        verdict = random_.choice(VERDICTS)
        later = m.posted_at + timedelta(minutes=random_.choice((0, 1, 5, 20, 60, 600, 6000)))
        answered = later if verdict == "outside" and random_.random() < 0.5 else None
        standing[m.id] = Decided(m.id, verdict, later)
        decide(house, m.id, verdict, answered, later)
    assert len(house.refresh()) == 1
    decided = walk(messages, list(standing.values()))
    assert stands(house) == decided
    ended = [kind for kind, _ in decided.values()]
    assert min(ended.count(kind) for kind in (*VERDICTS, "answer")) > 10
    assert len(decided) > len(before), "some customers wrote again after the decision: a wait of its own"
    assert house.refresh() == [], "a decision is taken up once"

    outside, excluded = ended.count("outside"), sum(ended.count(kind) for kind in SET_ASIDE)
    counted, answered_n = len(ended) - excluded, ended.count("answer")
    named = ("waits_counted", "waits_excluded", "waits_outside", "answered_rate", "handled_rate", "excluded_rate")
    assert values(of_period(house, *ALWAYS), *named) == (
        counted, excluded, outside, reference.share(answered_n, counted),
        reference.share(answered_n + outside, counted), reference.share(excluded, len(ended)),
    )  # fmt: skip

    undone = random_.sample(sorted(standing), 100)
    for message in undone:
        decide(house, message, "undo", None, house.as_of)
        del standing[message]
    house.refresh()
    assert stands(house) == walk(messages, list(standing.values()))
    house.assert_equals_rebuild("after decisions and their undoing")
