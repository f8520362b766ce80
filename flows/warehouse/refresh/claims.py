"""What a refresh must build: claimed batches, the keys they touch, and what fell due since the last one.

Batches are claimed, never selected by time: a page that commits late is claimed by the next refresh. A refresh
that was killed or failed leaves its claims and touched keys to the one that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from psycopg.types.json import Jsonb

from flows.warehouse.database import Connection
from flows.warehouse.refresh.decisions import claim_decisions, is_decided
from flows.warehouse.refresh.project import project_hash
from flows.warehouse.refresh.touching import fallen_due, touch

KEEP_TOUCHED = "30 days"
UNFINISHED = "select refresh_id, is_full from ops.refreshes where status in ('running', 'failed', 'interrupted')"
UNCLAIMED = "select 1 from raw.batches where refresh_id is null and touches limit 1"

# Somebody was erased since everything was built.
ERASED = """
    select from ops.erasures where erased_at > (
        select coalesce(max(started_at), '-infinity') from ops.refreshes where is_full and status = 'done'
    ) limit 1
"""


@dataclass(slots=True, frozen=True)
class Claim:
    """A refresh that has begun: its id, its now, whether all is built again, and from other seeds or rules."""

    refresh_id: int
    as_of: datetime
    is_full: bool
    batches: int
    is_changed: bool


def begin(
    connection: Connection, as_of: datetime | None = None, *, full: bool = False, behind: bool = False
) -> Claim | None:
    """Claim what is there to do under the refresh lock, which the caller holds; None when there is nothing.

    There is something to do where it is `behind` with what was claimed before: texts wait to be understood.
    `as_of` is the refresh's now (default: the clock's). Everything is built again the first time, when models
    or seeds changed, and when asked for.
    """
    moment = as_of or datetime.now(UTC)
    inputs = project_hash()
    with connection.transaction():
        last = connection.execute(
            "select project_hash from ops.refreshes where status = 'done' order by refresh_id desc limit 1"
        ).fetchone()
        unfinished = connection.execute(UNFINISHED).fetchall()
        known = str(last[0]) if last else ""
        is_full = full or known != inputs or any(was_full for _, was_full in unfinished)
        is_full = is_full or connection.execute(ERASED).fetchone() is not None
        due = [] if is_full else fallen_due(connection, moment)
        waiting = behind or due or connection.execute(UNCLAIMED).fetchone() or is_decided(connection)
        if not (is_full or unfinished or waiting):
            return None
        before = [refresh_id for refresh_id, _ in unfinished]
        refresh_id, batches = _open(connection, moment, inputs, is_full, before)
        if not is_full:
            touch(connection, refresh_id, due)
    connection.execute("analyze ops.touched")
    is_changed = known.rpartition(":")[2] != inputs.rpartition(":")[2]
    return Claim(refresh_id, moment, is_full, batches, is_changed)


def _open(
    connection: Connection, as_of: datetime, inputs: str, is_full: bool, before: list[int]
) -> tuple[int, int]:
    """Start a refresh with the unclaimed batches and all that those `before` it left; its id and batches."""
    connection.execute(
        "update ops.refreshes set status = 'abandoned', finished_at = clock_timestamp() where refresh_id = any(%s)",
        (before,),
    )
    row = connection.execute(
        "insert into ops.refreshes (status, is_full, as_of, project_hash, batches)"
        " values ('running', %s, %s, %s, 0) returning refresh_id",
        (is_full, as_of, inputs),
    ).fetchone()
    refresh_id = int(row[0]) if row else 0
    connection.execute(
        "insert into ops.touched select distinct %s::bigint, kind, key from ops.touched where refresh_id = any(%s)",
        (refresh_id, before),
    )
    batches = connection.execute(
        "update raw.batches set refresh_id = %s where (refresh_id is null and touches) or refresh_id = any(%s)",
        (refresh_id, before),
    ).rowcount
    connection.execute("update ops.refreshes set batches = %s where refresh_id = %s", (batches, refresh_id))
    claim_decisions(connection, refresh_id)
    return refresh_id, batches


def claimed_rows(connection: Connection, claim: Claim) -> dict[str, int]:
    """Rows that the claimed pages read, found new or changed, removed and rejected."""
    names = ("read", "new", "changed", "removed", "rejected")
    row = connection.execute(
        "select sum(read), sum(new), sum(changed), sum(removed), sum(rejected) from raw.batches"
        " where refresh_id = %s",
        (claim.refresh_id,),
    ).fetchone()
    return {name: int(value or 0) for name, value in zip(names, row or (), strict=False)}


def finish(
    connection: Connection,
    claim: Claim,
    stages: dict[str, float],
    error: str | None = None,
    *,
    was_told: bool = False,
) -> None:
    """Close a refresh; a failed one leaves its keys and batches to the next. `stages` are seconds.

    One that `was_told` to end was interrupted: nothing is wrong.
    """
    failed = "interrupted" if was_told else "failed"
    with connection.transaction():
        connection.execute(
            "update ops.refreshes set status = %s, finished_at = clock_timestamp(), stages = %s, error = %s"
            " where refresh_id = %s",
            (
                failed if error else "done",
                Jsonb(stages, orjson.dumps),
                error and error[:2000],
                claim.refresh_id,
            ),
        )
        if not error:
            connection.execute(
                "delete from ops.touched as t using ops.refreshes as r where t.refresh_id = r.refresh_id"
                " and r.status in ('done', 'abandoned') and r.finished_at < now() - %s::interval",
                (KEEP_TOUCHED,),
            )
