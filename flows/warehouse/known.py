"""What the warehouse knows of a source's records, for a source that looks for what is missing, or compares."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from flows.records import Json
from flows.warehouse.database import Connection, table

# Another source of the site that read a newer version since vouches for the record; a tombstone after it ends it.
KNOWN = """
select latest.record_id
from (
    select distinct on (r.record_id) r.record_id, r.batch_id
    from {stream} as r
    where r.site = %(site)s
    order by r.record_id, r.version desc
) as latest
inner join raw.batches as b on latest.batch_id = b.batch_id
where
    b.source = %(source)s
    and not exists (
        select from raw.tombstones as t
        where
            t.stream = %(stream)s and t.site = %(site)s and t.record_id = latest.record_id
            and t.batch_id > latest.batch_id
    )
"""
LATEST = (
    "select r.payload from {stream} as r where r.site = %s and r.record_id = %s order by r.version desc limit 1"
)
AT_ONCE = 10_000  # ids that are fetched together


def known_ids(connection: Connection, source: str, stream: str, site: str) -> Iterator[str]:
    """Yield the ids of a stream and a site that `source` brought the latest version of, and that are not gone."""
    query = sql.SQL(KNOWN).format(stream=table("raw", stream))
    with connection.transaction(), connection.cursor(name="known_ids") as cursor:
        cursor.itersize = AT_ONCE
        for (record_id,) in cursor.execute(query, {"source": source, "stream": stream, "site": site}):
            yield record_id


def latest_payload(connection: Connection, stream: str, site: str, record_id: str) -> Json | None:
    """Return the latest version that is stored under an id; None where there is none."""
    query = sql.SQL(LATEST).format(stream=table("raw", stream))
    found = connection.execute(query, (site, record_id)).fetchone()
    payload: Json | None = found[0] if found else None
    return payload
