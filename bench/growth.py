"""A warehouse that grows by jumps: a small load, far larger ones after it, then a little again.

What the planner knows of a table is of before the load: a plan that leans on it shows here. `python -m
bench.growth` runs on VIGIE_DATABASE_URL (an empty database: compare versions by giving it theirs), else embedded.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path

from rich.console import Console

from bench.company import AS_OF, LAST_DAY, NEW, fingerprints, source_config
from flows.records import Cursor, Json, Page, Record
from flows.settings import Settings
from flows.sources.sample.source import Sample
from flows.warehouse import server
from flows.warehouse.collecting import run_source
from flows.warehouse.database import connect
from flows.warehouse.refresh.run import refresh

SIZES = (500, 20_000, 150_000)
out = Console(width=140, highlight=False)


class Told(Sample):
    """The company's first so many records that were not told yet."""

    def __init__(self, records: Iterator[Record], count: int) -> None:
        super().__init__(source_config(max(SIZES)))
        self._records = islice(records, count)

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield them in pages, whatever the cursor says."""
        while page := list(islice(self._records, self.config.page_size)):
            yield Page(page, {"told": page[-1].record_id})


def grow(config: Settings, sizes: list[int]) -> dict[str, str]:
    """Refresh at each size, after a thousand more, and all anew; prints seconds and returns fingerprints."""
    story = Sample(source_config(max(sizes), days_more=LAST_DAY.day))
    records = (record for page in story.pages(None, {}) for record in page.records)
    told, now = 0, AS_OF + timedelta(days=LAST_DAY.day)
    with connect(config) as connection:
        version = connection.info.server_version
        out.print(f"Postgres {version // 10000}.{version % 10000}\n\n| records | refresh, s | slowest models, s |")
        out.print("|--:|--:|---|")
        for size in [*sizes, max(sizes) + NEW]:
            source = Told(records, size - told)
            told += run_source(connection, source.config, source).counts.read
            _refresh(config, f"{told:,}", now)
        grown = fingerprints(connection)
        _refresh(config, f"{told:,}, rebuilt", now, full=True)
        rebuilt = fingerprints(connection)
    differing = sorted(name for name in rebuilt if rebuilt[name] != grown.get(name))
    out.print(f"\n{len(rebuilt)} tables: {', '.join(differing) or 'none'} differ from the rebuild's.")
    return rebuilt


def _refresh(config: Settings, what: str, now: object, *, full: bool = False) -> None:
    started = time.perf_counter()
    (report,) = refresh(config, as_of=now, full=full)
    took = time.perf_counter() - started
    slowest = sorted(report.nodes.items(), key=lambda item: -item[1])[:4]
    out.print(f"| {what} | {took:.1f} | {', '.join(f'{name} {seconds:.1f}' for name, seconds in slowest)} |")


def main() -> None:
    """Grow one warehouse and print what each refresh took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--fingerprints", type=Path, help="write a hash of every table here, to compare versions")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Settings(home=Path(folder))
        try:
            made = grow(config, given.sizes)
        finally:
            if config.database_url is None:
                server.stop(config.home_path)
    if given.fingerprints:
        given.fingerprints.write_text(json.dumps(made, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
