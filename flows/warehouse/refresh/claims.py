"""What a refresh must build: claimed batches, the keys they touch, and what fell due since the last one.

Batches are claimed, never selected by time: a page that commits late is claimed by the next refresh. A refresh
that was killed or failed leaves its claims and touched keys to the one that follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import orjson
from psycopg import sql
from psycopg.types.json import Jsonb

from flows.settings import DBT_PROJECT
from flows.warehouse.database import Connection
from flows.warehouse.streams import streams

KEEP_TOUCHED = "30 days"
SEEDS = ("seeds", "macros/tests")  # where seeds are, with the rules that they must keep, and what these are made of

UNFINISHED = "select refresh_id, is_full from ops.refreshes where status in ('running', 'failed', 'interrupted')"
UNCLAIMED = "select 1 from raw.batches where refresh_id is null and touches limit 1"
# What people decide, by the table of `decisions` that holds it: the number of a row, and what it is on.
DECISIONS = {"handled": "decision_id", "labels": "label_id", "identity": "decision_id"}
ON_MESSAGES = ("handled", "labels")
UNDECIDED = (
    "select 1 from decisions.{table} as d where not exists ("
    "select 1 from ops.decisions_claimed as c where c.kind = {kind} and c.decision_id = d.{number}) limit 1"
)
CLAIM_DECISIONS = (
    "insert into ops.decisions_claimed (kind, decision_id, refresh_id)"
    " select {kind}, d.{number}, %(refresh_id)s from decisions.{table} as d where not exists ("
    "select 1 from ops.decisions_claimed as c where c.kind = {kind} and c.decision_id = d.{number})"
)
# A decision belongs to the thread that its message is in by now.
DECIDED = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, 'thread', m.thread_id"
    " from ops.decisions_claimed as c inner join decisions.{table} as d"
    " on c.kind = {kind} and c.decision_id = d.{number}"
    " inner join intermediate.int_messages_directed as m on d.message_id = m.message_id"
    " where c.refresh_id = %(refresh_id)s on conflict do nothing"
)
# A decision on who is who touches the nodes that it names, or who holds the value; taking one back names none.
DECIDED_IDENTITY = """
    insert into ops.touched
    with decided as (
        select d.*
        from ops.decisions_claimed as c
        inner join decisions.identity as u on c.decision_id = u.decision_id
        inner join decisions.identity as d on d.decision_id in (u.decision_id, u.undoes)
        where c.refresh_id = %(refresh_id)s and c.kind = 'identity'
    )

    select %(refresh_id)s::bigint, 'node', d.one from decided as d where d.one is not null
    union
    select %(refresh_id)s::bigint, 'node', d.other from decided as d where d.other is not null
    union
    select %(refresh_id)s::bigint, 'node', i.node_id
    from decided as d
    inner join intermediate.int_account_identifiers as i on d.kind = i.type and d.value_hash = i.value_hash
    on conflict do nothing
