"""Who was erased stays out: what a source gives of them again is not stored."""

from __future__ import annotations

from dataclasses import replace

import orjson

from flows.records import Page, Record
from flows.warehouse.database import Connection

KEEPS = "select exists (select from identity.suppressions where kind in ('author', 'record'))"
OUTSIDE = """
    select g.n
    from unnest(%s::text[], %s::text[]) with ordinality as g (author, record, n)
    where exists (
        select from identity.suppressions as s
        where s.value_hash in (identity.keyed_hash(g.author), identity.keyed_hash(g.record))
    )
"""


def author_key(site: str, account: str) -> str:
    """What is hashed of an account: its name on its site, capitals and small letters alike."""
    return f"author:{site}:{account.lower()}"


def record_key(stream: str, site: str, record_id: str) -> str:
    """What is hashed of a record: whoever it says wrote it, now or later."""
    return f"record:{stream}:{site}:{record_id}"


def let_in(connection: Connection, page: Page) -> Page:
    """Leave out the records of people who were erased; where nobody was, nothing is hashed."""
    row = connection.execute(KEEPS).fetchone() if page.records else None
    if row is None or not row[0]:
        return page
    keys = [(_author(record), record_key(record.stream, record.site, record.record_id)) for record in page.records]
    found = connection.execute(OUTSIDE, ([author for author, _ in keys], [key for _, key in keys])).fetchall()
    outside = {int(n) for (n,) in found}
    return replace(page, records=[record for n, record in enumerate(page.records, 1) if n not in outside])


def _author(record: Record) -> str | None:
    account = orjson.loads(record.content).get("mapped", {}).get("account")
    return author_key(record.site, account) if isinstance(account, str) else None
