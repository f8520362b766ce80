"""Which stored messages an analyser must read: those whose text is new or another, or that it should read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from flows.warehouse.database import Connection
from flows.warehouse.refresh.claims import Claim

# Of a stage's messages: those of touched threads, or all where some may wait besides.
TOUCHED = """(
    select d.* from ops.touched as k
    cross join lateral (select * from {directed} as m where m.thread_id = k.key offset 0) as d
    where k.refresh_id = %(refresh_id)s and k.kind = 'thread'
)"""
# What no longer stands, or says something else by now, is not kept.
GONE = """
    delete from understanding.messages as u using (
        select d.message_id, d.text_hash, d.posted_at from {scope} as d
        union all
        select k.key, null, null from ops.touched as k
        where k.refresh_id = %(refresh_id)s and k.kind = 'message'
            and not exists (select from {directed} as d where d.message_id = k.key)
    ) as d
    where u.message_id = d.message_id
        and (u.text_hash, u.posted_at) is distinct from (d.text_hash, d.posted_at)
    returning u.message_id, u.text_hash
"""
VANISHED = """
    delete from understanding.messages as u
    where not exists (select from {directed} as d where d.message_id = u.message_id)
    returning u.message_id, u.text_hash
"""
MEANT = """
    delete from understanding.embeddings as e
    where e.text_hash = any(%s)
        and not exists (select from understanding.messages as u where u.text_hash = e.text_hash)
"""
# `earlier` analysers read before this one, so that what they read is for this one to refine; what one read that the
# setting no longer names is for the first.
DUE = """
    select d.message_id, d.text_hash, d.posted_at, d.direction = 'brand'
    from {scope} as d
    left join understanding.messages as u on d.message_id = u.message_id
    where d.text_hash is not null and (
        u.message_id is null and %(is_first)s
        or u.speed = any(%(earlier)s)
        or u.speed <> all(%(chain)s) and %(is_first)s
        or u.speed = %(speed)s and (u.analyser, u.version) <> (%(analyser)s, %(version)s) and %(is_accepted)s
    )
    order by
        coalesce(u.answerable = 'yes' or d.is_addressed and u.answerable is null, false) desc,
        d.posted_at desc, d.message_id
"""


# The figures of a thread, and what hangs on its accounts.
TOUCH = """
    insert into ops.touched (refresh_id, kind, key)
    select distinct %s::bigint, k.kind, k.key
    from (select distinct d.thread_id from {directed} as d where d.message_id = any(%s)) as t
    inner join {directed} as d on t.thread_id = d.thread_id
    cross join lateral (
        values ('thread', d.thread_id), ('account', d.account_id)
    ) as k (kind, key)
    on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is due; all of one hash say the same."""

    message_id: str
    text_hash: bytes
    posted_at: datetime
    is_company: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One of the setting's analysers in its turn: what it is called, and whose readings are its to refine."""

    speed: str
    analyser: str
    version: str
    is_accepted: bool
    chain: tuple[str, ...]

    @property
    def earlier(self) -> list[str]:
        """Analysers that come before it."""
        return list(self.chain[: self.chain.index(self.speed)])


@dataclass(frozen=True, slots=True)
class Target:
    """A refresh at work: its connection, what it claimed, and the schema in which its messages stand."""

    connection: Connection
    claim: Claim
    intermediate: str

    @property
    def staging(self) -> str:
        """The schema of the company's lists."""
        return self.intermediate.replace("intermediate", "staging")

    @property
    def directed(self) -> sql.Identifier:
        """The messages, with the hash of what each says."""
        return sql.Identifier(self.intermediate, "int_messages_directed")


def scoped(query: str, directed: sql.Identifier, is_whole: bool) -> sql.Composed:
    """A query of a stage's messages: those of touched threads, or all."""
    scope = directed if is_whole else sql.SQL(TOUCHED).format(directed=directed)
    return sql.SQL(query).format(scope=scope, directed=directed)


def touch_threads(target: Target, messages: Sequence[str]) -> None:
    """Have the figures made anew that hang on the threads of messages; a full refresh makes all of them."""
    if messages and not target.claim.is_full:
        statement = sql.SQL(TOUCH).format(directed=target.directed)
        target.connection.execute(statement, (target.claim.refresh_id, list(messages)))


def erase_gone(target: Target) -> list[str]:
    """Delete what is known of messages that went or say something else now; which they are."""
    connection, claim = target.connection, target.claim
    with connection.transaction():
        statement = scoped(GONE, target.directed, claim.is_full)
        gone = connection.execute(statement, {"refresh_id": claim.refresh_id}).fetchall()
        if claim.is_full:
            gone += connection.execute(scoped(VANISHED, target.directed, True)).fetchall()
        hashes = [text_hash for _, text_hash in gone]
        found = connection.execute("select to_regclass('understanding.embeddings')").fetchone()
        if hashes and found and found[0] is not None:
            connection.execute(MEANT, (hashes,))
    return [message_id for message_id, _ in gone]


def due(target: Target, step: Step, *, is_whole: bool) -> list[list[Message]]:
    """Messages that a step must read, those that say the same together; the newest that wait first."""
    values = {
        "refresh_id": target.claim.refresh_id,
        "is_first": not step.earlier,
        "earlier": step.earlier,
        "chain": list(step.chain),
        "speed": step.speed,
        "analyser": step.analyser,
        "version": step.version,
        "is_accepted": step.is_accepted,
    }
    same: dict[bytes, list[Message]] = defaultdict(list)
    for row in target.connection.execute(scoped(DUE, target.directed, is_whole), values):
        message = Message(*row)
        same[message.text_hash].append(message)
    return list(same.values())


def in_pages(groups: Sequence[list[Message]], size: int) -> list[list[list[Message]]]:
    """Groups of messages in pages of as many texts."""
    return [list(groups[n : n + size]) for n in range(0, len(groups), size)]
