"""The product's own SQL on made-up counts: they stand in for `int_series_counted`, and the models after it run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bench.bursts.series import DAY, Simulated
from flows.settings import Settings
from flows.warehouse.database import Connection, connect, warehouse_url
from flows.warehouse.refresh.dbt import Dbt
from flows.warehouse.refresh.run import refresh

FIRST_DAY = date(2025, 11, 3)  # a Monday, and no change of the clocks for months
ZONE = ZoneInfo("Europe/Paris")
FIRST_HOUR = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=ZONE).astimezone(UTC)
COPY = (
    "copy intermediate.int_series_counted"
    " (series_id, kind, value, source, counted_day, hour_at, messages, negative, felt, authors) from stdin"
)
BUILD = ("run", "--full-refresh", "--select", "int_sources_watched", "int_series_expected", "int_series_spread",
         "int_bursts_scored", "fct_bursts")  # fmt: skip
ALARMS = (
    "select substr(series_id, 7), hour_at, hours from intermediate.int_bursts_scored where series_id like 'topic:%'"
)
Row = tuple[Any, ...]


def prepare(config: Settings) -> tuple[Connection, Dbt]:
    """Build the marts over nothing, and return what the models can be run by."""
    refresh(config, as_of=datetime(2026, 8, 1, tzinfo=UTC))
    return connect(config), Dbt(config, warehouse_url(config))


def rows_of(given: Simulated, source: str = "bench") -> Iterator[Row]:
    """The rows that the counts would be, messages by different authors, and those of all series together."""
    for number, hour in zip(*np.nonzero(given.counts), strict=True):
        yield row("topic", f"{number}", source, int(hour), int(given.counts[number, hour]))
    for hour, count in enumerate(given.counts.sum(0)):
        if count:
            yield row("all", "all", source, hour, int(count))


def row(kind: str, value: str, source: str, hour: int, count: int) -> Row:
    """A row of `int_series_counted`; hours count from the first day's midnight. Three authors are enough."""
    day, at = FIRST_DAY + timedelta(days=hour // DAY), FIRST_HOUR + timedelta(hours=hour)
    authors = [4 * hour + one for one in range(min(count, 3))]
    return f"{kind}:{value}", kind, value, source, day, at, count, 0, 0, authors


def build(connection: Connection, session: Dbt, rows: Iterable[Row]) -> None:
    """Put these counts in place of all others and run the models after them."""
    connection.execute("truncate intermediate.int_series_counted")
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for one in rows:
            copy.write_row(one)
    connection.execute("analyze intermediate.int_series_counted")
    session.run(*BUILD)


def alarms(connection: Connection, given: Simulated) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which hours of which series are alarming, and the length of the window that says so."""
    windows = np.zeros(given.counts.shape, np.int64)
    for number, at, hours in connection.execute(ALARMS):
        windows[int(number), round((at - FIRST_HOUR).total_seconds() / 3600)] = hours
    return windows > 0, windows
