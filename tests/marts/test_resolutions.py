"""Resolutions come by themselves as time passes, and equal a walk in plain Python and a rebuild."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.helpers.house import House

BEGIN = datetime.fromisoformat("2026-03-02T08:00:00+00:00")
SILENCE = timedelta(hours=72)
Event = tuple[datetime, str]


def said(thread: str, events: Iterable[Event]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{thread}.{at:%m%d%H%M}",
            "thread": thread,
            "account": thread if who == "customer" else "desk",
            "role": who,
            "posted_at": at.isoformat(),
        }
        for at, who in events
    ]


def at(hours: float) -> datetime:
    return BEGIN + timedelta(hours=hours)


def state(house: House) -> tuple[Any, ...]:
    return house.query(
        "select resolved_at, resolutions, reopens, is_one_touch, resolution_minutes::int, silence_due_at"
        " from marts.fct_conversations"
    )[0]


def test_a_silence_resolves_when_it_has_lasted_and_a_new_wait_reopens(warehouse: House) -> None:
    # Given a question and its answer after two hours
    house = warehouse
    house.load_rows(said("t", [(at(0), "customer"), (at(2), "brand")]))
    house.refresh(as_of=at(3))
    assert state(house) == (None, 0, 0, None, None, at(74))

    # When less than 72 hours have passed, then nothing is due
    assert house.refresh(as_of=at(74) - timedelta(seconds=1)) == []

    # When they have, then the conversation was resolved at the answer, and nothing is due again
    assert house.refresh(as_of=at(74))[0].touched["thread"] == 1
    assert state(house) == (at(2), 1, 0, True, 120, None)
    assert house.refresh(as_of=at(500)) == []

    # When the customer comes back, then it is reopened, and the resolution stands
    house.load_rows(said("t", [(at(510), "customer")]))
    house.refresh(as_of=at(511))
    assert state(house) == (None, 1, 1, None, 120, None)
    assert house.query("select resolved_at, known_at, reopened_at from marts.fct_resolutions") == [
        (at(2), at(74), at(510))
    ]

    # When that is answered in two messages, then it is resolved again, with more than one touch
    house.load_rows(said("t", [(at(512), "brand"), (at(513), "brand")]))
    house.refresh(as_of=at(600))
    assert state(house) == (at(513), 2, 1, False, 513 * 60, None)
    figures = house.query("select * from marts.resolution_kpis('2026-03-01', '2026-03-31')")
    assert [row[1:6] for row in figures] == [(1, 1, 2, 1, 1)] * 2


def resolutions(events: Iterable[Event], now: datetime) -> list[datetime]:
    """The first answer of each turn after which nobody speaks for 72 hours that have passed."""
    ordered = sorted(events)
    found, waiting = [], False
    for n, (moment, who) in enumerate(ordered):
        if who == "customer":
            waiting = True
            continue
        followed = ordered[n + 1][0] if n + 1 < len(ordered) else now
        if waiting and min(followed, now) - moment >= SILENCE:
            found.append(moment)
            waiting = False
    return found


def reopened(events: Iterable[Event], resolved: list[datetime]) -> int:
    asked = [moment for moment, who in events if who == "customer"]
    ends = [*resolved[1:], datetime.max.replace(tzinfo=BEGIN.tzinfo)]
    return sum(any(one < moment < end for moment in asked) for one, end in zip(resolved, ends, strict=False))


def test_as_time_moves_resolutions_equal_plain_python_and_a_rebuild(warehouse: House) -> None:
    # Given conversations of several weeks, whose messages are read as they come, some a round late
    random_ = random.Random(72)
    threads: dict[str, list[Event]] = {}
    for n in range(60):
        gaps = [random_.choice([1, 5, 24, 71, 72, 73, 200]) * 60 + random_.choice([0, 0, 1]) for _ in range(8)]
        moments = [at(sum(gaps[:k]) / 60) for k in range(1, random_.randint(2, 8))]
        threads[f"t{n}"] = [
            (moment, "customer" if k == 0 else random_.choice(["customer", "brand"]))
            for k, moment in enumerate(moments)
        ]
    unread = {(thread, event) for thread, events in threads.items() for event in events}

    # When the warehouse is refreshed every few days
    known: dict[str, list[Event]] = {thread: [] for thread in threads}
    for hours in (80, 160, 233, 305, 420, 700, 2000):
        warehouse.as_of = at(hours)
        arrived = sorted(
            (thread, event) for thread, event in unread
            if event[0] <= warehouse.as_of and (random_.random() < 0.9 or hours == 2000)
        )  # fmt: skip
        unread -= set(arrived)
        for thread, event in arrived:
            known[thread].append(event)
        warehouse.load_rows([row for thread, event in arrived for row in said(thread, [event])])
        warehouse.refresh()

        # Then its resolutions and reopens are those of the messages read so far
        expected = {(t, moment) for t, events in known.items() for moment in resolutions(events, warehouse.as_of)}
        found = warehouse.query("select thread_id, resolved_at from marts.fct_resolutions")
        assert {(t.removeprefix("archive:"), moment) for t, moment in found} == expected, hours
        assert len(found) == len(expected)
        reopens = sum(reopened(events, resolutions(events, warehouse.as_of)) for events in known.values())
        assert warehouse.value("select coalesce(sum(reopens), 0) from marts.fct_conversations") == reopens

    # And nothing shows that they were built step by step
    assert expected
    warehouse.assert_equals_rebuild()
