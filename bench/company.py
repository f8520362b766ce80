"""The generated company from its source to finished marts, and what a refresh of a thousand new messages costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from psycopg import sql
from rich.console import Console

from bench.meter import Cost, Meter
from flows.records import Page, Record
from flows.settings import Settings
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.source import Sample
from flows.warehouse import server
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect
from flows.warehouse.load import write_page
from flows.warehouse.refresh.run import RefreshReport, refresh

LAST_DAY = date(2026, 6, 30)
AS_OF = datetime(2026, 8, 1, tzinfo=UTC)
FROM_SEEDS = "int_openings_counted"
NEW = 1000


@dataclass
class Measured:
    """One size: what each stage cost, and dbt's report of the refresh of the new messages."""

    size: int
    stored: int
    stages: dict[str, Cost]
    small: RefreshReport
    tables: int
    differing: list[str]


def measure(home: Path, size: int) -> Measured:
    """Collect a company, build the marts, add a thousand messages, refresh, and compare with a rebuild.

    On an embedded server of its own under `home`, which is stopped afterwards.
    """
    config = Settings(home=home, database_url=None)
    try:
        return _measure(config, size)
    finally:
        server.stop(config.home_path)


def _measure(config: Settings, size: int) -> Measured:
    with connect(config) as connection:
        meter = Meter(server.running_pid(config.home_path))
        stages: dict[str, Cost] = {}
        with meter.stage() as stages["collect"]:
            counts = run_source(connection, source_config(size), Sample(source_config(size))).counts
        with meter.stage() as stages["first refresh"]:
            refresh(config, as_of=AS_OF, full=True)
        with meter.stage() as stages[f"collect {NEW:,} new"]:
            write_page(connection, "bench", uuid4(), 1, Page(list(new_messages(size)), {}))
        with meter.stage() as stages[f"refresh of {NEW:,} new"]:
            (small,) = refresh(config, as_of=AS_OF)
        incremental = fingerprints(connection)
        with meter.stage() as stages["rebuild"]:
            refresh(config, as_of=AS_OF, full=True)
        rebuilt = fingerprints(connection)
    differing = sorted(name for name in rebuilt if rebuilt[name] != incremental.get(name))
    return Measured(size, counts.new, stages, small, len(rebuilt), differing)


def source_config(size: int, days_more: int = 0) -> SampleConfig:
    """The company of so many messages in 120 days that end on a fixed one, told for some days more."""
    first = LAST_DAY - timedelta(days=119)
    return SampleConfig(
        name="bench", messages=size, days=120, from_day=first, to_day=LAST_DAY + timedelta(days=days_more)
    )


def new_messages(size: int) -> Iterator[Record]:
    """The thousand records that the company's people write next."""
    following = Sample(source_config(size, days_more=60))
    last = None
    for page in Sample(source_config(size)).pages(None, {}):
        last = page.next_cursor
    left = NEW
    for page in following.pages(last, {}):
        yield from page.records[:left]
        left -= len(page.records)
        if left <= 0:
            return


def fingerprints(connection: Connection) -> dict[str, str]:
    """A hash over all rows of every table that dbt builds from messages."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
        " and table_schema in ('intermediate', 'marts') and table_name <> %s",
        (FROM_SEEDS,),
    ).fetchall()
    return {f"{schema}.{name}": _fingerprint(connection, schema, name) for schema, name in tables}


def _fingerprint(connection: Connection, schema: str, name: str) -> str:
    query = sql.SQL("select count(*), sum(hashtextextended(t::text, 0)::numeric) from {} as t")
    return str(connection.execute(query.format(sql.Identifier(schema, name))).fetchone())


def report(out: Console, measured: list[Measured]) -> None:
    """Print the costs by stage, the ratio between the sizes, and whether the marts are those of a rebuild."""
    out.print("| messages | stage | s | CPU s, Python | CPU s, Postgres | MB, Python | MB, Postgres |")
    out.print("|--:|---|--:|--:|--:|--:|--:|")
    for one in measured:
        for name, cost in one.stages.items():
            out.print(f"| {one.size:,} | {name} | {cost.row()} |")
    out.print("")
    for one in measured:
        same = "the same" if not one.differing else f"NOT the same: {', '.join(one.differing)}"
        out.print(
            f"{one.stored:,} records stored: after the refresh {one.tables} tables are {same} as after a rebuild."
        )
    if len(measured) > 1:
        stage = f"refresh of {NEW:,} new"
        first, last = (one.stages[stage] for one in (measured[0], measured[-1]))
        cpu = (last.python_cpu + last.postgres_cpu) / (first.python_cpu + first.postgres_cpu)
        out.print(
            f"Refresh of {NEW:,} new, {measured[-1].size:,} against {measured[0].size:,} stored:"
            f" {last.seconds / first.seconds:.2f} in seconds, {cpu:.2f} in CPU."
        )
    out.print(f"\n| slowest models, {NEW:,} new on {measured[-1].size:,} | s |\n|---|--:|")
    for name, took in sorted(measured[-1].small.nodes.items(), key=lambda item: -item[1])[:6]:
        out.print(f"| {name} | {took:.2f} |")
