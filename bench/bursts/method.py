"""What docs/bursts.md says, over many series at once: tests hold the product's SQL to give the same scores."""

from __future__ import annotations

import csv

import numpy as np
from numpy.typing import NDArray

from bench.bursts.series import DAY, Counts
from flows.settings import DBT_PROJECT

Floats = NDArray[np.float64]
Windows = NDArray[np.int64]
WINDOWS = (1, 2, 3, 4, 6, 8, 12, 24)
SHRUNK, ENOUGH, MOST = 60, 24, 100
FIRST, LAST = 30, 3  # days of the past before a day
LEAST = 14  # days of it that were read


def expected(counts: Counts, read: NDArray[np.bool_], first_weekday: int = 0) -> tuple[Floats, Floats]:
    """What is expected of each series and hour, and each day's level; nan without two weeks of past.

    Counts begin at a midnight; all series together are the company.
    """
    number, days = counts.shape[0], counts.shape[1] // DAY
    x, seen = counts.reshape(number, days, DAY).astype(float), read.reshape(days, DAY).astype(float)
    weekday = (np.arange(days) + first_weekday) % 7
    company = x.sum(0)
    of_hour, company_of_hour = _past(x, 1), _past(company, 0)
    total, company_total, hours = of_hour.sum(2), company_of_hour.sum(1), _past(seen.sum(1), 0)
    of_weekday, company_of_weekday, seen_of_weekday = np.zeros((number, days)), np.zeros(days), np.zeros(days)
    for one in range(7):
        is_it = weekday == one
        of_weekday[:, is_it] = _past(x.sum(2) * is_it, 1)[:, is_it]
        company_of_weekday[is_it] = _past(company.sum(1) * is_it, 0)[is_it]
        seen_of_weekday[is_it] = _past(seen.sum(1) * is_it, 0)[is_it]
    with np.errstate(all="ignore"):
        level = total * DAY / hours
        shares = (company_of_hour + 1) / (company_total + DAY)[:, None]
        share = (of_hour + SHRUNK * shares) / (total + SHRUNK)[:, :, None]
        times = (of_weekday + SHRUNK * company_of_weekday / company_total) / (total + SHRUNK)
        rate = (level + 1 / 28)[:, :, None] * share * (times / (seen_of_weekday / hours))[:, :, None] * seen
    rate[:, hours < LEAST * DAY] = np.nan
    return rate.reshape(number, days * DAY), level


def scores(counts: Counts, rate: Floats) -> tuple[Floats, Windows]:
    """The greatest score of each hour and the length of its window; nothing where nothing is expected."""
    number, days = counts.shape[0], counts.shape[1] // DAY
    is_known = np.isfinite(rate)
    x, m = np.where(is_known, counts, 0).astype(float), np.where(is_known, rate, 0)
    best, length = np.full(x.shape, -1.0), np.zeros(x.shape, np.int64)
    for window in WINDOWS:
        written, due = _window(x, window), np.maximum(_window(m, window), 0)
        is_due = is_known & (due > 1e-9)
        with np.errstate(all="ignore"):
            strayed = np.where(is_due, np.minimum((written - due) ** 2 / due, MOST), 0)
            ratio = np.where(written > due, written * np.log(written / due) - (written - due), 0)
        sums = _past(strayed.reshape(number, days, DAY).sum(2), 1)
        windows = _past(is_due.reshape(number, days, DAY).sum(2).astype(float), 1)
        dispersion = np.repeat(np.maximum(1, (sums + ENOUGH) / (windows + ENOUGH)), DAY, axis=1)
        score = np.where(is_due, ratio / dispersion, -1)
        is_better = score > best + 1e-9
        best, length = np.where(is_better, score, best), np.where(is_better, window, length)
    return best, length


def thresholds(level: Floats) -> Floats:
    """What a score has to reach, by messages a day: the seed's, between its rows by the logarithm."""
    with (DBT_PROJECT / "seeds" / "burst_thresholds.csv").open(encoding="utf-8", newline="") as file:
        steps = [(float(row["per_day"]), float(row["threshold"])) for row in csv.DictReader(file)]
    volumes, limits = zip(*steps, strict=True)
    with np.errstate(all="ignore"):
        by_log = np.interp(np.log(level), np.log(volumes), limits)
    return np.repeat(np.where(np.isfinite(level), by_log, np.inf), DAY, axis=1)


def _past(values: Floats, axis: int) -> Floats:
    """Sums over the past of each day."""
    days = values.shape[axis]
    total = np.concatenate([np.zeros_like(np.take(values, [0], axis)), np.cumsum(values, axis)], axis)
    day = np.arange(days)
    return np.take(total, np.maximum(day - LAST + 1, 0), axis) - np.take(total, np.maximum(day - FIRST, 0), axis)


def _window(values: Floats, hours: int) -> Floats:
    """Sums over the hours that end with each."""
    total = np.cumsum(values, axis=1)
    before = np.zeros_like(total)
    before[:, hours:] = total[:, :-hours]
    return total - before
