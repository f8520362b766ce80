"""`python -m flows.sources.sample`: write a world's truth, records or list of brand accounts to files."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from datetime import date
from pathlib import Path

import orjson

from flows.sources.sample.company import seed_rows
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.source import Sample
from flows.sources.sample.truth import write_truth


def main(arguments: list[str] | None = None) -> int:
    """Write what is asked for and say on standard error how much it was."""
    parser = argparse.ArgumentParser(prog="python -m flows.sources.sample", description=__doc__)
    parser.add_argument("--messages", type=int, default=15_000, help="about how many messages")
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--from-day", type=date.fromisoformat)
    parser.add_argument("--to-day", type=date.fromisoformat)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-crisis", action="store_true")
    parser.add_argument("--truth", type=Path, help="file for the ground truth, JSON lines")
    parser.add_argument("--out", type=Path, help="file for the records, JSON lines")
    parser.add_argument("--brand-accounts", type=Path, help="file for the rows of the seed brand_accounts, CSV")
    given = parser.parse_args(arguments)
    config = SampleConfig(
        name="sample", messages=given.messages, days=given.days, from_day=given.from_day, to_day=given.to_day,
        seed=given.seed, crisis=not given.no_crisis,
    )  # fmt: skip
    if given.brand_accounts:
        sample = Sample(config)
        rows = seed_rows(sample.site, sample.first_day(), config.days)
        with given.brand_accounts.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    if given.truth:
        print(f"{write_truth(config, given.truth)} rows of truth", file=sys.stderr)
    if given.out:
        print(_write_records(config, given.out), file=sys.stderr)
    return 0


def _write_records(config: SampleConfig, path: Path) -> str:
    started, count = time.perf_counter(), 0
    with path.open("wb") as file:
        for page in Sample(config).pages(None, {}):
            for record in page.records:
                head = {"stream": record.stream, "site": record.site, "record_id": record.record_id,
                        "counters": record.counters, "payload": orjson.Fragment(record.content)}  # fmt: skip
                file.write(orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE))
            count += len(page.records)
    return f"{count} records, {count / (time.perf_counter() - started):,.0f} a second"


if __name__ == "__main__":
    sys.exit(main())
