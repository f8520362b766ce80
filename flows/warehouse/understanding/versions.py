"""A new version of an analyser: what it would say otherwise, before it is accepted and reads everything again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg import sql

from flows.settings import Settings
from flows.understand.analyzer import Analyzer, Text
from flows.understand.registry import SHIPPED, learned_folder, open_analyzer
from flows.warehouse.database import Connection
from flows.warehouse.understanding.company import base_of, read_profile, with_lists
from flows.warehouse.understanding.reading import read
from flows.warehouse.understanding.writing import TASKS, with_reason

EXAMPLES = 5
NONE = "–"
# The newest of those that another version read and whose text is still the same.
READ_BEFORE = """
    select
        u.message_id, u.is_company, u.posted_at,
        concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, '')), m.language_declared, m.channel, {tasks}
    from understanding.messages as u
    inner join intermediate.int_messages_directed as d
        on u.message_id = d.message_id and u.text_hash = d.text_hash
    inner join intermediate.int_messages_latest as m on u.message_id = m.message_id
    where u.speed = %s and (u.analyser, split_part(u.version, '~', 1)) <> (%s, %s)
    order by u.posted_at desc, u.message_id
    limit %s
"""
OTHERS = """
    select count(*) from understanding.messages
    where speed = %s and (analyser, split_part(version, '~', 1)) <> (%s, %s)
"""
ACCEPT = """
    insert into understanding.analysers (speed, analyser, version, is_complete) values (%s, %s, %s, false)
    on conflict (speed) do update set analyser = excluded.analyser, version = excluded.version,
        accepted_at = clock_timestamp(), is_complete = false
    where %s > 0 or (analysers.analyser, analysers.version) is distinct from (excluded.analyser, excluded.version)
"""


@dataclass(slots=True)
class Change:
    """What changes in one task: how many messages by old and new value, and some of them by id."""

    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Difference:
    """An installed analyser beside what another version of it read before.

    `stored` is how many messages that version read, `compared` how many of them were read again for this.
    """

    speed: str
    analyser: str
    version: str
    stored: int
    compared: int = 0
    changes: dict[str, Change] = field(default_factory=dict)


def waiting(learned: str | None = None) -> str:
    """What was learnt, as it is to be compared or accepted: as asked for, else what waits, else what counts."""
    from flows.understand.models import learned as kept

    folder = learned_folder()
    return learned or kept.candidate(folder) or kept.current(folder) or SHIPPED


def compare(connection: Connection, config: Settings, most: int, learned: str | None = None) -> list[Difference]:
    """What each analyser of the setting would say otherwise of the newest messages that another version read.

    `learned` is a version of what corrections taught; without, the one that waits to be accepted.
    """
    found = []
    profile = read_profile(connection, "staging")
    for speed in config.analysers:
        analyzer = open_analyzer(speed, profile, waiting(learned))
        difference = Difference(speed, analyzer.name, analyzer.version, _others(connection, speed, analyzer))
        for message_id, before, after in _read_again(connection, speed, analyzer, most if difference.stored else 0):
            difference.compared += 1
            for task in TASKS:
                pair = (before[task] or NONE, after.get(task) or NONE)
                if pair[0] != pair[1]:
                    change = difference.changes.setdefault(task, Change())
                    change.values[pair] += 1
                    examples = change.examples.setdefault(pair, [])
                    if len(examples) < EXAMPLES:
                        examples.append(message_id)
        found.append(difference)
    return found


def accept(connection: Connection, config: Settings, learned: str | None = None) -> dict[str, int]:
    """Accept what is installed, with what was learnt; how many messages, by analyser, are to be read again."""
    from flows.understand.models import learned as kept

    found = {}
    profile, wanted = read_profile(connection, "staging"), waiting(learned)
    for speed in config.analysers:
        analyzer = open_analyzer(speed, profile, wanted)
        found[speed] = _others(connection, speed, analyzer)
        version = with_lists(analyzer.version, profile)
        connection.execute(ACCEPT, (speed, analyzer.name, version, found[speed]))
    folder = learned_folder()
    if kept.candidate(folder) or wanted != (kept.current(folder) or SHIPPED):
        kept.make_current(folder, wanted)
    return found


def _others(connection: Connection, speed: str, analyzer: Analyzer) -> int:
    row = connection.execute(OTHERS, (speed, analyzer.name, base_of(analyzer.version))).fetchone()
    return int(row[0]) if row else 0


def _read_again(
    connection: Connection, speed: str, analyzer: Analyzer, most: int
) -> Iterator[tuple[str, dict[str, str | None], dict[str, str]]]:
    """Messages by id, with what was said of them by task, and what is said now."""
    tasks = sql.SQL(", ").join(sql.Identifier("u", task) for task in TASKS)
    query = sql.SQL(READ_BEFORE).format(tasks=tasks)
    rows = connection.execute(query, (speed, analyzer.name, base_of(analyzer.version), most)).fetchall()
    texts = [Text(text, is_company, at, hint, channel or "") for _, is_company, at, text, hint, channel, *_ in rows]
    for row, understanding in zip(rows, read(analyzer, texts).understandings, strict=True):
        before = dict(zip(TASKS, row[6:], strict=True))
        yield row[0], before, {task: label.value for task, label in with_reason(understanding).items()}
