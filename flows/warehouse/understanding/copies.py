"""Copies of one text among recent customers' messages: a group is called by the one that was read first.

Bands of signatures are looked up in an index; who shares one is compared word by word. Old messages are not looked
at: work and index grow with what is new.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg import sql

from flows.warehouse.database import Connection
from flows.warehouse.understanding.due import Target, touch_threads

RECENT = timedelta(days=60)  # before the refresh's now: older messages are in no group
WINDOW = timedelta(days=14)  # between a message and the first of its group
# Firsts that are compared for one band, the newest: mails of one form begin alike by thousands, and copy nothing. A
# copy shares other bands with its first.
MOST = 20
NEW = """
    select p.message_id, p.posted_at, concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, ''))
    from page_understood as p
    inner join {latest} as m on p.message_id = m.message_id
    where not p.is_company and p.posted_at >= %(since)s
        and not exists (select from understanding.copies as c where c.message_id = p.message_id)
    order by p.posted_at, p.message_id
"""
LIKE = """
    with alike as materialized (
        select * from understanding.copies as c
        where c.bands && %(bands)s::bigint[] and c.message_id = c.group_id
            and c.posted_at between %(first)s and %(last)s
    ),
    ranked as (
        select a.message_id, row_number() over (partition by b.band order by a.posted_at desc, a.message_id) as rank
        from alike as a cross join lateral unnest(a.bands) as b (band)
        where b.band = any(%(bands)s::bigint[])
    )
    select a.message_id, a.posted_at, a.bands, concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, ''))
    from alike as a
    inner join {latest} as m on a.message_id = m.message_id
    where a.message_id in (select r.message_id from ranked as r where r.rank <= %(most)s)
    order by a.posted_at, a.message_id
"""
# Copies whose first went, or says something else now, are copies of each other.
LED = """
    update understanding.copies as c set group_id = h.first
    from (
        select k.message_id, first_value(k.message_id) over (
            partition by k.group_id order by k.posted_at, k.message_id
        ) as first
        from understanding.copies as k
        where k.group_id = any(%(gone)s) or %(is_full)s
            and not exists (select from understanding.copies as f where f.message_id = k.group_id)
    ) as h
    where c.message_id = h.message_id
    returning c.message_id
"""
KEEP = "insert into understanding.copies (message_id, posted_at, bands, group_id) values (%s, %s, %s, %s)"
First = tuple[str, datetime, str]  # of a group: id, moment, text
Firsts = defaultdict[int, deque[First]]


def group_copies(target: Target) -> None:
    """Put the page's recent messages into groups, in the transaction that writes them."""
    latest = sql.Identifier(target.intermediate, "int_messages_latest")
    since = target.claim.as_of - RECENT
    new = target.connection.execute(sql.SQL(NEW).format(latest=latest), {"since": since}).fetchall()
    if not new:
        return
    from flows.understand.copies import signatures, verify  # numpy

    signed = [
        (message_id, at, text, list(signature.bands))
        for (message_id, at, text), signature in zip(new, signatures([text for *_, text in new]), strict=True)
        if signature
    ]
    firsts = _firsts(target.connection, latest, signed)
    rows = []
    for message_id, at, text, bands in signed:
        candidates = {first for band in bands for first in firsts[band]}
        near = sorted((c for c in candidates if abs(c[1] - at) <= WINDOW), key=lambda c: (c[1], c[0]))
        group = next((first for first, _, other in near if verify(text, other)), message_id)
        rows.append((message_id, at, bands, group))
        if group == message_id:
            for band in bands:
                firsts[band].append((message_id, at, text))
    with target.connection.cursor() as cursor:
        cursor.executemany(KEEP, rows)


def lead_again(target: Target, gone: Sequence[str]) -> None:
    """Call groups whose first is among the messages that went by the first that is left; when all is read, any."""
    if gone or target.claim.is_full:
        values = {"gone": list(gone), "is_full": target.claim.is_full}
        touch_threads(target, [message_id for (message_id,) in target.connection.execute(LED, values)])


def _firsts(
    connection: Connection, latest: sql.Identifier, signed: list[tuple[str, datetime, str, list[int]]]
) -> Firsts:
    """Firsts of stored groups that may be like these, by band."""
    moments = [at for _, at, _, _ in signed]
    firsts: Firsts = defaultdict(lambda: deque(maxlen=MOST))
    if signed:
        values = {
            "bands": sorted({band for *_, bands in signed for band in bands}),
            "first": min(moments) - WINDOW,
            "last": max(moments) + WINDOW,
            "most": MOST,
        }
        for message_id, at, bands, text in connection.execute(sql.SQL(LIKE).format(latest=latest), values):
            for band in bands:
                firsts[band].append((message_id, at, text))
    return firsts
