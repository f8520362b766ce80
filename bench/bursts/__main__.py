"""`make bench-bursts`: prints the tables of docs/bursts.md; with --tune, the thresholds of the seed.

The tables are of `method`, to which tests hold the product's SQL; `--sql` judges that SQL itself, on Postgres.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from bench.bursts import company, method, product
from bench.bursts.judging import Alarms, Found, false_alarms, judge, threshold_for
from bench.bursts.method import Floats, Windows
from bench.bursts.rivals import RIVALS
from bench.bursts.series import Simulated, Surge, simulate
from flows.settings import Settings
from flows.warehouse import server

out = Console(width=400, highlight=False)
VOLUMES = (5, 20, 100, 1000)
SURGES = [Surge(times, hours) for times in (2, 3, 5) for hours in (6, 24)]
# Thresholds are never judged on what they were set by.
TUNED_ON, CALM_SEED, SURGE_SEED = (101, 102, 103), 201, 301
HISTORY = 60  # days before the first that is judged
CALM_DAYS, SURGE_DAYS, SURGE_AFTER = 120, 52, 46
RESTLESS = (0.0, 0.3)  # how much days differ, where the simulation's own .15 may be wrong


def calm(seed: int, per_day: float, spread: float = 0.15) -> Simulated:
    """Series without a surge."""
    return simulate(seed, per_day, days=CALM_DAYS, spread=spread)


def surged(per_day: float, surge: Surge) -> Simulated:
    """Series with one surge each."""
    return simulate(SURGE_SEED, per_day, days=SURGE_DAYS, surge=surge, after=SURGE_AFTER)


def scored(given: Simulated) -> tuple[Floats, Floats, Windows]:
    """Scores, thresholds and windows of simulated series."""
    rate, level = method.expected(given.counts, given.read)
    best, windows = method.scores(given.counts, rate)
    return best, method.thresholds(level), windows


def tune() -> None:
    """Print the thresholds at which one false alarm begins a series and 30 days, and how far three seeds agree."""
    out.print("per_day,threshold")
    for per_day in VOLUMES:
        found = [threshold_for(scored(calm(seed, per_day))[0], HISTORY) for seed in TUNED_ON]
        out.print(f"{per_day},{np.mean(found):.1f}  # {', '.join(f'{one:.2f}' for one in found)}")


def compare(volumes: Sequence[int]) -> None:
    """Print false alarms, misses, delays and errors of the beginning, of Vigie and of its rivals."""
    head = " | ".join(f"×{surge.times:g}, {surge.hours} h" for surge in SURGES)
    out.print(f"| a day | | false alarms | {head} |\n|--:|---|--:|{'--:|' * len(SURGES)}")
    for per_day in volumes:
        best, limits, _ = scored(calm(CALM_SEED, per_day))
        cells = [f"{false_alarms(best >= limits, HISTORY):.2f}"]
        for surge in SURGES:
            given = surged(per_day, surge)
            best, limits, windows = scored(given)
            cells.append(_cell(judge(best >= limits, given, surge, windows)))
        out.print(f"| {per_day:,} | Vigie | {' | '.join(cells)} |")
        for name, score in RIVALS.items():
            limit = float(np.mean([threshold_for(score(calm(seed, per_day)), HISTORY) for seed in TUNED_ON]))
            cells = [f"{false_alarms(score(calm(CALM_SEED, per_day)) >= limit, HISTORY):.2f}"]
            for surge in SURGES:
                given = surged(per_day, surge)
                cells.append(_cell(judge(score(given) >= limit, given, surge)))
            out.print(f"| {per_day:,} | {name} | {' | '.join(cells)} |")
    out.print("\nFalse alarms where days differ less or more than simulated:")
    for per_day in volumes:
        found = [_restless(per_day, spread) for spread in RESTLESS]
        out.print(f"| {per_day:,} | {' | '.join(f'{one:.2f}' for one in found)} |")


def _restless(per_day: float, spread: float) -> float:
    best, limits, _ = scored(calm(CALM_SEED, per_day, spread))
    return false_alarms(best >= limits, HISTORY)


def _cell(found: Found) -> str:
    """Misses, median and mean delay, and the median error of the beginning where one is told."""
    error = "" if found.onset_error is None else f", {found.onset_error:.0f} h off"
    delay = "–" if np.isnan(found.median_delay) else f"{found.median_delay:.0f} h ({found.mean_delay:.1f})"
    return f"{found.missed:.0%} / {delay}{error}"


def by_sql(volumes: Sequence[int], surge: Surge) -> None:
    """Print what the product's SQL says of the same series, and on how many hours the method differs."""
    with tempfile.TemporaryDirectory() as folder:
        config = Settings(home=Path(folder) / "home", database_url=None, understand="off")
        try:
            connection, session = product.prepare(config)
            with connection:
                for per_day in volumes:
                    given = surged(per_day, surge)
                    product.build(connection, session, product.rows_of(given))
                    alarms, windows = product.alarms(connection, given)
                    out.print(f"SQL, {per_day:,} a day: {_cell(judge(alarms, given, surge, windows))}")
                    out.print(f"hours alarming in one and not in the other: {_differing(alarms, given)}")
        finally:
            server.stop(config.home_path)


def _differing(alarms: Alarms, given: Simulated) -> str:
    """From the day on that no early gap, which no rule can know yet, is in the past of."""
    best, limits, _ = scored(given)
    judged = slice(SURGE_AFTER * 24, None)
    here, there = alarms[:, judged], (best >= limits)[:, judged]
    return f"{int((here != there).sum())} of {int((here | there).sum())}"


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--sql", action="store_true")
    parser.add_argument("--volumes", type=int, nargs="*", default=VOLUMES, help="messages a day")
    parser.add_argument("--seeds", type=int, default=50, help="sample companies whose crisis is looked for")
    given = parser.parse_args()
    if given.tune:
        tune()
    elif given.sql:
        by_sql(given.volumes, Surge(3, 24))
    else:
        compare(given.volumes)
        company.report(out, given.seeds)


if __name__ == "__main__":
    main()
