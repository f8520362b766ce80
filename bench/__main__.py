"""`make bench`: loading against a bare COPY + upsert, file to raw beside dlt, refreshes by stage and size."""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from psycopg.types.json import Jsonb
from rich.console import Console

from bench import beside_dlt
from bench.archive import multiply
from bench.company import measure, report
from bench.meter import Meter
from flows.records import Page, Record
from flows.settings import Settings
from flows.sources.files import Files, FilesConfig
from flows.sources.roots import ANYWHERE
from flows.warehouse import server
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect, warehouse_url
from flows.warehouse.load import write_page

out = Console(width=140, highlight=False)
BARE_TABLE = """
drop table if exists bench.bare; drop table if exists pg_temp.bare_staged;
create schema if not exists bench;
create table bench.bare (
    site text, record_id text, content_hash bytea, payload jsonb, collected_at timestamptz default now(),
    primary key (site, record_id)
);
create temporary table bare_staged (site text, record_id text, content_hash bytea, payload jsonb)
on commit delete rows;
"""
BARE_UPSERT = """
insert into bench.bare as bare (site, record_id, content_hash, payload) select * from pg_temp.bare_staged
on conflict (site, record_id) do update
set content_hash = excluded.content_hash, payload = excluded.payload
where bare.content_hash is distinct from excluded.content_hash
"""


def seconds(work: Callable[[], object]) -> float:
    """Run something and say how long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare(connection: Connection, pages: list[list[Record]]) -> None:
    """The bound: COPY to a temporary table, upsert, commit; no versions, batches, cursor or counts."""
    cursor = connection.cursor()
    for records in pages:
        with connection.transaction():
            with cursor.copy("copy pg_temp.bare_staged from stdin with (format binary)") as copy:
                copy.set_types(["text", "text", "bytea", "jsonb"])
                for r in records:
                    copy.write_row((r.site, r.record_id, r.content_hash, Jsonb(r, lambda x: x.content)))
            cursor.execute(BARE_UPSERT)


def ours(connection: Connection, pages: list[list[Record]]) -> None:
    """Vigie's loader: versions, counters, batch, cursor, a transaction a page."""
    run = uuid4()
    for number, records in enumerate(pages, 1):
        write_page(connection, "bench", run, number, Page(records, {"page": number}))


def without_counters(records: list[Record]) -> list[Record]:
    """The same records less their counters, which the bound does not write."""
    return [Record(r.stream, r.site, r.record_id, r.content, r.content_hash) for r in records]


def loading(connection: Connection, file: Path, repeats: int, page_size: int) -> None:
    """Print the ratio of the bound's time to ours, for new rows and for rows that are all there already."""
    config = FilesConfig(name="bench", path=str(file), mapping="messages", page_size=page_size)
    preparing = time.perf_counter()
    full = [page.records for page in Files(config, ANYWHERE).pages(None, {})]
    preparing = time.perf_counter() - preparing
    plain = [without_counters(records) for records in full]
    number = sum(map(len, full))
    kinds = {"as the bound writes them": plain, "with their counters": full}
    out.print(f"Loading {number:,} prepared records, pages of {page_size:,}; median of {repeats}")
    out.print("| records | rows | bound, s | Vigie, s | bound / Vigie |\n|---|---|--:|--:|--:|")
    for kind, pages in kinds.items():
        times: dict[str, list[tuple[float, float]]] = {"new": [], "unchanged": []}
        for _ in range(repeats):
            connection.execute("truncate raw.files__messages, raw.counters, raw.batches, raw.cursors, raw.states")
            connection.execute(BARE_TABLE)
            for pairs in times.values():
                bound = seconds(lambda: bare(connection, plain))
                pairs.append((bound, seconds(lambda p=pages: ours(connection, p))))
        for rows, pairs in times.items():
            ratio = statistics.median(b / o for b, o in pairs)
            b, o = (statistics.median(column) for column in zip(*pairs, strict=True))
            out.print(f"| {kind} | {rows} | {b:.2f} | {o:.2f} | {ratio:.2f} |")
    out.print(f"\nReading and mapping the file alone: {preparing:.2f} s, {number / preparing:,.0f} rows/s\n")


def file_to_raw(connection: Connection, file: Path, url: str, meter: Meter) -> None:
    """Print how long a file takes to be read, mapped and loaded, as a run does it, new and again; dlt beside."""
    connection.execute("truncate raw.files__messages, raw.counters, raw.batches, raw.cursors, raw.states")
    config = FilesConfig(name="bench", path=str(file), mapping="messages", again=True)
    with file.open(newline="", encoding="utf-8") as handle:
        rows = sum(1 for _ in csv.reader(handle)) - 1

    def ours() -> None:
        run_source(connection, config, Files(config, ANYWHERE))

    def dlt() -> None:
        if (kept := beside_dlt.load(file, url, file.parent / "dlt")) != rows:
            raise RuntimeError(f"dlt kept {kept:,} of {rows:,} rows")

    loaders = {"Vigie": ours} | ({"dlt": dlt} if beside_dlt.is_there() else {})
    out.print(f"File to raw: {rows:,} rows of CSV, once new and once all there already")
    head = "| loader | rows | s | rows/s | CPU s, Python | CPU s, Postgres |"
    out.print(f"{head}\n|---|---|--:|--:|--:|--:|")
    for kind in ("new", "unchanged"):
        for name, load in loaders.items():
            with meter.stage() as cost:
                load()
            speed, cpu = rows / cost.seconds, f"{cost.python_cpu:.1f} | {cost.postgres_cpu:.1f}"
            out.print(f"| {name} | {kind} | {cost.seconds:.1f} | {speed:,.0f} | {cpu} |")
    out.print()


def main() -> None:
    """Run every benchmark on an embedded server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--page-size", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[15_000, 150_000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        config = Settings(home=place / "home")
        try:
            with connect(config) as connection:
                multiply(place / "archive.csv", given.rows)
                loading(connection, place / "archive.csv", given.repeats, given.page_size)
                meter = Meter(server.running_pid(config.home_path))
                file_to_raw(connection, place / "archive.csv", warehouse_url(config), meter)
            if given.sizes:
                report(out, [measure(place / str(size), size) for size in given.sizes])
        finally:
            if config.database_url is None:
                server.stop(config.home_path)


if __name__ == "__main__":
    main()
