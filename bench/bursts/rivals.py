"""Other ways to find bursts, as scores by series and hour: each alarms where its score reaches a threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bench.bursts.series import DAY, Simulated

Scores = NDArray[np.float64]
WEEK, MONTH = 7 * DAY, 28 * DAY


def mean_and_sigma(given: Simulated) -> Scores:
    """Standard deviations above the mean of the 28 days before."""
    past = sliding_window_view(given.counts.astype(float), MONTH, axis=1)[:, :-1]
    mean, sigma = past.mean(2), past.std(2)
    return _late((given.counts[:, MONTH:] - mean) / np.maximum(sigma, 0.5), MONTH)


def robust_z(given: Simulated) -> Scores:
    """Distance from the median of the same hour in the 28 days before, in median absolute deviations."""
    past = np.stack([_shifted(given.counts, day * DAY) for day in range(1, 29)])
    middle = np.median(past, axis=0)
    spread = 1.4826 * np.median(np.abs(past - middle), axis=0)
    return _late(((given.counts - middle) / np.maximum(spread, 1))[:, MONTH:], MONTH)


def ears_c2(given: Simulated) -> Scores:
    """EARS C2 (Hutwagner et al. 2003) by the hour: the last 24 hours against seven such days, two days back."""
    days = _sums(given.counts, DAY)
    past = np.stack([_shifted(days, day * DAY) for day in range(3, 10)])
    z = (days - past.mean(0)) / np.maximum(past.std(0, ddof=1), 1)
    return _late(z[:, 11 * DAY :], 11 * DAY)


def weekly_z(given: Simulated) -> Scores:
    """Distance from the mean of the same hour of the week in the four weeks before, by its square root."""
    mean = np.stack([_shifted(given.counts, week * WEEK) for week in range(1, 5)]).mean(0)
    return _late(((given.counts - mean) / np.sqrt(np.maximum(mean, 0.25)))[:, MONTH:], MONTH)


RIVALS: dict[str, Callable[[Simulated], Scores]] = {
    "mean + kσ": mean_and_sigma,
    "robust z": robust_z,
    "EARS C2": ears_c2,
    "weekly z": weekly_z,
}


def _sums(counts: NDArray[np.int64], hours: int) -> Scores:
    total = np.cumsum(counts, axis=1, dtype=float)
    return total - _shifted(total, hours)


def _shifted(values: NDArray[np.generic], hours: int) -> Scores:
    moved = np.zeros(values.shape)
    moved[:, hours:] = values[:, :-hours]
    return moved


def _late(scores: Scores, hours: int) -> Scores:
    """Scores that begin only after so many hours; none before."""
    return np.concatenate([np.full((scores.shape[0], hours), -np.inf), scores], axis=1)
