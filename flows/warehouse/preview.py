"""What writing pages would do, counted without writing: what `load.write_page` would say of each."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from psycopg import sql

from flows.records import Page
from flows.warehouse.database import Connection, table
from flows.warehouse.load import Counts

LATEST = """
select latest.record_id, latest.content_hash
from unnest(%(ids)s::text[]) as wanted (record_id)
cross join lateral (
    select r.record_id, r.content_hash, r.batch_id
    from {stream} as r
    where r.site = %(site)s and r.record_id = wanted.record_id
    order by r.version desc limit 1
) as latest
"""
GONE = """
select t.record_id
from raw.tombstones as t
where
    t.stream = %(stream)s and t.site = %(site)s and t.record_id = any(%(ids)s)
    and t.batch_id > (
        select max(r.batch_id) from {stream} as r where r.site = %(site)s and r.record_id = t.record_id
    )
"""
BACK = b""  # no record's hash: whatever comes is another version


class Preview:
    """Counts pages one after the other, each as if those before it had been written."""

    def __init__(self, connection: Connection | None) -> None:
        """Without a connection nothing was read before. What was counted stands on disk: archives are large."""
        self._connection = connection
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("pragma journal_mode = off")
        self._seen.execute("create table seen (key text primary key, hash blob) without rowid")

    def count(self, page: Page) -> Counts:
        """Count what would become of one page."""
        repaired = sum(record.repaired for record in page.records)
        counts = Counts(page.read, repaired=repaired, rejected=len(page.rejects), removed=len(page.tombstones))
        places: dict[tuple[str, str], set[str]] = defaultdict(set)
        for record in page.records:
            places[record.stream, record.site].add(record.record_id)
        latest = {place: self._latest(*place, ids) for place, ids in places.items()}
        for record in page.records:
            known = latest[record.stream, record.site]
            before = known.get(record.record_id)
            counts.new += before is None
            counts.changed += before is not None and before != record.content_hash
            counts.unchanged += before == record.content_hash
            known[record.record_id] = record.content_hash
        for (stream, site), known in latest.items():
            self._seen.executemany(
                "insert or replace into seen values (?, ?)",
                ((_key(stream, site, record_id), content_hash) for record_id, content_hash in known.items()),
            )
        return counts

    def _latest(self, stream: str, site: str, ids: Iterable[str]) -> dict[str, bytes]:
        """Hashes of what is known of some records: in this preview, else in the warehouse."""
        known: dict[str, bytes] = {}
        for record_id in ids:
            key = _key(stream, site, record_id)
            if row := self._seen.execute("select hash from seen where key = ?", (key,)).fetchone():
                known[record_id] = row[0]
        if unknown := [record_id for record_id in ids if record_id not in known]:
            known |= self._in_warehouse(stream, site, unknown)
        return known

    def _in_warehouse(self, stream: str, site: str, ids: list[str]) -> dict[str, bytes]:
        if self._connection is None:
            return {}
        values = {"stream": stream, "site": site, "ids": ids}
        latest, gone = (sql.SQL(query).format(stream=table("raw", stream)) for query in (LATEST, GONE))
        found: dict[str, bytes] = dict(self._connection.execute(latest, values).fetchall())
        return found | {record_id: BACK for (record_id,) in self._connection.execute(gone, values)}


def _key(stream: str, site: str, record_id: str) -> str:
    return f"{stream}/{site} {record_id}"
