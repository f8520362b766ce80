"""What is to be looked at again: kept in buckets of the state, in the form that it had, and due by one rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest

from flows.records import Json
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Clock, Memory
from flows.sources.rechecks import Absences, Form, Pace, RecheckConfig, Store
from flows.sources.rechecks.messages import KnownMessages
from flows.sources.rechecks.threads import WatchedThreads
from flows.sources.reddit.known import Known
from flows.sources.reddit.watched import watched_threads

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Thing:
    born: float | None
    looked: float | None


def store(memory: Memory) -> Store[Thing]:
    return Store(memory, Form("things:", "of", lambda _, kept: Thing(*kept), lambda one: [one.born, one.looked]))


def test_a_page_carries_the_buckets_that_changed_and_no_other() -> None:
    memory = Memory({"things:a": {"of": {"1": [0, 0]}}, "things:b": {"of": {"2": [0, 0]}}})
    things = store(memory)
    things.open("a")
    things.open("b")
    things.put("3", Thing(5, 5), "b")
    things.put("2", Thing(0, 9), "elsewhere")
    assert memory.take() == {"things:b": {"of": {"2": [0, 9], "3": [5, 5]}}}
    assert memory.take() == {}
    things.drop("1")
    things.drop("never there")
    assert memory.take() == {"things:a": {"of": {}}}


@pytest.mark.parametrize(
    ("age", "ago", "due"),
    [
        (HOUR, HOUR - 1, False),
        (HOUR, HOUR, True),
        (100 * HOUR, 9 * HOUR, False),
        (100 * HOUR, 10 * HOUR, True),
        (8 * DAY, DAY - 1, False),
        (8 * DAY, DAY, True),
        (31 * DAY, 31 * DAY, False),
        (31 * DAY, inf, True),
    ],
)
def test_a_thing_is_due_by_its_age(age: float, ago: float, due: bool) -> None:
    pace = Pace(((7 * DAY, HOUR), (30 * DAY, DAY)))
    thing = Thing(EPOCH - age, None if ago == inf else EPOCH - ago)
    assert (pace.lateness(thing, EPOCH) >= 1) is due


def test_what_is_awaited_comes_first_and_waits_for_its_time() -> None:
    memory = Memory({"absent": {"since": {"gone": EPOCH - 7 * HOUR, "just missed": EPOCH - HOUR}}})
    absences = Absences(memory, RecheckConfig(absent_hours=6), NOW)
    things = store(memory)
    for name, looked in (("long ago", 1), ("never", None), ("gone", EPOCH - 7 * HOUR), ("just missed", 1)):
        things.put(name, Thing(EPOCH - DAY, looked))
    assert things.due(Pace(((7 * DAY, HOUR),)), EPOCH, absences) == ["gone", "never", "long ago"]


def look(kind: str, state: Json) -> tuple[Any, Json]:
    """What is due of a state that an earlier version wrote, and what a page carries once it is touched."""
    memory = Memory(state)
    absences = Absences(memory, RecheckConfig(), NOW)
    due: Any
    if kind == "messages":
        known = KnownMessages(memory, absences, EPOCH, 7)
        due = [seen.id for seen in known.due()]
        known.see("1", EPOCH - DAY, "t")
    elif kind == "threads":
        threads = WatchedThreads(memory, [], EPOCH, 7)
        due = threads.due()
        threads.was_read("1")
    elif kind == "posts":
        posts = WatchedPosts(state, memory, absences, days=7, now=NOW)
        due = posts.due()
        posts.see("1", "native", NOW - timedelta(days=1), 2, None)
    elif kind == "reddit threads":
        watched = watched_threads(memory)
        due = watched.due(Pace(((DAY * 7, HOUR),), share=0), EPOCH)
        watched.drop("t3_a")
    else:
        names = Known(memory, 30, Clock(lambda: NOW))
        due = names.due(24)
        names.forget("t3_2", NOW)
    return due, memory.take()


BEFORE = "2026-11-19T12:00:00+00:00"
STATES: list[tuple[str, Json, Any, Json]] = [
    ("messages", {"day:2026-11-19": {"messages": {"1": {"time": EPOCH - DAY, "thread": "t", "seen": EPOCH - DAY}}}},
     ["1"], {"day:2026-11-19": {"messages": {"1": {"time": EPOCH - DAY, "thread": "t", "seen": EPOCH}}}}),
    ("threads", {"watched": {"threads": {"1": {"created": EPOCH - DAY, "until": EPOCH + 9, "read": 1, "sign": 3}}}},
     ["1"],
     {"watched": {"threads": {"1": {"created": EPOCH - DAY, "until": EPOCH + 9, "read": EPOCH, "sign": 3}}}}),
    ("posts", {"watched:2026-11-19": {"of": {"1": ["native", BEFORE, BEFORE, 1, 1, None, 0]}}},
     ["1"], {"watched:2026-11-19": {"of": {"1": ["native", BEFORE, NOW.isoformat(), 2, 1, None, 0]}}}),
    ("reddit threads", {"threads:a": {"threads": {"t3_a": {"born": BEFORE, "comments": 4, "read_at": BEFORE}}}},
     ["t3_a"], {"threads:a": {"threads": {}}}),
    ("reddit names",
     {"known:324": {"day": "2026-11-20", "names": ["t3_1", "t3_2", "t3_3"], "at": BEFORE, "next": 2}},
     [("known:324", ["t3_3"])],
     {"known:324": {"day": "2026-11-20", "names": ["t3_1", "t3_3"], "at": BEFORE, "next": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "state", "due", "after"), STATES, ids=[kind for kind, *_ in STATES])
def test_what_was_stored_before_is_read_and_stays_as_it_was(kind: str, state: Json, due: Any, after: Json) -> None:
    assert look(kind, state) == (due, after)
