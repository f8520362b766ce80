"""Write one page: records as new versions, counters, tombstones, rejects, state and cursor, all or nothing.

Records go by COPY into a temporary table and from there, compared with the latest version only, into the
stream's append-only table. A→B→A is three versions, also within one page; a record that was found gone and is
back, unchanged, is a new version too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson
from psycopg import sql
from psycopg.types.json import Jsonb

from flows.sources.base import Page, Record, Tombstone
from flows.warehouse.database import Connection, table

STAGE = """
create temporary table if not exists page_records (
    position integer, stream text, site text, record_id text,
    content_hash bytea, payload jsonb, native_order bigint
) on commit delete rows;
create temporary table if not exists page_counters (
    position integer, stream text, site text, record_id text, "values" jsonb
) on commit delete rows;
"""

NEW_VERSIONS = """
with known as materialized (
    select
        p.position, p.site, p.record_id, p.content_hash, p.payload, p.native_order,
        latest.version as latest_version,
        coalesce(
            lag(p.content_hash) over same_record,
            case when not latest.is_gone then latest.content_hash end
        ) as hash_before
    from page_records as p
    left join lateral (
        select
            r.version, r.content_hash,
            exists (
                select from raw.tombstones as t
                where t.site = r.site and t.record_id = r.record_id and t.stream = %(stream)s
                and t.batch_id > r.batch_id
            ) as is_gone
        from {stream} as r
        where r.site = p.site and r.record_id = p.record_id
        order by r.version desc limit 1
    ) as latest on true
    where p.stream = %(stream)s
    window same_record as (partition by p.site, p.record_id order by p.position)
),

inserted as (
    insert into {stream} (site, record_id, version, content_hash, payload, native_order, batch_id)
    select
        site, record_id,
        coalesce(latest_version, 0) + row_number() over (partition by site, record_id order by position),
        content_hash, payload, native_order, %(batch_id)s
    from known
    where hash_before is distinct from content_hash
    order by position
    returning version
)

