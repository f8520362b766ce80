"""Look once a day for what many write about and no declared topic names, and keep each theme under one id and name.

Recent customers' messages are looked at whose meaning is kept: no noise, no praise, nothing that only carries a
talk on, one of each group of copies. A theme goes on where its middle is near that of one that was found before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from psycopg import sql
from psycopg.types.json import Jsonb

from flows.warehouse.database import Connection
from flows.warehouse.understanding.due import Target
from flows.warehouse.understanding.meaning import extension

if TYPE_CHECKING:
    from flows.understand.models.encoder.package import Floats
    from flows.understand.themes import Theme

EVERY = timedelta(hours=20)  # refreshes come when they come: a day, with room
RECENT = timedelta(days=30)  # before the newest message that is not ahead of the refresh's now
MOST = 20_000  # messages, the newest: eight seconds of a core, 400 MB
SAME = 0.8  # product of the middles of one theme at two searches
LAST = "select max(searched_at) from understanding.theme_searches"
NEWEST = "select max(u.posted_at) from understanding.messages as u where not u.is_company and u.posted_at <= %s"
RECENTS = """
    with recent as (
        select distinct on (coalesce(c.group_id, u.message_id))
            u.message_id, u.text_hash, u.posted_at, u.language
        from understanding.messages as u
        left join understanding.copies as c on u.message_id = c.message_id
        where
            not u.is_company and u.posted_at > %(first)s and u.posted_at <= %(last)s
            and u.noise is distinct from 'yes' and coalesce(u.intent, '') <> all('{{reply,praise}}')
            and not exists (
                select from understanding.mentions as n where n.message_id = u.message_id and n.kind = 'topic'
            )
        order by coalesce(c.group_id, u.message_id), u.posted_at, u.message_id
    )
    select
        r.message_id, concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, '')), m.account_id,
        coalesce(r.language, ''), {place}.halfvec_send(e.embedding)
    from recent as r
    inner join understanding.embeddings as e on r.text_hash = e.text_hash and e.model = %(model)s
    inner join {latest} as m on r.message_id = m.message_id
    order by r.posted_at desc, r.message_id
    limit %(most)s
"""
MIDDLES = """
    select t.theme_id, {place}.halfvec_send({place}.avg(e.embedding))
    from understanding.theme_messages as t
    inner join understanding.messages as u on t.message_id = u.message_id
    inner join understanding.embeddings as e on u.text_hash = e.text_hash and e.model = %s
    group by t.theme_id
    order by t.theme_id
"""
GOES_ON = "update understanding.themes set words = %s, seen_at = %s where theme_id = %s"
NEW = """
    insert into understanding.themes (name, words, found_at, seen_at) values (%(name)s, %(words)s, %(at)s, %(at)s)
    on conflict (name) do nothing returning theme_id
"""
LEAVE = "delete from understanding.theme_messages where message_id = any(%s)"
JOIN = """
    insert into understanding.theme_messages (theme_id, message_id, likeness)
    select %s, * from unnest(%s::text[], %s::real[])
"""
EMPTY = """
    delete from understanding.themes as t
    where t.seen_at < %s
        and not exists (select from understanding.theme_messages as m where m.theme_id = t.theme_id)
"""
SEARCHED = "insert into understanding.theme_searches values (%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class _Recent:
    """Messages that are looked at: ids, texts and vectors, row by row."""

    ids: list[str]
    rows: list[Any]
    vectors: Floats


def look(target: Target, model: str) -> int | None:
    """Find themes and keep them, in one transaction; how many, None where it is too early or nothing to look at."""
    connection, now = target.connection, target.claim.as_of
    before = connection.execute(LAST).fetchone()
    if before and before[0] is not None and before[0] > now - EVERY:
        return None
    newest = connection.execute(NEWEST, (now,)).fetchone()
    if newest is None or newest[0] is None:
        return None
    last: datetime = newest[0]
    recent = _recent(target, model, last)
    if not recent.ids:
        return None
    from flows.understand.themes import Writing, find

    found = find(
        recent.vectors, [Writing(text, account, language) for _, text, account, language, _ in recent.rows]
    )
    with connection.transaction():
        known = _going_on(connection, model, found, recent.vectors)
        connection.execute(LEAVE, (recent.ids,))
        for number, theme in enumerate(found):
            theme_id = _keep(connection, theme, known.get(number), now)
            ids = [recent.ids[member] for member in theme.members]
            connection.execute(JOIN, (theme_id, ids, theme.likeness))
        connection.execute(EMPTY, (now,))
        connection.execute(SEARCHED, (now, model, last - RECENT, last, len(recent.ids), len(found)))
    return len(found)


def _recent(target: Target, model: str, last: datetime) -> _Recent:
    place = sql.Identifier(extension(target.connection) or "public")
    latest = sql.Identifier(target.intermediate, "int_messages_latest")
    values = {"first": last - RECENT, "last": last, "model": model, "most": MOST}
    rows = target.connection.execute(sql.SQL(RECENTS).format(place=place, latest=latest), values).fetchall()
    return _Recent([row[0] for row in rows], rows, _vectors([row[-1] for row in rows]))


def _vectors(sent: Sequence[bytes]) -> Floats:
    """Vectors as pgvector sends them: how many numbers, two bytes of nothing, the numbers."""
    import numpy as np

    found: Floats = np.stack([np.frombuffer(row, dtype=">f2", offset=4) for row in sent]).astype(np.float32) \
        if sent else np.zeros((0, 1), dtype=np.float32)  # fmt: skip
    return found


def _going_on(connection: Connection, model: str, found: Sequence[Theme], vectors: Floats) -> dict[int, int]:
    """By number, the ids of themes that were found before; each goes on as one, the likest."""
    import numpy as np

    place = sql.Identifier(extension(connection) or "public")
    rows = connection.execute(sql.SQL(MIDDLES).format(place=place), (model,)).fetchall()
    if not rows or not found:
        return {}
    old = _unit(_vectors([row[1] for row in rows]))
    new = _unit(np.stack([vectors[theme.members].mean(axis=0) for theme in found]))
    likeness = new @ old.T
    known: dict[int, int] = {}
    for place_in_both in np.argsort(-likeness, axis=None, kind="stable").tolist():
        number, row = divmod(place_in_both, len(rows))
        if likeness[number, row] < SAME:
            break
        if number not in known and rows[row][0] not in known.values():
            known[number] = rows[row][0]
    return known


def _unit(vectors: Floats) -> Floats:
    import numpy as np

    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _keep(connection: Connection, theme: Theme, known: int | None, now: datetime) -> int:
    """Keep a theme as the one that it goes on, else as a new one, whose name nobody has."""
    words = Jsonb(theme.words, orjson.dumps)
    if known is not None:
        connection.execute(GOES_ON, (words, now, known))
        return known
    for more in range(2, 1000):
        values = {"name": theme.name if more == 2 else f"{theme.name} ({more - 1})", "words": words, "at": now}
        if row := connection.execute(NEW, values).fetchone():
            return int(row[0])
    raise AssertionError(f"a thousand themes are called {theme.name}")