"""
SENT_ON = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, t.kind, t.key"
    " from ops.touched as k"
    " inner join marts.fct_waits as w on k.key = w.customer_id and w.closing_kind = 'redirect'"
    " cross join lateral (values ('thread', w.thread_id), ('day', w.day::text)) as t (kind, key)"
    " where k.refresh_id = %(refresh_id)s and k.kind = 'customer' on conflict do nothing"
)
DUE = "select distinct kind, key from marts.falls_due where due_at <= %(as_of)s"
Keys = list[tuple[str, str]]
STATUSES = "files__statuses"  # a help desk's; a status of Mastodon is a message
KINDS = {
    "ratings": "rating",
    "customers": "crm",
    "service_events": "notice",
    "contacts": "contact",
    "permissions": "permission",
}
# One look at the rows from the first claimed batch to the last; `is true` keeps Postgres from a look a batch.
CLAIMED = (
    "with claimed as materialized (select batch_id from raw.batches where refresh_id = %(refresh_id)s)"
    " insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, %(kind)s, r.site || ':' || r.record_id from {stream} as r"
    " where r.batch_id >= (select min(c.batch_id) from claimed as c)"
    " and r.batch_id <= (select max(c.batch_id) from claimed as c)"
    " and (r.batch_id in (select c.batch_id from claimed as c)) is true"
)
# A policy speaks of all that its source ever read, of every version.
GOVERNED = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, %(kind)s, r.site || ':' || r.record_id"
    " from {stream} as r inner join raw.batches as b on r.batch_id = b.batch_id"
    " where b.source = any(%(governed)s) on conflict do nothing"
)
# A status belongs to a thread: the one it names, and those that its earlier versions named.
THREADS = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, 'thread',"
    " identity.opaque_id(r.site, r.payload #>> '{{mapped,thread}}')"
    " from ops.touched as k inner join {stream} as r"
    " on r.site = split_part(k.key, ':', 1) and r.record_id = substr(k.key, strpos(k.key, ':') + 1)"
    " where k.refresh_id = %(refresh_id)s and k.kind = 'status' and r.payload #>> '{{mapped,thread}}' <> ''"
    " on conflict do nothing"
)

# What falls due is named by our id of it.
NATIVE = (
    "insert into ops.touched select k.refresh_id, 'rating', r.site || ':' || r.record_id"
    " from ops.touched as k inner join intermediate.int_ratings_latest as r on k.key = r.rating_id"
    " where k.refresh_id = %(refresh_id)s and k.kind = 'rating' on conflict do nothing"
)
# A record is looked up by its site's own id, what was made of it by ours: another where that is an address.
OPAQUE = (
    "insert into ops.touched"
    " select k.refresh_id, k.kind,"
    " identity.opaque_id(split_part(k.key, ':', 1), substr(k.key, strpos(k.key, ':') + 1))"
    " from ops.touched as k"
    " where k.refresh_id = %(refresh_id)s"
    " and k.kind in ('message', 'rating', 'crm', 'status', 'notice', 'contact', 'permission')"
    " on conflict do nothing"
)


@dataclass(slots=True, frozen=True)
class Claim:
    """A refresh that has begun: its id, its now, whether all is built again, and from other seeds or rules."""

    refresh_id: int
    as_of: datetime
    is_full: bool
    batches: int
    is_changed: bool


def project_hash(folder: Path = DBT_PROJECT) -> str:
    """Hash of what the marts are built from besides data: models, macros, seeds, the project file.

    After a colon, that of the seeds and the rules they must keep; those of the last refresh that was done do.
    """
    wanted = {".sql", ".yml", ".csv"}
    files = sorted(p for p in folder.rglob("*") if p.suffix in wanted and "target" not in p.parts)
    rules = [file for file in files if any(file.is_relative_to(folder / part) for part in SEEDS)]
    return f"{_hash(folder, files)}:{_hash(folder, rules)}"


def _hash(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


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
        due = [] if is_full else _due(connection, moment)
        waiting = behind or due or connection.execute(UNCLAIMED).fetchone() or _is_decided(connection)
        if not (is_full or unfinished or waiting):
            return None
        before = [refresh_id for refresh_id, _ in unfinished]
        refresh_id, batches = _open(connection, moment, inputs, is_full, before)
        if not is_full:
            _touch(connection, refresh_id, due)
    connection.execute("analyze ops.touched")
    is_changed = known.rpartition(":")[2] != inputs.rpartition(":")[2]
    return Claim(refresh_id, moment, is_full, batches, is_changed)


def _of_decisions(query: LiteralString, tables: Iterable[str] = DECISIONS) -> list[sql.Composed]:
    """Return a query for each table that holds decisions."""
    return [
        sql.SQL(query).format(
            table=sql.Identifier(table), number=sql.Identifier(DECISIONS[table]), kind=sql.Literal(table)
        )
        for table in tables
    ]


def _is_decided(connection: Connection) -> bool:
    """Whether people decided something that no refresh has taken up."""
    return any(connection.execute(statement).fetchone() for statement in _of_decisions(UNDECIDED))


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
    for statement in _of_decisions(CLAIM_DECISIONS):
        connection.execute(statement, {"refresh_id": refresh_id})
    return refresh_id, batches


def _due(connection: Connection, as_of: datetime) -> Keys:
    """What time changes: a promise falls due, a silence has lasted long enough, something may be kept no longer."""
    exists = connection.execute("select to_regclass('marts.falls_due')").fetchone()
    if not exists or exists[0] is None:
        return []
    return [(str(kind), str(key)) for kind, key in connection.execute(DUE, {"as_of": as_of}).fetchall()]


def _touch(connection: Connection, refresh_id: int, due: Keys) -> None:
    """Write down the records that the claimed batches hold or whose policy changed, and what fell due."""
    values = {"refresh_id": refresh_id, "governed": _governed_anew(connection, refresh_id)}
    for stream in streams():
        connection.execute(
            sql.SQL(CLAIMED + " on conflict do nothing").format(stream=sql.Identifier("raw", stream)),
            values | kind_of(stream),
        )
        if values["governed"]:
            connection.execute(
                sql.SQL(GOVERNED).format(stream=sql.Identifier("raw", stream)), values | kind_of(stream)
            )
        for beside in ("counters", "tombstones"):
            connection.execute(
                sql.SQL(CLAIMED + " and r.stream = %(stream)s on conflict do nothing").format(
                    stream=sql.Identifier("raw", beside)
                ),
                values | kind_of(stream),
            )
        if stream == STATUSES:
            connection.execute(sql.SQL(THREADS).format(stream=sql.Identifier("raw", stream)), values)
    for statement in _of_decisions(DECIDED, ON_MESSAGES):
        connection.execute(statement, values)
    connection.execute(DECIDED_IDENTITY, values)
    connection.cursor().executemany(
        "insert into ops.touched values (%s, %s, %s) on conflict do nothing",
        [(refresh_id, kind, key) for kind, key in due],
    )
    if due:
        connection.execute(NATIVE, values)
    connection.execute(OPAQUE, values)


def touch_sent_on(connection: Connection, claim: Claim) -> None:
    """Touch the waits that ended by sending a touched customer elsewhere: the private side may have answered since.

    Between stages: models that run at the same time would see the keys or not.
    """
    connection.execute(SENT_ON, {"refresh_id": claim.refresh_id})


def _governed_anew(connection: Connection, refresh_id: int) -> list[str]:
    """Sources whose policy changed."""
    rows = connection.execute(
        "select distinct source from raw.batches where refresh_id = %s and policy_changed", (refresh_id,)
    ).fetchall()
    return [str(row[0]) for row in rows]


def kind_of(stream: str) -> dict[str, str]:
    """The kind of key that a stream's records are, by its entity."""
    kind = "status" if stream == STATUSES else KINDS.get(stream.rpartition("__")[2], "message")
    return {"stream": stream, "kind": kind}


def claimed_rows(connection: Connection, claim: Claim) -> dict[str, int]:
    """Rows that the claimed pages read, found new or changed, removed and rejected."""
    names = ("read", "new", "changed", "removed", "rejected")
    row = connection.execute(
        "select sum(read), sum(new), sum(changed), sum(removed), sum(rejected) from raw.batches"
        " where refresh_id = %s",
        (claim.refresh_id,),
    ).fetchone()
    return {name: int(value or 0) for name, value in zip(names, row or (), strict=False)}


def touched_counts(connection: Connection, claim: Claim) -> dict[str, int]:
    """How many keys of each kind a refresh touched; empty for a full one."""
    rows = connection.execute(
        "select kind, count(*) from ops.touched where refresh_id = %s and key not like '%%_@_%%'"
        " group by kind order by kind",
        (claim.refresh_id,),
    ).fetchall()
    return {str(kind): int(n) for kind, n in rows}


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
