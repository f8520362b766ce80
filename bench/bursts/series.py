"""Made-up hourly counts: a company's series with rhythms of the day and the week, days that differ, and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
DAY = 24
BUSY_HOURS = np.exp(
    1.1 * np.cos((np.arange(24) - 14) / 24 * 2 * np.pi) + 0.35 * np.cos((np.arange(24) - 20) / 12 * 2 * np.pi)
)
BUSY_DAYS = np.array([1.1, 1.1, 1.05, 1.05, 1.0, 0.7, 0.6])  # from Monday
GAP_EVERY = 20  # days, of 4 to 12 hours


@dataclass(frozen=True)
class Surge:
    """So many times as much as usual, for so many hours."""

    times: float
    hours: int


@dataclass(frozen=True)
class Simulated:
    """Counts by series and hour, from a Monday's midnight; which hours were read; where each surge begins."""

    counts: Counts
    read: NDArray[np.bool_]
    onsets: NDArray[np.int64] | None


def simulate(
    seed: int,
    per_day: float,
    *,
    number: int = 300,
    days: int = 90,
    surge: Surge | None = None,
    after: int = 62,
    spread: float = 0.15,
    gaps: bool = True,
) -> Simulated:
    """Draw the series of one company, all of about one volume.

    Each leans from the company's rhythms by some tenths, and each of its days is busier or calmer by `spread` (the
    standard deviation of the logarithm), beyond chance. Surges begin at any hour of the days from `after` on that
    leave room for them. `gaps` are the company's: nothing was read.
    """
    rng = np.random.default_rng([seed, int(per_day)])
    hours = np.arange(days * DAY)
    of_hour = BUSY_HOURS * np.exp(0.15 * rng.standard_normal((number, 24)))
    of_hour /= of_hour.sum(1, keepdims=True)
    of_weekday = BUSY_DAYS * np.exp(0.08 * rng.standard_normal((number, 7)))
    of_weekday *= 7 / of_weekday.sum(1, keepdims=True)
    level = per_day * np.exp(0.2 * rng.standard_normal((number, 1)) - 0.02)
    of_day = np.exp(spread * rng.standard_normal((number, days)) - spread**2 / 2)
    day = hours // DAY
    rate = level * of_hour[:, hours % DAY] * of_weekday[:, day % 7] * of_day[:, day]
    onsets = None
    read = np.ones(days * DAY, bool)
    for start in range(0, days if gaps else 0, GAP_EVERY):
        begin = int((start + rng.integers(5, 18)) * DAY + rng.integers(DAY))
        read[begin : begin + int(rng.integers(4, 13))] = False
    if surge:
        last = (days - 1) * DAY - surge.hours
        onsets = rng.integers(after * DAY, last, number)
        begun = hours >= onsets[:, None]
        rate = np.where(begun & (hours < onsets[:, None] + surge.hours), rate * surge.times, rate)
        read[(after - 8) * DAY :] = True  # what a gap hides nobody can see
    return Simulated(rng.poisson(rate) * read, read, onsets)
