"""The keys that a refresh must build again: of what its batches hold, of what fell due, of what people decided."""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from flows.warehouse.database import Connection
from flows.warehouse.refresh.decisions import touch_decided
from flows.warehouse.streams import declared, streams

KINDS = {
    "messages": "message",
    "ratings": "rating",
    "customers": "crm",
    "statuses": "status",
    "service_events": "notice",
    "contacts": "contact",
    "permissions": "permission",
}
DUE = "select distinct kind, key from marts.falls_due where due_at <= %(as_of)s"
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
    " where k.refresh_id = %(refresh_id)s and k.kind = any(%(kinds)s)"
    " on conflict do nothing"
)
SENT_ON = (
    "insert into ops.touched"
    " select distinct %(refresh_id)s::bigint, 'thread', w.thread_id"
    " from ops.touched as k"
    " inner join marts.fct_waits as w on k.key = w.customer_id and w.closing_kind = 'redirect'"
    " where k.refresh_id = %(refresh_id)s and k.kind = 'customer' on conflict do nothing"
)
Keys = list[tuple[str, str]]


def fallen_due(connection: Connection, as_of: datetime) -> Keys:
    """What time changes: a promise falls due, a silence has lasted long enough, something may be kept no longer."""
    exists = connection.execute("select to_regclass('marts.falls_due')").fetchone()
    if not exists or exists[0] is None:
        return []
    return [(str(kind), str(key)) for kind, key in connection.execute(DUE, {"as_of": as_of}).fetchall()]


def touch(connection: Connection, refresh_id: int, due: Keys) -> None:
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
        if declared()[stream].holds == "statuses":
            connection.execute(sql.SQL(THREADS).format(stream=sql.Identifier("raw", stream)), values)
    touch_decided(connection, refresh_id)
    connection.cursor().executemany(
        "insert into ops.touched values (%s, %s, %s) on conflict do nothing",
        [(refresh_id, kind, key) for kind, key in due],
    )
    if due:
        connection.execute(NATIVE, values)
    connection.execute(OPAQUE, values | {"kinds": list(KINDS.values())})


def touch_sent_on(connection: Connection, refresh_id: int) -> None:
    """Touch the waits that ended by sending a touched customer elsewhere: the private side may have answered since.

    Between stages: models that run at the same time would see the keys or not.
    """
    connection.execute(SENT_ON, {"refresh_id": refresh_id})


def touched_counts(connection: Connection, refresh_id: int) -> dict[str, int]:
    """How many keys of each kind a refresh touched; empty for a full one."""
    rows = connection.execute(
        "select kind, count(*) from ops.touched where refresh_id = %s and key not like '%%_@_%%'"
        " group by kind order by kind",
        (refresh_id,),
    ).fetchall()
    return {str(kind): int(n) for kind, n in rows}


def kind_of(stream: str) -> dict[str, str]:
    """The kind of key that a stream's records are."""
    return {"stream": stream, "kind": KINDS[declared()[stream].holds]}


def _governed_anew(connection: Connection, refresh_id: int) -> list[str]:
    """Sources whose policy changed."""
    rows = connection.execute(
        "select distinct source from raw.batches where refresh_id = %s and policy_changed", (refresh_id,)
    ).fetchall()
    return [str(row[0]) for row in rows]
