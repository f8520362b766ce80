"""What was understood, written page by page: its rows, with the keys of figures that change by it, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import sql
from psycopg.types.json import Jsonb

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Label, Understanding
from flows.warehouse.database import Connection
from flows.warehouse.understanding.copies import group_copies
from flows.warehouse.understanding.due import Message, Step, Target, touch_threads

# What goes with a task, and is labelled like one where it applies.
BESIDE = {"intent": ("second_intent",), "noise": ("noise_reason",)}
TASKS = (
    "language",
    *(column for task in CUSTOMER_TASKS for column in (task, *BESIDE.get(task, ()))),
    *COMPANY_TASKS,
)
HEAD = ("message_id", "text_hash", "posted_at", "is_company", "speed", "analyser", "version")
COLUMNS = (*HEAD, *(column for task in TASKS for column in (task, f"{task}_probability")), "evidence")
MENTION = ("message_id", "place", "kind", "value", "span_start", "span_end", "probability", "details")
RESOLVED = "date"  # a mention that hangs on the message's own day, not on its text alone

STAGE = """
create temporary table if not exists page_understood (like understanding.messages including defaults)
on commit delete rows;
create temporary table if not exists page_mentions (like understanding.mentions including defaults)
on commit delete rows;
"""
# Messages that say what one says that was read before; one that an analyser failed on says nothing.
KNOWN = """
    select distinct on (u.text_hash) u.text_hash, u.message_id from understanding.messages as u
    where u.text_hash = any(%(hashes)s) and u.speed = %(speed)s
        and u.analyser = %(analyser)s and u.version = %(version)s and num_nonnulls({tasks}) > 0
        and not exists (
            select from understanding.mentions as m where m.message_id = u.message_id and m.kind = %(resolved)s
        )
    order by u.text_hash, u.message_id
"""
AS_KNOWN = """
    insert into page_understood ({columns})
    select {chosen} from unnest(%(messages)s::text[], %(moments)s::timestamptz[], %(known)s::text[])
        as s (message_id, posted_at, known)
    inner join understanding.messages as u on s.known = u.message_id
"""
MENTIONS_AS_KNOWN = """
    insert into page_mentions ({columns})
    select {chosen} from unnest(%(messages)s::text[], %(known)s::text[]) as s (message_id, known)
    inner join understanding.mentions as u on s.known = u.message_id
"""
KEEP = """
    insert into understanding.messages ({columns}) select {columns} from page_understood
    on conflict (message_id) do update set understood_at = clock_timestamp(), {changes}
"""
KEEP_MENTIONS = """
    with gone as (
        delete from understanding.mentions as m using page_understood as p where m.message_id = p.message_id
            and not exists (
                select from page_mentions as n where n.message_id = m.message_id and n.place = m.place
            )
    )
    insert into understanding.mentions ({columns}) select {columns} from page_mentions
    on conflict (message_id, place) do update set {changes}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A message with what it says."""

    message: Message
    understanding: Understanding


def is_dated(understanding: Understanding) -> bool:
    """Whether another message of the same words, of another day, may say something else."""
    return any(mention.kind == RESOLVED for mention in understanding.mentions)


def known(connection: Connection, step: Step, hashes: Sequence[bytes]) -> dict[bytes, str]:
    """By hash, a message that this analyser read already and that says the same whenever it was written."""
    values = {
        "hashes": list(hashes),
        "speed": step.speed,
        "analyser": step.analyser,
        "version": step.version,
        "resolved": RESOLVED,
    }
    tasks = sql.SQL(", ").join(sql.Identifier("u", task) for task in TASKS)
    return dict(connection.execute(sql.SQL(KNOWN).format(tasks=tasks), values).fetchall())


def write(target: Target, step: Step, said: Iterable[Said], alike: Sequence[tuple[Message, str]] = ()) -> None:
    """Commit a page: messages with what they say, and messages that say what another, known one does."""
    connection = target.connection
    connection.execute(STAGE)
    with connection.transaction():
        rows = list(said)
        _copy(connection, "page_understood", COLUMNS, (_row(one, step) for one in rows))
        _copy(connection, "page_mentions", MENTION, (row for one in rows for row in _mentions(one)))
        if alike:
            _copy_known(connection, alike)
        connection.execute(_keep(KEEP, COLUMNS, ("message_id",)))
        connection.execute(_keep(KEEP_MENTIONS, MENTION, ("message_id", "place")))
        if not step.earlier:
            group_copies(target)
        touch_threads(
            target, [one.message.message_id for one in rows] + [message.message_id for message, _ in alike]
        )


def _row(said: Said, step: Step) -> tuple[Any, ...]:
    message, labels = said.message, with_reason(said.understanding)
    values: list[Any] = []
    for task in TASKS:
        label = labels.get(task)
        values += [label.value, label.probability] if label else [None, None]
    evidence = {task: label.evidence for task, label in labels.items() if label.evidence}
    return (
        message.message_id,
        message.text_hash,
        message.posted_at,
        message.is_company,
        step.speed,
        step.analyser,
        step.version,
        *values,
        Jsonb(evidence, orjson.dumps),
    )


def with_reason(understanding: Understanding) -> Mapping[str, Label]:
    """Labels as they are kept: with the likeliest of the reasons that a text names where it is noise."""
    labels = understanding.labels
    reasons = [mention for mention in understanding.mentions if mention.kind == "noise"]
    if "noise" not in labels or labels["noise"].value != "yes" or "noise_reason" in labels or not reasons:
        return labels
    best = max(reasons, key=lambda mention: mention.probability)
    return {**labels, "noise_reason": Label(best.value, best.probability, (best.span,))}


def _mentions(said: Said) -> Iterable[tuple[Any, ...]]:
    for place, mention in enumerate(said.understanding.mentions):
        details = Jsonb(dict(mention.details), orjson.dumps)
        yield (
            said.message.message_id, place, mention.kind, mention.value, *mention.span, mention.probability, details
        )  # fmt: skip


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    into = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), _listed(columns))
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def _copy_known(connection: Connection, alike: Sequence[tuple[Message, str]]) -> None:
    values = {
        "messages": [message.message_id for message, _ in alike],
        "moments": [message.posted_at for message, _ in alike],
        "known": [message_id for _, message_id in alike],
    }
    for query, columns, own in (
        (AS_KNOWN, COLUMNS, ("message_id", "posted_at")),
        (MENTIONS_AS_KNOWN, MENTION, ("message_id",)),
    ):
        chosen = sql.SQL(", ").join(sql.Identifier("s" if name in own else "u", name) for name in columns)
        connection.execute(sql.SQL(query).format(columns=_listed(columns), chosen=chosen), values)


def _keep(query: str, columns: Sequence[str], key: Sequence[str]) -> sql.Composed:
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in columns if name not in key
    )
    return sql.SQL(query).format(columns=_listed(columns), changes=changes)


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
