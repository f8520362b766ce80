"""Answer times and KPIs of real archives equal a recomputation in plain Python, wait by wait."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.settings import DBT_PROJECT
from tests.helpers.house import House, assert_same_rows
from tests.helpers.kpis import Figure, Figures, by_bucket, values
from tests.marts import reference
from tests.marts.reference import Message, Wait


@dataclass(frozen=True)
class Archive:
    """A real file, how it is imported, and how the reference reads it."""

    file: str
    mapping: str
    source: str
    read: Callable[[Path], list[Message]]
    counts: tuple[int, int]


ARCHIVES = [
    Archive("twcs/twcs_complete.csv", "twitter-support-archive", "twcs", reference.read_twitter, (1519, 464)),
    Archive("twcs/twcs_two_sided.csv", "twitter-support-archive", "sides", reference.read_twitter, (6369, 0)),
    Archive("ibm_twitter_care/conversations.json", "ibm-twitter-care", "ibm", reference.read_ibm, (1205, 523)),
]


@dataclass
class Imported:
    archive: Archive
    path: Path
    house: House
    messages: list[Message]
    waits: list[Wait]


@pytest.fixture(
    scope="module",
    params=[ARCHIVES[0], pytest.param(ARCHIVES[1], marks=pytest.mark.slow), ARCHIVES[2]],
    ids=lambda a: a.source,
)
def imported(request: pytest.FixtureRequest, module_house: House, data: Path) -> Imported:
    archive: Archive = request.param
    path = data / archive.file
    module_house.load(path, name=archive.source, mapping=archive.mapping)
    module_house.refresh()
    messages = archive.read(path)
    return Imported(archive, path, module_house, messages, reference.waits(messages))


@pytest.fixture(scope="module")
def module_house(module_warehouse: House) -> Iterator[House]:
    return module_warehouse


def promised() -> timedelta | None:
    """What the seeds promise on Twitter; one period, so that no test depends on a date."""
    with (DBT_PROJECT / "seeds/promises.csv").open() as file:
        found = [r for r in csv.DictReader(file) if r["channel"] == "twitter" and r["clock"] == "calendar"]
    assert len(found) == 1
    return timedelta(minutes=int(found[0]["minutes"]))


def bare(key: str | None, source: str) -> str | None:
    return key.removeprefix(f"{source}:") if key else None


def test_every_message_and_thread_of_the_file_is_in_the_marts(imported: Imported) -> None:
    house, source = imported.house, imported.archive.source

    found = house.query("select message_id, thread_id, direction from marts.fct_messages where source = %s", source)

    expected = {
        (f"{source}:{m.id}", f"{source}:{thread}", m.direction)
        for thread, members in reference.threads(imported.messages).items()
        for m in members
    }
    assert set(found) == expected and len(found) == len(expected)
    messages, threads = imported.archive.counts
    assert len(found) == messages
    assert not threads or len({thread for _, thread, _ in found}) == threads


def test_the_complete_archive_has_498_conversations_of_which_471_are_answered(imported: Imported) -> None:
    if imported.archive.source != "twcs":
        pytest.skip("a figure of the complete archive")

    found = imported.house.query(
        "select count(*), count(first_response_at) from marts.fct_conversations where source = 'twcs'"
    )

    assert found == [(498, 471)]


def test_every_wait_equals_the_sweep_in_plain_python(imported: Imported) -> None:
    source = imported.archive.source

    found = imported.house.query(
        "select thread_id, conversation_id, opening_message_id, opened_at, closing_message_id, acknowledged_at,"
        " answered_at, closed_at, response_minutes, closing_kind, promise_kept"
        " from marts.fct_waits where source = %s",
        source,
    )

    expected = {
        (
            f"{source}:{w.thread}",
            f"{source}:{w.thread}/{source}:{w.account}",
            f"{source}:{w.opening.id}",
            w.opening.posted_at,
            f"{source}:{w.answer.id}" if w.answer else None,
            *[w.answer and w.answer.posted_at] * 3,
            w.minutes,
            "answer" if w.answer else None,
            reference.promise_kept(w, promised(), imported.house.as_of),
        )
        for w in imported.waits
    }
    assert set(found) ^ expected == set()
    assert len(found) == len(expected)


def test_the_first_response_of_every_conversation_is_that_of_its_first_wait(imported: Imported) -> None:
    source = imported.archive.source

    found = imported.house.query(
        "select conversation_id, first_response_at, first_response_minutes, waits, answered_waits"
        " from marts.fct_conversations where source = %s",
        source,
    )

    by_conversation = defaultdict(list)
    for wait in imported.waits:
        by_conversation[f"{source}:{wait.thread}/{source}:{wait.account}"].append(wait)
    expected = set()
    for conversation, waits in by_conversation.items():
        first = min(waits, key=lambda w: w.opening.place)
        answered = sum(w.answer is not None for w in waits)
        moment = first.answer.posted_at if first.answer else None
        expected.add((conversation, moment, first.minutes, len(waits), answered))
    assert set(found) ^ expected == set()


def test_the_daily_table_equals_plain_python(imported: Imported) -> None:
    house, source = imported.house, imported.archive.source

    found: dict[date, Figures] = defaultdict(dict)
    for day, kpi, *figure in house.query(
        "select day, kpi, value, n, low, high from marts.kpi_channel_daily where source = %s", source
    ):
        found[day][kpi] = Figure(*figure)

    messages: dict[date, list[Message]] = defaultdict(list)
    waits: dict[date, list[Wait]] = defaultdict(list)
    for m in imported.messages:
        messages[m.day].append(m)
    for w in imported.waits:
        waits[w.opening.day].append(w)
    assert set(found) == set(messages)
    for day, written in messages.items():
        customers = [m for m in written if m.direction == "customer"]
        counts = (len(written), len(customers), len(written) - len(customers), len({m.account for m in customers}))
        names = ("messages", "customer_messages", "brand_messages", "customer_accounts", *reference.SERVICE)
        expected = dict(zip(names, (*counts, *reference.service(waits[day], promised(), house.as_of)), strict=True))
        # What nothing is behind has no row; a rate of 0 stands on its n.
        given = {name: value for name, value in expected.items() if name.removeprefix("n:") in found[day]}
        assert dict(zip(given, values(found[day], *given), strict=True)) == given
        assert not any(value for name, value in expected.items() if name not in given)


def of_all(house: House, from_day: date, to_day: date, *channels: Any) -> list[tuple[Any, ...]]:
    found = by_bucket(house, from_day, to_day, channels=list(channels) or None)
    return [(channel, *values(figures, *reference.SERVICE)) for (_, channel), figures in found.items()]


def test_a_period_equals_plain_python(imported: Imported) -> None:
    # Given the archives imported so far, all on one channel
    house = imported.house
    waits = all_waits(imported)
    days = sorted({w.opening.day for w in waits})
    spans = [(days[0], days[-1]), (days[len(days) // 4], days[-len(days) // 4]), (days[-1], days[-1])]

    for from_day, to_day in spans:
        inside = [w for w in waits if from_day <= w.opening.day <= to_day]
        kpis = reference.service(inside, promised(), house.as_of)
        assert of_all(house, from_day, to_day) == [(None, *kpis), ("twitter", *kpis)]
        assert of_all(house, from_day, to_day, "twitter") == [(None, *kpis), ("twitter", *kpis)]


def all_waits(imported: Imported) -> list[Wait]:
    house, folder = imported.house, imported.path.parent.parent
    loaded = {source for (source,) in house.query("select source from ops.sources")}
    return [w for a in ARCHIVES if a.source in loaded for w in reference.waits(a.read(folder / a.file))]


def test_a_period_without_waits_counts_nothing_and_has_no_rate(imported: Imported) -> None:
    found = of_all(imported.house, date(1999, 1, 1), date(1999, 1, 31))

    assert found == [(None, 0, 0, 0, 0, None, 0, None, None, 0, 0, None)]


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_the_trend_equals_plain_python_and_weeks_begin_on_monday(imported: Imported, grain: str) -> None:
    house, waits = imported.house, all_waits(imported)
    from_day, to_day = min(w.opening.day for w in waits), max(w.opening.day for w in waits)

    found = by_bucket(house, from_day, to_day, grain)

    by_start: dict[date, list[Wait]] = {}
    for day in (from_day + timedelta(days=n) for n in range((to_day - from_day).days + 1)):
        back = {"day": 0, "week": day.weekday(), "month": day.day - 1}[grain]
        by_start.setdefault(max(day - timedelta(days=back), from_day), [])
    for w in waits:
        day = w.opening.day
        back = {"day": 0, "week": day.weekday(), "month": day.day - 1}[grain]
        by_start[max(day - timedelta(days=back), from_day)].append(w)
    expected = {
        (start, channel): reference.service(some, promised(), house.as_of)
        for start, some in by_start.items()
        for channel in (None, "twitter")
    }
    assert {place: values(figures, *reference.SERVICE) for place, figures in found.items()} == expected


def test_the_function_agrees_with_the_daily_table_on_every_single_day(imported: Imported) -> None:
    daily = imported.house.query(
        "select day, kpi, value, n, low, high from marts.kpi_channel_daily as k where not exists ("
        "select from marts.kpi_channel_daily as o where o.day = k.day and o.source <> k.source)"
    )
    days = {day for day, *_ in daily}

    found = imported.house.query(
        "select bucket, kpi, value, n, low, high from marts.kpis(%s, %s, 'day') where channel = 'twitter'",
        min(days),
        max(days),
    )

    assert len(days) > 3
    assert set(daily) <= set(found)


def test_importing_the_file_again_adds_nothing_and_changes_nothing(imported: Imported) -> None:
    house, archive = imported.house, imported.archive
    before = house.built()

    counts = house.load(imported.path, name=archive.source, mapping=archive.mapping)
    reports = house.refresh()

    assert (counts.new, counts.changed) == (0, 0)
    assert counts.unchanged == counts.read - counts.rejected
    assert reports == []
    assert_same_rows(before, house.built())


@pytest.mark.slow
def test_the_incremental_marts_equal_a_rebuild(imported: Imported) -> None:
    imported.house.assert_equals_rebuild(imported.archive.file)
