"""A warehouse that grows by jumps: a small load, far larger ones after it, then a little again.

What the planner knows of a table is of before the load: a plan that leans on it shows here. `python -m
bench.growth` runs on VIGIE_DATABASE_URL (an empty database: compare versions by giving it theirs), else embedded.
With `--home` what was told is kept there, and each run after the first tells a thousand more.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from rich.console import Console

from bench.company import AS_OF, LAST_DAY, NEW, fingerprints, source_config
from flows.records import Cursor, Json, Page, Record
from flows.settings import Settings
from flows.sources.sample.source import Sample
from flows.warehouse import server
from flows.warehouse.collecting import run_source
from flows.warehouse.database import Connection, connect
from flows.warehouse.refresh.run import refresh

SIZES = (500, 20_000, 150_000)
MOST = 4  # models shown
out = Console(width=140, highlight=False)


class Told(Sample):
    """The company's records that were not told yet, up to so many."""

    def __init__(self, records: Iterator[Record], told: int, until: int) -> None:
        super().__init__(source_config(max(SIZES)))
        self._records, self._told = islice(records, until - told), told

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield them in pages, whatever the cursor says."""
        while page := list(islice(self._records, self.config.page_size)):
            self._told += len(page)
            yield Page(page, {"told": self._told})


def grow(config: Settings, sizes: list[int], *, is_compared: bool = True) -> dict[str, str]:
    """Refresh at each size, after a thousand more, and all anew; prints seconds and returns fingerprints.

    Sizes that the warehouse has reached are left out. Not compared, nothing is built anew.
    """
    story = Sample(source_config(max(sizes), days_more=LAST_DAY.day))
    records = (record for page in story.pages(None, {}) for record in page.records)
    now = AS_OF + timedelta(days=LAST_DAY.day)
    with connect(config) as connection:
        version = connection.info.server_version
        out.print(f"Postgres {version // 10000}.{version % 10000}\n\n| records | refresh, s | slowest models, s |")
        out.print("|--:|--:|---|")
        told = _told(connection)
        deque(islice(records, told), maxlen=0)
        _refresh(config, f"{told:,}, as they stand", now)
        for size in [*(size for size in sizes if size > told), max(*sizes, told) + NEW]:
            source = Told(records, told, size)
            told += run_source(connection, source.config, source).counts.read
            _refresh(config, f"{told:,}", now)
        grown = fingerprints(connection)
        if not is_compared:
            return grown
        _refresh(config, f"{told:,}, rebuilt", now, full=True)
        rebuilt = fingerprints(connection)
    differing = sorted(name for name in rebuilt if rebuilt[name] != grown.get(name))
    out.print(f"\n{len(rebuilt)} tables: {', '.join(differing) or 'none'} differ from the rebuild's.")
    return rebuilt


def _told(connection: Connection) -> int:
    """Records that a run before this one told."""
    row = connection.execute("select cursor ->> 'told' from raw.cursors where cursor ? 'told'").fetchone()
    return int(row[0]) if row else 0


def _refresh(config: Settings, what: str, now: datetime, *, full: bool = False) -> None:
    started = time.perf_counter()
    reports = refresh(config, as_of=now, full=full)
    took = time.perf_counter() - started
    for report in reports:
        slowest = sorted(report.nodes.items(), key=lambda item: -item[1])[:MOST]
        models = ", ".join(f"{name} {seconds:.1f}" for name, seconds in slowest)
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in report.stages.items() if name != "all")
        out.print(f"| {what} | {took:.1f} ({stages}) | {models} |")


def main() -> None:
    """Grow one warehouse and print what each refresh took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--fingerprints", type=Path, help="write a hash of every table here, to compare versions")
    parser.add_argument("--home", type=Path, help="keep the warehouse here, and go on with what it holds")
    parser.add_argument("--once", action="store_true", help="build nothing anew to compare with")
    given = parser.parse_args()
    with ExitStack() as stack:
        config = Settings(home=given.home or Path(stack.enter_context(tempfile.TemporaryDirectory())))
        try:
            made = grow(config, given.sizes, is_compared=not given.once)
        finally:
            if config.database_url is None:
                server.stop(config.home_path)
    if given.fingerprints:
        given.fingerprints.write_text(json.dumps(made, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
