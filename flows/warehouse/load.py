"""Write one page: records as new versions, counters, tombstones, rejects, state and cursor, all or nothing.

Records go by COPY into a temporary table and from there, compared with the latest version only, into the
stream's append-only table. A→B→A is three versions, also within one page; a record that was found gone and is
back, unchanged, is a new version too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson
from psycopg import sql
from psycopg.types.json import Jsonb

from flows.records import Page, Record, Tombstone
from flows.warehouse.database import Connection, table
from flows.warehouse.door import let_in

STAGE = """
create temporary table if not exists page_records (
    occurrence integer, stream text, site text, record_id text,
    content_hash bytea, payload jsonb, native_order bigint
) on commit delete rows;
create temporary table if not exists page_counters (
    position integer, stream text, site text, record_id text, "values" jsonb
) on commit delete rows;
"""

# One occurrence of each record at a time: a record that stands in a page twice finds its first as the latest.
NEW_VERSIONS = """
with inserted as (
    insert into {stream} (site, record_id, version, content_hash, payload, native_order, batch_id)
    select
        p.site, p.record_id, coalesce(latest.version, 0) + 1,
        p.content_hash, p.payload, p.native_order, %(batch_id)s
    from page_records as p
    left join lateral (
        select r.version, r.content_hash, r.batch_id
        from {stream} as r
        where r.site = p.site and r.record_id = p.record_id
        order by r.version desc limit 1
    ) as latest on true
    where
        p.stream = %(stream)s and p.occurrence = %(occurrence)s
        and (
            latest.content_hash is distinct from p.content_hash
            or exists (
                select from raw.tombstones as t
                where t.site = p.site and t.record_id = p.record_id and t.stream = %(stream)s
                and t.batch_id > latest.batch_id
            )
        )
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
    removed: int = 0

    def add(self, other: Counts) -> None:
        """Add another page's counts."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


def write_page(
    connection: Connection, source: str, run_id: UUID, number: int, page: Page, *, position: str | None = None
) -> Counts:
    """Commit one page of `source` as a transaction and return what became of its records.

    The cursor and states are kept under `position`: the source's name where unset. Records of people who were
    erased are counted as unchanged and not stored.
    """
    given = len(page.records)
    page = let_in(connection, page)
    repaired = sum(record.repaired for record in page.records)
    _make_stage(connection)
    counts = Counts(read=page.read, rejected=len(page.rejects), repaired=repaired)
    with connection.transaction():
        # Numbered once the sites are ours: a record's later version, or its tombstone, has the later batch.
        _lock_sites(connection, [*page.records, *page.tombstones])
        batch_id = _one(connection, "select nextval(pg_get_serial_sequence('raw.batches', 'batch_id'))")
        for stream, occurrences in sorted(_stage(connection, page.records).items()):
            for occurrence in range(occurrences):
                new, changed = _new_versions(connection, stream, occurrence, batch_id)
                counts.new += new
                counts.changed += changed
        counts.unchanged = given - counts.new - counts.changed
        moved = _load_counters(connection, page.records, batch_id)
        counts.removed = _load_tombstones(connection, page, batch_id)
        _load_rejects(connection, source, page, batch_id)
        _save_position(connection, position or source, page, batch_id)
        touches = bool(counts.new or counts.changed or moved or counts.removed)
        connection.execute(
            "insert into raw.batches (batch_id, source, run_id, page, read, new, changed, unchanged,"
            " repaired, rejected, removed, gap, touches) overriding system value"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (batch_id, source, run_id, number, counts.read, counts.new, counts.changed, counts.unchanged,
             counts.repaired, counts.rejected, counts.removed, page.gap, touches),
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


def _stage(connection: Connection, records: Sequence[Record]) -> dict[str, int]:
    """Copy a page's records to the temporary table; returns how often a record stands in it, at most, by stream."""
    seen: Counter[tuple[str, str, str]] = Counter()
    most: dict[str, int] = {}
    with connection.cursor().copy("copy page_records from stdin with (format binary)") as copy:
        copy.set_types(["int4", "text", "text", "text", "bytea", "jsonb", "int8"])
        for r in records:
            key = (r.stream, r.site, r.record_id)
            occurrence = seen[key]
            seen[key] = occurrence + 1
            if occurrence >= most.get(r.stream, 0):
                most[r.stream] = occurrence + 1
            content = Jsonb(r, _content)
            copy.write_row((occurrence, r.stream, r.site, r.record_id, r.content_hash, content, r.native_order))
    return most


def _new_versions(connection: Connection, stream: str, occurrence: int, batch_id: int) -> tuple[int, int]:
    query = sql.SQL(NEW_VERSIONS).format(stream=table("raw", stream))
    values = {"batch_id": batch_id, "stream": stream, "occurrence": occurrence}
    row = connection.execute(query, values).fetchone()
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


def _save_position(connection: Connection, position: str, page: Page, batch_id: int) -> None:
    connection.execute(
        "insert into raw.cursors (source, cursor, batch_id) values (%s, %s, %s)"
        " on conflict (source) do update"
        " set cursor = excluded.cursor, batch_id = excluded.batch_id, updated_at = clock_timestamp()",
        (position, Jsonb(page.next_cursor, orjson.dumps), batch_id),
    )
    for key, value in page.state.items():
        connection.execute(
            "insert into raw.states (source, key, value, batch_id) values (%s, %s, %s, %s)"
            " on conflict (source, key) do update"
            " set value = excluded.value, batch_id = excluded.batch_id, updated_at = clock_timestamp()",
            (position, key, Jsonb(value, orjson.dumps), batch_id),
        )
