"""When a source is silent, has a gap, a changed layout or a failed run: histories written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import pytest

from flows.warehouse.silences import newly_silent
from flows.warehouse.status import status
from tests.helpers.house import House

HOUR, DAY = 1.0, 24.0


@dataclass(frozen=True)
class Past:
    """A source's past, in hours before now: its runs with news, and what went wrong."""

    name: str
    news: Sequence[float]
    alarms: Sequence[str]
    usual_gap: tuple[int, float | None]  # of how many gaps, hours
    gaps: Sequence[tuple[float, str]] = ()
    layouts: Sequence[float] = ()
    status: str = "done"
    pages: int = 1
    quiet_runs: Sequence[float] = ()
    back_fills: Sequence[float] = ()


def every(step: float, until: float, since: float) -> list[float]:
    """From `until` hours ago back to `since` hours ago."""
    return [until + step * n for n in range(int((since - until) / step) + 1)]


def by_day(days: int, until: float) -> list[float]:
    """Ten hours of news a day, an hour apart, then fourteen hours of none."""
    return [until + DAY * day + hour for day in range(days) for hour in range(11)]


HOURLY = every(HOUR, 1, 28 * DAY)
PASTS = [
    Past("steady", HOURLY, [], (671, 1)),
    Past("twice its usual gap is not yet silence", every(HOUR, 1.99, 27 * DAY), [], (646, 1)),
    Past("more than twice is", every(HOUR, 2.01, 27 * DAY), ["silent"], (645, 1)),
    Past("runs that bring nothing new are silence", every(HOUR, 30, 20 * DAY), ["silent"], (450, 1),
         quiet_runs=every(HOUR, 1, 29)),
    Past("a period of the past is no news", every(HOUR, 30, 20 * DAY), ["silent"], (450, 1), back_fills=[1]),
    Past("a night is usual", by_day(21, 13), [], (230, 14)),
    Past("two nights are not", by_day(21, 28.1), ["silent"], (230, 14)),
    Past("one week of four with a long hole changes nothing",
         [*every(DAY, 49, 9 * DAY), *every(DAY, 15 * DAY, 30 * DAY)], ["silent"], (22, 24)),
    Past("four gaps are too few", every(3 * DAY, 20 * DAY, 32 * DAY), [], (4, 72)),
    Past("five will do", every(3 * DAY, 20 * DAY, 35 * DAY), ["silent"], (5, 72)),
    Past("less than a week of news says nothing", every(HOUR, 3 * DAY, 9 * DAY), [], (144, 1)),
    Past("one run of many pages says nothing", [40 * DAY], [], (0, None), pages=30),
    Past("nothing ever", [], [], (0, None)),
    Past("a gap", HOURLY, ["gap"], (671, 1), gaps=[(20 * DAY, "old"), (6.9 * DAY, "a gap")]),
    Past("a gap of a week ago", HOURLY, [], (671, 1), gaps=[(7.1 * DAY, "a gap of a week ago")]),
    Past("a layout", HOURLY, ["layout-changed"], (671, 1), layouts=[20 * DAY, 6.9 * DAY]),
    Past("a layout of a week ago", HOURLY, [], (671, 1), layouts=[7.1 * DAY]),
    Past("a layout since which nothing came", [40 * DAY], ["layout-changed"], (0, None), layouts=[39 * DAY]),
    Past("a layout and nothing ever", [], ["layout-changed"], (0, None), layouts=[39 * DAY]),
    Past("all at once", every(HOUR, 3, 20 * DAY), ["failed", "gap", "layout-changed", "silent"], (477, 1),
         gaps=[(1, "all at once")], layouts=[1], status="failed"),
    Past("cut off", HOURLY, ["failed"], (671, 1), status="interrupted"),
]  # fmt: skip


def write(house: House, past: Past) -> None:
    connection = house.connection
    connection.execute(
        "insert into ops.sources (source, type, site, answerable, owned, config)"
        " values (%s, 'feeds', 'site', 'all', false, '{}')",
        (past.name,),
    )
    connection.execute(
        "insert into ops.runs (run_id, source, status) values (%s, %s, %s)", (uuid4(), past.name, past.status)
    )
    pages = [(hours, 3, None, page) for hours in past.news for page in range(past.pages)]
    pages += [(hours, 0, None, 0) for hours in past.quiet_runs]
    pages += [(hours, 0, gap, 0) for hours, gap in past.gaps]
    pages += [(hours, 3, None, 0) for hours in past.back_fills]
    runs = {hours: uuid4() for hours, *_ in pages}
    connection.cursor().executemany(
        "insert into ops.runs (run_id, source, status, period, started_at)"
        " values (%s, %s, 'done', '[2026-01-01, 2026-02-01)', now() - interval '1 day')",
        [(runs[hours], past.name) for hours in past.back_fills],
    )
    connection.cursor().executemany(
        "insert into raw.batches (source, run_id, page, new, gap, touches, committed_at)"
        " values (%s, %s, 1, %s, %s, false, now() - make_interval(secs => %s))",
        [(past.name, runs[hours], new, gap, hours * 3600 - page) for hours, new, gap, page in pages],
    )
    connection.cursor().executemany(
        "insert into raw.rejects (batch_id, source, stream, locator, reason, detail, content, content_hash,"
        " rejected_at) values (1, %s, 's', %s, %s, '', '', '', now() - make_interval(secs => %s))",
        [(past.name, str(hours), "layout changed", hours * 3600) for hours in past.layouts]
        + [(past.name, "another", "no id", 360)],
    )


@pytest.fixture(scope="module")
def health(module_warehouse: House) -> dict[str, tuple[object, ...]]:
    with module_warehouse.connection.transaction():
        for past in PASTS:
            write(module_warehouse, past)
    rows = module_warehouse.query(
        "select source, alarms, usual_gap_n, usual_gap_minutes / 60, silent_since is not distinct from last_new_at,"
        " last_gap, extract(epoch from now() - last_gap_at) / 3600, extract(epoch from now() - last_new_at) / 3600"
        " from marts.source_health inner join marts.source_alarms(now()) using (source)"
    )
    return {name: tuple(values) for name, *values in rows}


@pytest.mark.parametrize("past", PASTS, ids=lambda past: past.name)
def test_alarms_are_those_of_the_definition(health: dict[str, tuple[object, ...]], past: Past) -> None:
    alarms, n, usual, is_silent, gap, gap_at, last_new = health[past.name]

    assert alarms == [*past.alarms]
    assert (n, usual) == past.usual_gap
    assert is_silent is (("silent" in past.alarms) or not past.news)
    assert gap == (past.gaps[-1][1] if past.gaps else None)
    if past.gaps:
        assert float(str(gap_at)) == pytest.approx(past.gaps[-1][0], abs=0.05)
    if past.news:
        assert float(str(last_new)) == pytest.approx(min(past.news), abs=0.05)


@pytest.mark.usefixtures("health")
def test_a_silence_is_told_once_and_alarms_stand_in_the_status(module_warehouse: House) -> None:
    connection = module_warehouse.connection
    silent = {past.name for past in PASTS if "silent" in past.alarms}

    told = dict(newly_silent(connection))

    assert set(told) == silent
    assert "it used to bring something every 60 min" in told["more than twice is"]
    assert newly_silent(connection) == []
    found = {source["source"]: source["alarms"] for source in status(connection)["sources"]}
    assert found == {past.name: [*past.alarms] for past in PASTS}
