"""Resolutions come as time passes or by a desk's word, and equal a walk in plain Python and a rebuild."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from flows.records import Record, Tombstone
from tests.helpers.house import House, message
from tests.helpers.kpis import of_period, values
from tests.marts.histories import write_statuses
from tests.marts.reference import minutes

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
    assert state(house) == (at(513), 2, 1, False, 3 * 60, None), "measured from the wait that reopened it"
    counted = ("conversations_opened", "conversations_resolved", "resolutions", "reopens")
    for channel in (None, "twitter"):
        figures = of_period(house, "2026-03-01", "2026-03-31", channel)
        assert values(figures, *counted, "n:resolution_minutes_median") == (1, 1, 2, 1, 2)


Resolution = tuple[datetime, str, datetime | None]


def resolutions(events: Iterable[Event], now: datetime) -> list[Resolution]:
    """What was resolved when, how, and when it was reopened: one step of time after the other, by hand.

    Events are of one customer: their own, the company's, and what the desk says of the thread.
    """
    found: list[Resolution] = []
    waiting = False  # a wait is open
    spoken = False  # the customer spoke, and no silence has lasted since
    stretch: dict[str, datetime] = {}  # what resolved since the last reopening, by how
    status, opened_by_desk, answer = "", None, None
    begun = False

    def reopen(moment: datetime) -> None:
        how = next((how for how in ("status", "silence") if how in stretch), None)
        if how:
            found.append((stretch[how], how, moment))
        stretch.clear()

    def lasted(until: datetime) -> None:
        nonlocal answer, spoken
        if answer and answer + SILENCE <= until:
            if not (opened_by_desk and opened_by_desk > answer):
                stretch.setdefault("silence", answer)
            answer, spoken = None, False

    for moment, who in sorted(events, key=lambda e: (e[0], ORDER.index(e[1]))):
        lasted(min(moment, now))
        if who == "customer":
            begun, spoken, answer = True, True, None
            if not waiting:
                reopen(moment)
                waiting = True
        elif who == "brand":
            if spoken:
                answer = moment
            waiting = False
        else:
            if who == "open" and begun and who != status:
                reopen(moment)
                opened_by_desk = moment
            elif who == "resolved" and begun:
                stretch.setdefault("status", moment)
                waiting = False  # the desk has the last word, whoever waits
            status = who
    lasted(now)
    how = next((how for how in ("status", "silence") if how in stretch), None)
    return [*found, (stretch[how], how, None)] if how else found


def standing(events: Iterable[Event], runs: Mapping[Event, int]) -> list[Event]:
    """Events without the statuses that a later run corrected: said again, no other and no customer between."""
    found: list[Event] = []
    group: list[Event] = []
    for event in [
        *sorted(events, key=lambda e: (e[0], ORDER.index(e[1]))),
        (datetime.max.replace(tzinfo=UTC), "customer"),
    ]:
        if event[1] == "brand":
            found.append(event)
            continue
        if group and event[1] != group[0][1]:
            last = max(runs[one] for one in group)
            found += [one for one in group if runs[one] == last]
            group = []
        if event[1] == "customer":
            found.append(event)
        else:
            group.append(event)
    return found[:-1]


ORDER = ["customer", "brand", "open", "resolved"]


@pytest.mark.slow
def test_as_time_moves_resolutions_equal_plain_python_and_a_rebuild(warehouse: House) -> None:
    # Given conversations of several weeks, whose messages and statuses are read as they come, some a round late
    random_ = random.Random(72)
    threads: dict[str, list[Event]] = {}
    for n in range(90):
        speakers = ["customer", "brand"] if n < 40 else ["customer", "brand", "brand", "open", "resolved"]
        gaps = [random_.choice([1, 5, 24, 71, 72, 73, 200]) * 60 + random_.choice([0, 0, 1]) for _ in range(10)]
        moments = [at(sum(gaps[:k]) / 60) for k in range(1, random_.randint(2, 10))]
        threads[f"t{n}"] = [
            (moment, "customer" if k == n % 3 // 2 else random_.choice(speakers))
            for k, moment in enumerate(moments)
        ]
    unread = {(thread, event) for thread, events in threads.items() for event in events}

    # When the warehouse is refreshed every few days
    known: dict[str, dict[Event, int]] = {thread: {} for thread in threads}
    for hours in (80, 160, 233, 305, 420, 700, 2000):
        warehouse.as_of = at(hours)
        arrived = sorted(
            (thread, event) for thread, event in sorted(unread)
            if event[0] <= warehouse.as_of and (random_.random() < 0.9 or hours == 2000)
        )  # fmt: skip
        unread -= set(arrived)
        for thread, event in arrived:
            known[thread][event] = hours
        said_by_desk = [(t, who, moment.isoformat()) for t, (moment, who) in arrived if who in {"open", "resolved"}]
        write_statuses(warehouse, "archive", *said_by_desk)
        warehouse.load_rows(
            [row for t, event in arrived if event[1] in {"customer", "brand"} for row in said(t, [event])]
        )
        warehouse.refresh()

        # Then its resolutions and reopens are those of what was read so far
        expected = {
            (f"archive:{t}", *r) for t, e in known.items() for r in resolutions(standing(e, e), warehouse.as_of)
        }
        found = warehouse.query("select thread_id, resolved_at, how, reopened_at from marts.fct_resolutions")
        assert set(found) == expected, hours
        assert len(found) == len(expected)
        reopens = sum(reopened is not None for _, _, _, reopened in expected)
        assert warehouse.value("select coalesce(sum(reopens), 0) from marts.fct_conversations") == reopens

    # And nothing shows that they were built step by step
    kinds = Counter((how, reopened is not None) for _, _, how, reopened in expected)
    assert len(kinds) == 4
    assert min(kinds.values()) >= 5, kinds
    warehouse.assert_equals_rebuild()


def test_what_the_desk_reopens_and_the_company_then_answers_is_resolved_by_silence(warehouse: House) -> None:
    warehouse.load_rows(said("t", [(at(0), "customer"), (at(30), "brand")]))
    desk = [("t", "resolved", at(10).isoformat()), ("t", "open", at(20).isoformat())]
    write_statuses(warehouse, "archive", *desk)
    warehouse.refresh(as_of=at(200))

    assert warehouse.query(
        "select resolved_at, how, reopened_at from marts.fct_resolutions order by resolved_at"
    ) == [(at(10), "status", at(20)), (at(30), "silence", None)]


def test_a_status_that_changes_its_thread_or_goes_leaves_nothing_behind(warehouse: House) -> None:
    # Given two threads, one of them resolved by a status
    warehouse.write([message("a", account="ann", thread="t"), message("b", account="bob", thread="u")])
    warehouse.load_rows([])
    write_statuses(warehouse, "archive", ("t", "resolved", "2026-11-02T10:00:00Z"))
    warehouse.refresh()
    query = "select thread_id from marts.fct_conversations where resolved_at is not null"
    assert warehouse.query(query) == [("archive:t",)]

    # When its source says that it was the other one's
    ((site, record, payload),) = warehouse.query("select site, record_id, payload from raw.files__statuses")
    payload["mapped"]["thread"] = "u"
    warehouse.write([Record.of("files__statuses", site, record, payload)], source="archive.desk")
    warehouse.refresh()
    assert warehouse.query(query) == [("archive:u",)]

    # And when that is gone, nobody is helped
    warehouse.write(tombstones=[Tombstone("files__statuses", site, record, "gone")], source="archive.desk")
    warehouse.refresh()
    assert warehouse.query(query) == []
    warehouse.assert_equals_rebuild()


Log = dict[str, list[dict[str, str]]]


def read_log(path: Path) -> Log:
    """Events by incident in the order of time, those of one minute as they stand in the file."""
    log: Log = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            log[row["number"]].append(row)
    return {number: sorted(rows, key=lambda row: moment(row["sys_updated_at"])) for number, rows in log.items()}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%d-%m-%Y %H:%M").replace(tzinfo=UTC)


def test_an_incident_log_is_resolved_and_reopened_as_plain_python_finds(warehouse: House, data: Path) -> None:
    # Given the log of 448 incidents, read for who opened them and for what became of them
    path = data / "tickets/incident_event_log.csv"
    read = warehouse.load(path, name="desk", site="desk", mapping="incident-log")
    told = warehouse.load(path, name="desk.statuses", site="desk", mapping="incident-statuses")
    assert (read.read, read.rejected, told.read, told.rejected) == (3053, 0, 3053, 0)
    warehouse.refresh()

    # When each is walked through once more: runs of resolved and of other states
    expected, minutes_by_incident = set(), {}
    for number, rows in read_log(path).items():
        runs = [
            (is_resolved, moment(next(run)["sys_updated_at"]))
            for is_resolved, run in groupby(rows, key=lambda row: row["incident_state"] in {"Resolved", "Closed"})
        ]
        after = [at for _, at in runs[1:]] + [None]
        mine = [(at, reopened) for (is_resolved, at), reopened in zip(runs, after, strict=True) if is_resolved]
        expected |= {(f"desk:{number}", *one) for one in mine}
        began = mine[-2][1] if len(mine) > 1 else moment(rows[0]["opened_at"])
        assert began
        minutes_by_incident[f"desk:{number}"] = minutes(mine[-1][0] - began)

    # Then the marts say the same: every incident resolved, four of them twice
    found = warehouse.query("select thread_id, resolved_at, reopened_at from marts.fct_resolutions")
    assert len(found) == 452
    assert set(found) == expected
    counted = "select count(*), count(resolved_at), sum(resolutions)::int, sum(reopens)::int, count(*) filter"
    counted += " (where is_one_touch) from marts.fct_conversations"
    assert warehouse.query(counted) == [(448, 448, 452, 4, 0)]
    times = dict(warehouse.query("select thread_id, resolution_minutes from marts.fct_conversations"))
    assert times == minutes_by_incident

    # And one touch is a share of all that are resolved, those without any message of the company included
    figures = of_period(warehouse, "2015-01-01", "2017-01-01")
    assert values(figures, "conversations_resolved", "n:one_touch_rate", "one_touch_rate") == (448, 448, 0)
