"""The models of bursts say what the method says: expected counts and scores equal those of plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.bursts import method, product
from bench.bursts.judging import false_alarms, judge
from bench.bursts.rivals import ears_c2
from bench.bursts.series import DAY, Simulated, Surge, simulate
from tests.dbt.conftest import dbt
from tests.helpers.house import House
from tests.marts import burst_reference

TOPICS = "where series_id like 'topic:%'"
EXPECTED = f"select series_id, hour_at, expected from intermediate.int_series_expected {TOPICS}"
SCORES = f"select series_id, hour_at, score, hours from intermediate.int_bursts_scored {TOPICS}"


def place(row: tuple[Any, ...]) -> tuple[int, int]:
    return int(row[0].removeprefix("topic:")), round((row[1] - product.FIRST_HOUR).total_seconds() / 3600)


def made(per_day: float, seed: int) -> Simulated:
    """Series with one gap, in the fifth week, about noon: late and long enough for the marts to see it."""
    given = simulate(seed, per_day, number=24, days=66, surge=Surge(3, 12), after=50, gaps=False)
    gap = slice(33 * DAY + 9, 33 * DAY + 17)
    read = np.ones_like(given.read)
    read[gap] = False
    return Simulated(given.counts * read, read, given.onsets)


@pytest.mark.parametrize("per_day", [6, 60])
def test_expected_counts_and_scores_are_those_of_the_method(warehouse: House, per_day: float) -> None:
    # Given two dozen series, and every score told
    given = made(per_day, seed=11)
    rows = list(product.rows_of(given))
    warehouse.connection.execute("update staging.burst_thresholds set threshold = 1")
    product.build(warehouse.connection, dbt(warehouse), rows)

    # When they are worked out by hand
    rates = burst_reference.expected(given.counts, given.read)
    scores, windows = burst_reference.scores(given.counts, rates)

    # and all at once, as the benchmark does
    at_once, level = method.expected(given.counts, given.read)
    assert np.nanmax(np.abs(at_once - rates)) < 1e-9 and level.shape == (24, 66)
    known = np.isfinite(scores)
    assert np.abs(np.maximum(method.scores(given.counts, at_once)[0], 0) - scores)[known].max() < 1e-6

    # Then the marts know of the gap, and say the same of each hour
    assert warehouse.query("select hours from intermediate.int_sources_watched where hours < 24") == [(16,)]
    expected = {place(row): float(row[2]) for row in warehouse.query(EXPECTED)}
    assert len(expected) == np.isfinite(rates).sum() > 24 * 40 * DAY
    assert max(abs(found - rates[at]) for at, found in expected.items()) < 2e-6
    told = {place(row): (float(row[2]), row[3]) for row in warehouse.query(SCORES)}
    assert len(told) > 200 and max(abs(score - scores[at]) for at, (score, _) in told.items()) < 2e-3
    clear = {at for at in told if abs(scores[at] - 1) > 1e-2}
    assert {at for at in clear if told[at][1] != windows[at]} == set()
    # all hours that reach the threshold with three authors
    due = {(int(a), int(b)) for a, b in np.argwhere(scores > 1.01)}
    written = {at: given.counts[at[0], at[1] - windows[at] + 1 : at[1] + 1].sum() for at in due}
    assert {at for at, count in written.items() if count > 2} - told.keys() == set()


def test_with_the_shipped_thresholds_bursts_are_found_and_calm_is_left_alone(warehouse: House) -> None:
    surge = Surge(3, 24)
    given = simulate(12, 20, number=60, days=70, surge=surge, after=64)
    product.build(warehouse.connection, dbt(warehouse), product.rows_of(given))
    alarms, windows = product.alarms(warehouse.connection, given)

    found = judge(alarms, given, surge, windows)
    calm = false_alarms(alarms[:, : 64 * DAY], first_day=40)

    assert found.missed <= 0.1 and found.median_delay <= 9 and calm <= 2
    by_ears = judge(ears_c2(given) >= 4, given, surge)
    assert found.mean_delay < by_ears.mean_delay
