"""Keep what customers' texts mean, each once a model: for search by meaning, and topics that nobody declared.

Pages commit by themselves and the newest texts come first, as long as there is time; the rest waits for the next
refresh. Needs pgvector in the database: without it nothing is read, and words are searched.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from flows.settings import Settings
from flows.warehouse.database import Connection
from flows.warehouse.understanding.due import Target, scoped
from flows.warehouse.understanding.reading import end_with_parent

if TYPE_CHECKING:
    from flows.understand.models.encoder.package import Floats

NAME = "meaning"  # among the analysers: how far it is
ENCODERS = ["cascade", "standard"]  # analysers that read with the encoder
PAGE = 250  # texts, some two seconds of one process
FEW = 500  # texts: a process takes two seconds to start
AHEAD = 2  # pages that wait for each process
TABLE = "select to_regclass('understanding.embeddings') is not null"
EXTENSION = """
    select n.nspname from pg_type as t inner join pg_namespace as n on t.typnamespace = n.oid
    where t.typname = 'halfvec'
"""
MAKE = "create table understanding.embeddings ({columns}, primary key (text_hash, model))"
DUE = """
    select u.text_hash, min(u.message_id) from {scope} as d
    inner join understanding.messages as u on d.message_id = u.message_id
    where not u.is_company and (%(is_all)s or u.speed = any(%(encoders)s))
        and not exists (
            select from understanding.embeddings as e where e.text_hash = u.text_hash and e.model = %(model)s
        )
    group by u.text_hash
    order by max(u.posted_at) desc, u.text_hash
"""
TEXTS = """
    select m.message_id, concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, ''))
    from {latest} as m where m.message_id = any(%s)
"""
OTHERS = "delete from understanding.embeddings where text_hash = any(%s) and model <> %s"
KEEP = """
    insert into understanding.embeddings (text_hash, model, embedding)
    select * from unnest(%s::bytea[], %s::text[], %s::text[]::{vector}[]) on conflict do nothing
"""
INDEXED_FROM = (
    18_000_000  # bytes of the table, some 20,000 texts: fewer are compared one by one in a tenth of a second
)
MISSING = """
    select pg_relation_size('understanding.embeddings') >= %s
        and to_regclass('understanding.embeddings_near') is null
"""
INDEX = "create index embeddings_near on understanding.embeddings using hnsw (embedding {operators})"
Due = tuple[bytes, str]  # a text's hash, and a message that says it
Submit = Callable[[Sequence[str]], "Future[Floats]"]


def has_table(connection: Connection) -> bool:
    """Whether vectors can be kept; where the extension came later than the schema, from now on."""
    if connection.execute(TABLE).fetchone() == (True,):
        return True
    place = extension(connection)
    if place is None:
        return False
    columns = sql.SQL("text_hash bytea not null, model text not null, embedding {}(384) not null")
    connection.execute(sql.SQL(MAKE).format(columns=columns.format(sql.Identifier(place, "halfvec"))))
    return True


def extension(connection: Connection) -> str | None:
    """The schema that pgvector, 0.7 or newer, is in; None where it is not there."""
    row = connection.execute(EXTENSION).fetchone()
    return str(row[0]) if row else None


def make_index(connection: Connection) -> None:
    """Make the index of what is near, once there are many texts and none waits: one by one it costs more."""
    place = extension(connection)
    if place and connection.execute(MISSING, (INDEXED_FROM,)).fetchone() == (True,):
        connection.execute(sql.SQL(INDEX).format(operators=sql.Identifier(place, "halfvec_ip_ops")))


def due(target: Target, model: str, *, is_all: bool, is_whole: bool) -> list[Due]:
    """Texts without a vector, the newest first."""
    values = {
        "refresh_id": target.claim.refresh_id,
        "is_all": is_all,
        "encoders": ENCODERS,
        "model": model,
    }
    return target.connection.execute(scoped(DUE, target.directed, is_whole), values).fetchall()


def keep(target: Target, config: Settings, model: str, texts: Sequence[Due], tell: Callable[[int], None]) -> int:
    """Keep the vectors of texts as long as the setting gives time; how many were kept, told page by page.

    Raises SettingError where the encoder is not installed.
    """
    done, until = 0, time.monotonic() + config.meaning_seconds
    with _embedders(config.home_path / "models", len(texts), config.understand_processes) as (submit, ahead):
        waiting: deque[tuple[Sequence[Due], Future[Floats]]] = deque()
        for page in _pages(texts, until):
            waiting.append((page, submit(_texts(target, page))))
            if len(waiting) > ahead:
                done += _write(target.connection, model, *waiting.popleft())
                tell(done)
        while waiting:
            done += _write(target.connection, model, *waiting.popleft())
            tell(done)
    return done


def _pages(texts: Sequence[Due], until: float) -> Iterator[Sequence[Due]]:
    for first in range(0, len(texts), PAGE):
        if time.monotonic() >= until:
            return
        yield texts[first : first + PAGE]


def _texts(target: Target, page: Sequence[Due]) -> list[str]:
    latest = sql.Identifier(target.intermediate, "int_messages_latest")
    ids = [message_id for _, message_id in page]
    found: dict[str, str] = dict(target.connection.execute(sql.SQL(TEXTS).format(latest=latest), (ids,)).fetchall())
    return [found[message_id] for message_id in ids]


def _write(connection: Connection, model: str, page: Sequence[Due], vectors: Future[Floats]) -> int:
    hashes = [text_hash for text_hash, _ in page]
    written = ["[" + ",".join(f"{number:.6g}" for number in row) + "]" for row in vectors.result().tolist()]
    vector = sql.Identifier(extension(connection) or "public", "halfvec")
    with connection.transaction():
        connection.execute(OTHERS, (hashes, model))
        connection.execute(sql.SQL(KEEP).format(vector=vector), (hashes, [model] * len(page), written))
    return len(page)


@contextmanager
def _embedders(folder: Path, texts: int, processes: int) -> Iterator[tuple[Submit, int]]:
    """Give a function that has a page read, here where texts are few, and how many pages to give it ahead."""
    if texts <= FEW or processes == 1:
        from flows.understand.meaning import load

        meaning = load(folder)
        yield lambda page: _done(meaning.vectors(page)), 0
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent) as pool:
        try:
            yield lambda page: pool.submit(_read, folder, page), AHEAD * processes
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _read(folder: Path, texts: Sequence[str]) -> Floats:
    from flows.understand.meaning import load

    return load(folder).vectors(texts)


def _done(vectors: Floats) -> Future[Floats]:
    future: Future[Floats] = Future()
    future.set_result(vectors)
    return future
