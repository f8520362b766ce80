"""A period of the past is read with a cursor of its own, goes on where it stopped; the live run is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from flows.errors import SourceError
from flows.records import LAYOUT_CHANGED, Cursor, Json, Page, Reject
from flows.sources.base import Period, SourceConfig, SourceFacts, back_fill
from flows.warehouse.collecting import RunReport, run_source
from tests.helpers.house import House, message

SPRING = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))


class Diary:
    """Somebody writes once a day; a page is a day. It breaks on `breaks_on`."""

    def __init__(self, breaks_on: date | None = None) -> None:
        self.breaks_on = breaks_on
        self.asked: list[date] = []

    def facts(self) -> SourceFacts:
        return SourceFacts("diary", "diary", "all")

    def total(self) -> int | None:
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        yield from self._days(date(2026, 11, 1), date(2026, 11, 4), cursor)

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        yield from self._days(period.since.date(), period.until.date(), cursor)

    def _days(self, first: date, end: date, cursor: Cursor | None) -> Iterator[Page]:
        day = date.fromisoformat(cursor["next"]) if cursor else first
        while day < end:
            if day == self.breaks_on:
                raise SourceError("a page is missing")
            self.asked.append(day)
            record = message(f"{day}", f"what happened on {day}", site="diary", posted_at=f"{day}T12:00:00+00:00")
            day += timedelta(days=1)
            yield Page([record], {"next": str(day)}, state={"last": {"day": str(day)}})


class NoPast:
    def facts(self) -> SourceFacts:
        return SourceFacts("nopast", "nopast", "all")

    def total(self) -> int | None:
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        lost = Reject("files__messages", "http://example.org/t/1", LAYOUT_CHANGED, "no posts", b"<html>")
        yield Page([], {}, [lost], gap="the oldest of 1,000 is newer than what was read last")


def run(house: House, source: Any, period: Period | None = None) -> RunReport:
    config = SourceConfig(name="diary", site="diary")
    return run_source(house.connection, config, source, period=period)


def test_a_back_fill_goes_on_where_it_stopped_and_leaves_the_live_cursor_alone(empty_warehouse: House) -> None:
    house = empty_warehouse
    # Given a live run, and a back-fill that broke in the middle
    assert run(house, Diary()).counts.new == 3
    with pytest.raises(SourceError, match="a page is missing"):
        run(house, Diary(breaks_on=date(2026, 3, 6)), SPRING)

    # When it is run again, and the live source too
    rest = Diary()
    assert run(house, rest, SPRING).counts.new == 5
    live = Diary()
    run(house, live)

    # Then nothing was asked twice, nothing doubled, and each has its own cursor and states
    assert rest.asked == [date(2026, 3, day) for day in range(6, 11)]
    assert live.asked == []
    assert house.query("select source, cursor ->> 'next' from raw.cursors order by 1") == [
        ("diary", "2026-11-04"),
        (f"diary {SPRING}", "2026-03-11"),
    ]
    assert house.value("select count(*) from raw.states") == 2
    assert house.value("select count(distinct record_id) from raw.files__messages") == 13
    assert house.query(
        "select status, lower(period), upper(period) from ops.runs where period is not null order by started_at"
    ) == [("failed", SPRING.since, SPRING.until), ("done", SPRING.since, SPRING.until)]

    # And once more there is nothing left of the period
    again = Diary()
    assert run(house, again, SPRING).counts.read == 0 and again.asked == []


def test_a_source_without_a_past_says_so_and_reports_its_gaps_and_layouts(empty_warehouse: House) -> None:
    with pytest.raises(SourceError, match="type nopast has no way to read a period"):
        run(empty_warehouse, NoPast(), SPRING)
    report = run(empty_warehouse, NoPast())

    assert report.gaps == ["the oldest of 1,000 is newer than what was read last"]
    assert report.layouts == ["http://example.org/t/1: no posts"]


def test_a_period_says_what_it_lacks() -> None:
    day = datetime(2026, 3, 1)

    assert back_fill(None, None) is None
    period = back_fill(day, None)
    assert period and period.since == datetime(2026, 3, 1, tzinfo=UTC) and period.until.hour == 0
    with pytest.raises(SourceError, match="needs its beginning"):
        back_fill(None, day)
    with pytest.raises(SourceError, match=r"ends .* before it begins"):
        back_fill(day, day - timedelta(days=1))
    with pytest.raises(SourceError, match="time zone"):
        Period(day, day)
