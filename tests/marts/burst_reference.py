"""What docs/bursts.md says of expected counts and scores, in plain numpy: another way than the models go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOWS = (1, 2, 3, 4, 6, 8, 12, 24)
SHRUNK, ENOUGH, MOST = 60, 24, 100
FIRST, LAST = 30, 3  # days of the past before a day
DAY = 24


def past_of(day: int) -> slice:
    return slice(max(0, day - FIRST), max(0, day - LAST + 1))


def expected(counts: NDArray[np.int64], read: NDArray[np.bool_]) -> Floats:
    """What is expected of each series and hour, of counts that begin on a Monday; nan without two weeks of past."""
    number, days = counts.shape[0], counts.shape[1] // DAY
    x, seen = counts.reshape(number, days, DAY).astype(float), read.reshape(days, DAY)
    found = np.full(x.shape, np.nan)
    for day in range(days):
        past = past_of(day)
        hours = seen[past].sum()
        if hours < 14 * DAY:
            continue
        same_weekday = [d for d in range(past.start, past.stop) if d % 7 == day % 7]
        share_of_weekday = seen[same_weekday].sum() / hours
        company_hours = x[:, past].sum((0, 1))
        company, company_of_weekday = company_hours.sum(), x[:, same_weekday].sum()
        for one in range(number):
            of_hours = x[one, past].sum(0)
            total = of_hours.sum()
            level = total * DAY / hours + 1 / 28
            share = (of_hours + SHRUNK * (company_hours + 1) / (company + 24)) / (total + SHRUNK)
            of_weekday = x[one, same_weekday].sum() + SHRUNK * company_of_weekday / company
            times = of_weekday / (total + SHRUNK) / share_of_weekday
            found[one, day] = level * share * times * seen[day]
    return found.reshape(number, days * DAY)


def scores(counts: NDArray[np.int64], rates: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The greatest score of each hour and the length of its window; nan where nothing is expected."""
    number, hours = counts.shape
    best, length = np.full((number, hours), np.nan), np.zeros((number, hours), np.int64)
    begins = int(np.flatnonzero(np.isfinite(rates[0]))[0])
    for window in WINDOWS:
        for one in range(number):
            x, m = np.zeros(hours), np.zeros(hours)
            for hour in range(begins, hours):
                span = slice(max(begins, hour - window + 1), hour + 1)
                x[hour], m[hour] = counts[one, span].sum(), rates[one, span].sum()
            strayed = [min((x[h] - m[h]) ** 2 / m[h], MOST) if m[h] > 0 else None for h in range(hours)]
            for day in range(begins // DAY, hours // DAY):
                past = past_of(day)
                known = [s for s in strayed[past.start * DAY : past.stop * DAY] if s is not None]
                dispersion = max(1, (sum(known) + ENOUGH) / (len(known) + ENOUGH))
                for hour in range(day * DAY, day * DAY + DAY):
                    score = 0.0
                    if x[hour] > m[hour] > 0:
                        score = (x[hour] * np.log(x[hour] / m[hour]) - (x[hour] - m[hour])) / dispersion
                    if np.isnan(best[one, hour]) or score > best[one, hour]:
                        best[one, hour], length[one, hour] = score, window
    return best, length
