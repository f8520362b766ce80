"""Erase a person: what is theirs goes, what names them elsewhere is blanked, and no crawl brings it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from flows.settings import Settings, settings
from flows.warehouse.database import Connection, connect, locked, table
from flows.warehouse.door import author_key, record_key
from flows.warehouse.forgetting.person import Person, find_person
from flows.warehouse.refresh import run
from flows.warehouse.streams import streams

LOCKED = "select pg_advisory_xact_lock(hashtextextended(%s, 1))"  # as a page's writer takes it, by stream and site
GONE = "delete from {stream} where (site, record_id) in (select * from unnest(%s::text[], %s::text[]))"
BESIDE = """
    delete from raw.{beside}
    where stream = %s and (site, record_id) in (select * from unnest(%s::text[], %s::text[]))
"""
NAMING = "select site, record_id, version, payload from {stream} where payload::text ~* %s"
# The hash stays: what the source gives again, unchanged, is no new version.
BLANKED = "update {stream} set payload = %s where site = %s and record_id = %s and version = %s"
REJECTS = "delete from raw.rejects where reject_id = any(%s)"
MESSAGES = (
    "select identity.opaque_id(r.site, r.record_id) from unnest(%s::text[], %s::text[]) as r (site, record_id)"
)
SUPPRESS = """
    insert into identity.suppressions (value_hash, key_version, kind)
    select identity.keyed_hash(v.value), (select max(k.version) from identity.keys as k), %s
    from unnest(%s::text[]) as v (value) on conflict do nothing
"""
# What somebody else holds too stays theirs: a family's address.
IDENTIFIERS = """
    insert into identity.suppressions (value_hash, key_version, kind)
    select distinct i.value_hash, (select max(k.version) from identity.keys as k), 'identifier'
    from intermediate.int_account_identifiers as i
    where i.node_id = any(%(nodes)s) and not exists (
        select from intermediate.int_account_identifiers as o
        where o.type = i.type and o.value_hash = i.value_hash and o.node_id <> all(%(nodes)s)
    )
    on conflict do nothing
"""
# By table, what is deleted of a person's nodes and messages.
OF_NODES: dict[str, LiteralString] = {
    "identity.account_values": "node_id = any(%(nodes)s)",
    "identity.edges": "one = any(%(nodes)s) or other = any(%(nodes)s)",
    "identity.households": "one = any(%(nodes)s) or other = any(%(nodes)s)",
    "identity.memberships": "node_id = any(%(nodes)s)",
    "identity.membership_history": "node_id = any(%(nodes)s)",
    "identity.customer_events": "node_id = any(%(nodes)s)",
    "decisions.unsure_pairs": "one = any(%(nodes)s) or other = any(%(nodes)s)",
    "decisions.handled": "message_id = any(%(messages)s) or copy_of = any(%(messages)s)",
    "decisions.labels": "message_id = any(%(messages)s)",
    "decisions.assigned": "message_id = any(%(messages)s)",
    "understanding.messages": "message_id = any(%(messages)s)",
    "ops.touched": "key = any(%(messages)s) or key = any(%(nodes)s) or key = any(%(natives)s)",
}
DECIDED = """
    with gone as (
        select decision_id from decisions.identity where one = any(%(nodes)s) or other = any(%(nodes)s)
    )
    delete from decisions.identity where decision_id in (select decision_id from gone)
        or undoes in (select decision_id from gone)
"""
EMBEDDINGS = """
    delete from understanding.embeddings as e
    where not exists (select from understanding.messages as m where m.text_hash = e.text_hash)
"""
CUSTOMERS = "update identity.customers set status = 'erased', anchor = null where customer_id = any(%s)"
KEPT = """
    insert into ops.erasures (erased_by, reason, customers, accounts, erased) values (%s, %s, %s, %s, %s)
    returning erasure_id
"""
NAMING_STILL = "select count(*) from {} where {}::text ~* %s"
TEXTS = """
    select c.table_schema, c.table_name, c.column_name
    from information_schema.columns as c
    inner join information_schema.tables as t
        on c.table_schema = t.table_schema and c.table_name = t.table_name and t.table_type = 'BASE TABLE'
    where c.table_schema = any(%s) and c.data_type in ('text', 'jsonb', 'ARRAY')
    order by 1, 2, c.ordinal_position
"""
UNFINISHED = """
    select distinct t.name from ops.erasures as e cross join lateral jsonb_object_keys(e.erased) as t (name)
    where not e.is_finished order by t.name
