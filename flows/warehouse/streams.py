"""The streams: raw tables that hold records, as the dbt project declares them; each has a table of one shape.

One list says which there are, `streams` in dbt_project.yml: dbt must have it there, so all read it there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from psycopg import errors, sql

from flows.settings import DBT_PROJECT
from flows.warehouse.database import Connection

DECLARED = DBT_PROJECT / "dbt_project.yml"
SHAPE = "files__messages"  # the stream whose table the others are made like
SUMMARIZE = """
    select brin_summarize_new_values(c.oid) from pg_class as c
    inner join pg_am as a on c.relam = a.oid
    where a.amname = 'brin' and c.relnamespace = 'raw'::regnamespace and pg_has_role(c.relowner, 'usage')
"""
MISSING = "select name from unnest(%s::text[]) as name where to_regclass(format('raw.%%I', name)) is null"


@dataclass(frozen=True)
class Stream:
    """What a row is, and what it holds: messages, ratings, customers… (`flows.records.contracts`)."""

    description: str
    holds: str


@lru_cache
def declared(file: Path = DECLARED) -> dict[str, Stream]:
    """Every stream by its name, `<source type>__<entity>`. All else in `raw` is another's."""
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))["vars"]["streams"]
    return {one["name"]: Stream(one["description"], one["config"]["meta"]["holds"]) for one in listed}


def streams() -> list[str]:
    """Names of all streams."""
    return sorted(declared())


def missing_streams(connection: Connection) -> list[str]:
    """Streams that have no table yet."""
    return [str(name) for (name,) in connection.execute(MISSING, (streams(),)).fetchall()]


def make_streams(connection: Connection, names: list[str]) -> None:
    """Make tables for streams, all or none."""
    with connection.transaction():
        for name in names:
            table = sql.Identifier("raw", name)
            shape = sql.Identifier("raw", SHAPE)
            connection.execute(sql.SQL("create table {} (like {} including all)").format(table, shape))
            connection.execute(sql.SQL("comment on table {} is {}").format(table, declared()[name].description))


def summarize(connection: Connection) -> None:
    """Let the block range indexes know what was appended, so that no reader looks through it for its batches.

    Left for the next time where somebody vacuums or indexes a table: what is not summarized is read whole.
    """
    with suppress(errors.LockNotAvailable, errors.DeadlockDetected), connection.transaction():
        connection.execute("set local lock_timeout = '5s'")
        connection.execute(SUMMARIZE)
