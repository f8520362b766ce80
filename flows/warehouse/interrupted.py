"""Runs and refreshes that were cut off: rows that still say running while nobody holds the lock of their work.

Postgres frees the locks of a dead process, so this is true of whatever machine the work ran on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

from flows.sources.base import Period
from flows.warehouse.collecting import position_of
from flows.warehouse.database import Connection, is_locked
from flows.warehouse.refresh.run import LOCK

RUNS = (
    "select run_id, source, lower(period), upper(period) from ops.runs where status = 'running' order by started_at"
)
REFRESHES = "select refresh_id from ops.refreshes where status = 'running' order by refresh_id"
# Their work may have ended, and said so, since we read them.
CLOSE_RUN = (
    "update ops.runs set status = 'interrupted', finished_at = clock_timestamp(), error = %s"
    " where run_id = %s and status = 'running'"
)
CLOSE_REFRESH = (  # the next refresh takes over what it had claimed
    "update ops.refreshes set status = 'interrupted', finished_at = clock_timestamp(), error = %s"
    " where refresh_id = %s and status = 'running'"
)
WHY = "cut off: its process ended before it did"


@dataclass(frozen=True, slots=True)
class CutOff:
    """Work that says that it runs and does not: its name for people, and how its row is closed."""

    name: str
    key: object
    close: LiteralString


def cut_off(connection: Connection) -> list[CutOff]:
    """Work that was cut off and has not been closed."""
    found = []
    for run_id, source, since, until in connection.execute(RUNS).fetchall():
        name = f"collect {position_of(source, Period(since, until) if since else None)}"
        if not is_locked(connection, name):
            found.append(CutOff(name, run_id, CLOSE_RUN))
    for (refresh_id,) in connection.execute(REFRESHES).fetchall():
        if not is_locked(connection, LOCK):
            found.append(CutOff(f"refresh {refresh_id}", refresh_id, CLOSE_REFRESH))
    return found


def close_cut_off(connection: Connection) -> list[str]:
    """Close it, so that nothing waits for it and everybody sees it; returns what was closed."""
    return [work.name for work in cut_off(connection) if connection.execute(work.close, (WHY, work.key)).rowcount]
