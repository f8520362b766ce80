"""`make bench-bursts`: prints the tables of docs/bursts.md; with --tune, the thresholds of the seed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from rich.console import Console

from bench.bursts import company, product
from bench.bursts.judging import Found, false_alarms, judge, threshold_for
from bench.bursts.product import FIRST_HOUR
from bench.bursts.rivals import RIVALS
from bench.bursts.series import Surge, simulate
from flows.settings import Settings
from flows.warehouse import server
from flows.warehouse.database import Connection
from flows.warehouse.refresh.dbt import Dbt

out = Console(width=160, highlight=False)
VOLUMES = (5, 20, 100, 1000)
SURGES = [Surge(times, hours) for times in (2, 3, 5) for hours in (6, 24)]
TUNED_ON, CALM_SEED, SURGE_SEED = (101, 102, 103), 201, 301  # thresholds are never judged on what they were set by
HISTORY = 60  # days before the first that is judged
LONGER = {"number": 300, "days": 120}
SHORT = {"number": 300, "days": 52, "after": 46}


def tune(connection: Connection, session: Dbt) -> None:
    """Print the thresholds at which one false alarm begins a series and 30 days."""
    connection.execute("update staging.burst_thresholds set threshold = 3")
    out.print("per_day,threshold")
    for per_day in VOLUMES:
        found = []
        for seed in TUNED_ON:
            given = simulate(seed, per_day, **LONGER)
            product.build(connection, session, product.rows_of(given))
            scores = np.zeros(given.counts.shape)
            for number, at, score in connection.execute(
                "select substr(series_id, 7), hour_at, score from intermediate.int_bursts_scored"
                " where series_id like 'topic:%'"
            ):
                scores[int(number), (at - FIRST_HOUR) // timedelta(hours=1)] = score
            found.append(threshold_for(scores, HISTORY))
        out.print(f"{per_day},{np.mean(found):.2f}  # {', '.join(f'{one:.2f}' for one in found)}")


def compare(connection: Connection, session: Dbt, volumes: Sequence[int]) -> None:
    """Print misses, delays, errors of the beginning and false alarms, of the product and of its rivals."""
    rows: dict[tuple[str, int], list[str]] = {}
    for per_day in volumes:
        calm = simulate(CALM_SEED, per_day, **LONGER)
        product.build(connection, session, product.rows_of(calm))
        rows["Vigie", per_day] = [f"{false_alarms(product.alarms(connection, calm)[0], HISTORY):.2f}"]
        limits = {}
        for name, score in RIVALS.items():
            tuned = [threshold_for(score(simulate(seed, per_day, **LONGER)), HISTORY) for seed in TUNED_ON]
            limits[name] = float(np.mean(tuned))
            rows[name, per_day] = [f"{false_alarms(score(calm) >= limits[name], HISTORY):.2f}"]
        for surge in SURGES:
            given = simulate(SURGE_SEED, per_day, surge=surge, **SHORT)
            product.build(connection, session, product.rows_of(given))
            alarms, windows = product.alarms(connection, given)
            rows["Vigie", per_day].append(_cell(judge(alarms, given, surge, windows)))
            for name, score in RIVALS.items():
                rows[name, per_day].append(_cell(judge(score(given) >= limits[name], given, surge)))
    head = " | ".join(f"×{surge.times:g}, {surge.hours} h" for surge in SURGES)
    out.print(f"| a day | | false alarms | {head} |\n|--:|---|--:|{'--:|' * len(SURGES)}")
    for (name, per_day), cells in rows.items():
        out.print(f"| {per_day:,} | {name} | {' | '.join(cells)} |")


def _cell(found: Found) -> str:
    """Misses, median delay, and the median error of the beginning where one is told."""
    error = "" if found.onset_error is None else f", {found.onset_error:.0f} h off"
    delay = "–" if np.isnan(found.median_delay) else f"{found.median_delay:.0f} h"
    return f"{found.missed:.0%} / {delay}{error}"


def main() -> None:
    """Run on an embedded server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--volumes", type=int, nargs="*", default=VOLUMES, help="messages a day")
    parser.add_argument("--seeds", type=int, default=50, help="sample companies whose crisis is looked for")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Settings(home=Path(folder) / "home", database_url=None, understand="off")
        try:
            connection, session = product.prepare(config)
            with connection:
                if given.tune:
                    tune(connection, session)
                    return
                compare(connection, session, given.volumes)
                if given.seeds:
                    company.report(out, connection, session, given.seeds)
        finally:
            server.stop(config.home_path)


if __name__ == "__main__":
    main()