"""
LOOKED_THROUGH = ["raw", "ops", "identity", "understanding", "decisions", "intermediate", "marts"]

Tell = Callable[[str], None]


@dataclass(slots=True)
class Erasure:
    """What was, or would be, erased: rows by table, and where the person is still named (nowhere, it should be)."""

    customers: list[str]
    accounts: list[str]
    rows: Counter[str] = field(default_factory=Counter)
    blanked: Counter[str] = field(default_factory=Counter)
    left: dict[str, int] = field(default_factory=dict)
    number: int | None = None


def foresee(connection: Connection, name: str) -> Erasure:
    """Say what would be erased, and change nothing. VigieError where nobody is called so."""
    with connection.transaction(force_rollback=True):
        return _erase(connection, find_person(connection, name), "", "")


def forget(
    name: str,
    *,
    by: str,
    reason: str = "",
    config: Settings | None = None,
    as_of: datetime | None = None,
    tell: Tell = lambda _: None,
) -> Erasure:
    """Erase a person, build the marts without them, and look whether anything names them yet.

    `as_of` is the now of the marts. Killed before the end, `finish` or the next erasure does the rest.
    """
    config = config or settings()
    with connect(config) as connection:
        with locked(connection, run.LOCK, patience=run.PATIENCE), connection.transaction():
            person = find_person(connection, name)
            erasure = _erase(connection, person, by, reason)
        finish(connection, config, as_of, tell)
        erasure.left = _named_still(connection, person)
    return erasure


def finish(
    connection: Connection, config: Settings, as_of: datetime | None = None, tell: Tell = lambda _: None
) -> None:
    """Build the marts without those who were erased, and write the tables that held them anew: no file has them."""
    tell("erased; building the marts without them")
    run.refresh(config, as_of=as_of)
    tell("writing tables anew, so that their files have nothing of them")
    for (name,) in connection.execute(UNFINISHED).fetchall():
        connection.execute(sql.SQL("vacuum (full) {}").format(sql.Identifier(*str(name).split("."))))
    connection.execute("update ops.erasures set is_finished = true where not is_finished")


def _erase(connection: Connection, person: Person, by: str, reason: str) -> Erasure:
    erasure = Erasure(person.customers, person.nodes)
    for place in sorted({f"{stream}/{site}" for stream, keys in person.records.items() for site, _ in keys}):
        connection.execute(LOCKED, (place,))
    messages: list[str] = []
    for stream, keys in person.records.items():
        sites, records = [site for site, _ in keys], [record for _, record in keys]
        messages += [str(row[0]) for row in connection.execute(MESSAGES, (sites, records)).fetchall()]
        _count(
            erasure,
            f"raw.{stream}",
            connection,
            sql.SQL(GONE).format(stream=table("raw", stream)),
            (sites, records),
        )
        for beside in ("counters", "tombstones"):
            query = sql.SQL(BESIDE).format(beside=sql.Identifier(beside))
            _count(erasure, f"raw.{beside}", connection, query, (stream, sites, records))
    _blank(connection, person, erasure)
    _suppress(connection, person)
    natives = [f"{site}:{record}" for keys in person.records.values() for site, record in keys]
    values = {"nodes": person.nodes, "messages": messages, "natives": natives}
    _count(erasure, "decisions.identity", connection, sql.SQL(DECIDED), values)
    for name, condition in OF_NODES.items():
        query = sql.SQL("delete from {} where {}").format(sql.Identifier(*name.split(".")), sql.SQL(condition))
        _count(erasure, name, connection, query, values)
    if connection.execute("select to_regclass('understanding.embeddings')").fetchone() != (None,):
        _count(erasure, "understanding.embeddings", connection, sql.SQL(EMBEDDINGS), {})
    connection.execute(CUSTOMERS, (person.customers,))
    row = connection.execute(
        KEPT, (by, reason, person.customers, len(person.nodes), Jsonb(dict(erasure.rows + erasure.blanked)))
    ).fetchone()
    erasure.number = int(row[0]) if row else None
    return erasure


def _blank(connection: Connection, person: Person, erasure: Erasure) -> None:
    """Blank what names them in others' records, and drop rejects that do: nobody knows what else these hold."""
    if not (candidates := person.marks.candidates):
        return
    blanker = person.marks.blanker()
    for stream in streams():
        query = sql.SQL(BLANKED).format(stream=table("raw", stream))
        naming = sql.SQL(NAMING).format(stream=table("raw", stream))
        for site, record, version, payload in connection.execute(naming, (candidates,)).fetchall():
            if (blank := blanker.blank(payload)) != payload:
                connection.execute(query, (Jsonb(blank), site, record, version))
                erasure.blanked[f"raw.{stream}"] += 1
    rejects = connection.execute("select reject_id, locator, detail, content from raw.rejects").fetchall()
    naming_them = [
        number for number, locator, detail, content in rejects
        if any(map(blanker.finds, (locator, detail, bytes(content).decode("utf-8", "replace"))))
    ]  # fmt: skip
    _count(erasure, "raw.rejects", connection, sql.SQL(REJECTS), (naming_them,))


def _suppress(connection: Connection, person: Person) -> None:
    records = [record_key(stream, *key) for stream, keys in person.records.items() for key in keys]
    authors = [author_key(*author) for author in person.authors]
    connection.execute(IDENTIFIERS, {"nodes": person.nodes})
    for kind, values in (
        ("account", [f"account:{node}" for node in person.nodes]), ("author", authors), ("record", records),
    ):  # fmt: skip
        connection.execute(SUPPRESS, (kind, values))


def _named_still(connection: Connection, person: Person) -> dict[str, int]:
    """Rows that name the person yet, by table and column; a certificate of an erasure has none."""
    left: dict[str, int] = {}
    if not person.marks.pattern:
        return left
    for schema, name, column in connection.execute(TEXTS, (LOOKED_THROUGH,)).fetchall():
        query = sql.SQL(NAMING_STILL).format(sql.Identifier(schema, name), sql.Identifier(column))
        row = connection.execute(query, (person.marks.pattern,)).fetchone()
        if row and row[0]:
            left[f"{schema}.{name}.{column}"] = int(row[0])
    return left


def _count(erasure: Erasure, name: str, connection: Connection, query: sql.SQL | sql.Composed, values: Any) -> None:
    gone = connection.execute(query, values).rowcount
    if gone > 0:
        erasure.rows[name] += gone


def certificate(erasure: Erasure) -> dict[str, Any]:
    """What to give who asked: that it was done, with rows by table. It holds ids that name nobody any more."""
    return {
        "erasure": erasure.number,
        "customers": erasure.customers,
        "accounts": len(erasure.accounts),
        "rows_erased": dict(erasure.rows),
        "rows_without_their_name": dict(erasure.blanked),
        "still_named": erasure.left,
    }