select count(*) filter (where version = 1), count(*) filter (where version > 1) from inserted
"""

LATEST_COUNTERS = """
insert into raw.counters as c (stream, site, record_id, "values", batch_id)
select distinct on (site, record_id, stream) stream, site, record_id, "values", %(batch_id)s
from page_counters
order by site, record_id, stream, position desc
on conflict (site, record_id, stream) do update
set "values" = excluded."values", batch_id = excluded.batch_id, seen_at = clock_timestamp()
where c."values" is distinct from excluded."values"
"""

TOMBSTONE = """
insert into raw.tombstones (stream, site, record_id, batch_id, reason, deleted_at)
select %(stream)s, %(site)s, %(record_id)s, %(batch_id)s, %(reason)s, %(deleted_at)s
where not exists (
    select from raw.tombstones as t
    where t.stream = %(stream)s and t.site = %(site)s and t.record_id = %(record_id)s
    and t.batch_id > (
        select coalesce(max(r.batch_id), 0) from {stream} as r
        where r.site = %(site)s and r.record_id = %(record_id)s
    )
)
on conflict do nothing
"""


@dataclass(slots=True)
class Counts:
    """What became of a page's or a run's input, in records."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repaired: int = 0
    rejected: int = 0

    def add(self, other: Counts) -> None:
        """Add another page's counts."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


def write_page(connection: Connection, source: str, run_id: UUID, number: int, page: Page) -> Counts:
    """Commit one page of `source` as a transaction and return what became of its records."""
    repaired = sum(record.repaired for record in page.records)
    _make_stage(connection)
    counts = Counts(read=page.read, rejected=len(page.rejects), repaired=repaired)
    with connection.transaction():
        # Numbered once the sites are ours: a record's later version, or its tombstone, has the later batch.
        _lock_sites(connection, [*page.records, *page.tombstones])
        batch_id = _one(connection, "select nextval(pg_get_serial_sequence('raw.batches', 'batch_id'))")
        _stage(connection, page.records)
        for stream in sorted({record.stream for record in page.records}):
            new, changed = _new_versions(connection, stream, batch_id)
            counts.new += new
            counts.changed += changed
        counts.unchanged = len(page.records) - counts.new - counts.changed
        moved = _load_counters(connection, page.records, batch_id)
        removed = _load_tombstones(connection, page, batch_id)
        _load_rejects(connection, source, page, batch_id)
        _save_position(connection, source, page, batch_id)
        touches = bool(counts.new or counts.changed or moved or removed)
        connection.execute(
            "insert into raw.batches (batch_id, source, run_id, page, read, new, changed, unchanged,"
            " repaired, rejected, removed, gap, touches) overriding system value"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (batch_id, source, run_id, number, counts.read, counts.new, counts.changed, counts.unchanged,
             counts.repaired, counts.rejected, removed, page.gap, touches),
        )  # fmt: skip
    return counts


def _make_stage(connection: Connection) -> None:
    """Make the temporary tables of this connection, on its first page."""
    if not _one(connection, "select to_regclass('pg_temp.page_records') is not null"):
        connection.execute(STAGE)


def _one(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _lock_sites(connection: Connection, records: Iterable[Record | Tombstone]) -> None:
    """Keep two sources of one site from numbering versions at once; sorted, so that nobody deadlocks."""
    for place in sorted({f"{r.stream}/{r.site}" for r in records}):
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 1))", (place,))


def _stage(connection: Connection, records: Sequence[Record]) -> None:
    cursor = connection.cursor()
    with cursor.copy("copy page_records from stdin with (format binary)") as copy:
        copy.set_types(["int4", "text", "text", "text", "bytea", "jsonb", "int8"])
        for position, r in enumerate(records):
            content = Jsonb(r, _content)
            copy.write_row((position, r.stream, r.site, r.record_id, r.content_hash, content, r.native_order))


def _new_versions(connection: Connection, stream: str, batch_id: int) -> tuple[int, int]:
    query = sql.SQL(NEW_VERSIONS).format(stream=table("raw", stream))
    row = connection.execute(query, {"batch_id": batch_id, "stream": stream}).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _content(record: Record) -> bytes:
    return record.content


def _load_counters(connection: Connection, records: Sequence[Record], batch_id: int) -> int:
    counted = [(position, r) for position, r in enumerate(records) if r.counters]
    if not counted:
        return 0
    cursor = connection.cursor()
    with cursor.copy("copy page_counters from stdin with (format binary)") as copy:
        copy.set_types(["int4", "text", "text", "text", "jsonb"])
        for position, record in counted:
            copy.write_row(
                (position, record.stream, record.site, record.record_id, Jsonb(record.counters, orjson.dumps))
            )
    return cursor.execute(LATEST_COUNTERS, {"batch_id": batch_id}).rowcount


def _load_tombstones(connection: Connection, page: Page, batch_id: int) -> int:
    if not page.tombstones:
        return 0
    removed = 0
    for t in page.tombstones:
        query = sql.SQL(TOMBSTONE).format(stream=table("raw", t.stream))
        values = {"stream": t.stream, "site": t.site, "record_id": t.record_id, "batch_id": batch_id,
                  "reason": t.reason, "deleted_at": t.deleted_at}  # fmt: skip
        removed += connection.execute(query, values).rowcount
    return removed


def _load_rejects(connection: Connection, source: str, page: Page, batch_id: int) -> None:
    if page.rejects:
        connection.cursor().executemany(
            "insert into raw.rejects"
            " (batch_id, source, stream, locator, reason, detail, content, content_hash)"
            " values (%s, %s, %s, %s, %s, %s, %s, sha256(%s)) on conflict do nothing",
            [
                (batch_id, source, r.stream, r.locator, r.reason, r.detail, r.content, r.content)
                for r in page.rejects
            ],
        )


def _save_position(connection: Connection, source: str, page: Page, batch_id: int) -> None:
    connection.execute(
        "insert into raw.cursors (source, cursor, batch_id) values (%s, %s, %s)"
        " on conflict (source) do update"
        " set cursor = excluded.cursor, batch_id = excluded.batch_id, updated_at = clock_timestamp()",
        (source, Jsonb(page.next_cursor, orjson.dumps), batch_id),
    )
    for key, value in page.state.items():
        connection.execute(
            "insert into raw.states (source, key, value, batch_id) values (%s, %s, %s, %s)"
            " on conflict (source, key) do update"
            " set value = excluded.value, batch_id = excluded.batch_id, updated_at = clock_timestamp()",
            (source, key, Jsonb(value, orjson.dumps), batch_id),
        )
