"""What is asked of whoever finds bursts: few false alarms, few misses, little delay, the right beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.bursts.series import DAY, Simulated, Surge

COOLDOWN = 24  # hours: alarms less far apart are one
Alarms = NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """Of surges, the share that was not alarmed before it ended, and of the others the hours to the alarm.

    `onset_error` is the median of how far, in hours, the beginning that was told lies from the true one.
    """

    missed: float
    median_delay: float
    mean_delay: float
    onset_error: float | None


def begun(alarms: Alarms) -> Alarms:
    """Alarms with none in the hours before that make them one."""
    starts = np.zeros_like(alarms)
    last = np.full(alarms.shape[0], -COOLDOWN - 1)
    for hour in range(alarms.shape[1]):
        starts[:, hour] = alarms[:, hour] & (hour - last > COOLDOWN)
        last = np.where(alarms[:, hour], hour, last)
    return starts


def false_alarms(alarms: Alarms, first_day: int) -> float:
    """How many alarms begin a series and 30 days, from a day on."""
    days = alarms.shape[1] / DAY - first_day
    return float(begun(alarms)[:, first_day * DAY :].sum()) / alarms.shape[0] * 30 / days


def threshold_for(scores: NDArray[np.float64], first_day: int, wanted: float = 1.0) -> float:
    """The threshold at which so many false alarms begin a series and 30 days."""
    low, high = 0.0, 100.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if false_alarms(scores >= middle, first_day) > wanted else (low, middle)
    return (low + high) / 2


def judge(alarms: Alarms, given: Simulated, surge: Surge, windows: NDArray[np.int64] | None = None) -> Found:
    """Judge alarms on surges; `windows` are the lengths of the windows that raised them."""
    delays, errors = [], []
    onsets = given.onsets if given.onsets is not None else np.zeros(0, np.int64)
    for one, onset in enumerate(onsets):
        hits = np.flatnonzero(alarms[one, onset : onset + surge.hours])
        if len(hits):
            delays.append(int(hits[0]) + 1)
            if windows is not None:
                errors.append(abs(int(hits[0]) - int(windows[one, onset + hits[0]]) + 1))
    return Found(
        missed=1 - len(delays) / len(onsets),
        median_delay=float(np.median(delays)) if delays else float("nan"),
        mean_delay=float(np.mean(delays)) if delays else float("nan"),
        onset_error=float(np.median(errors)) if errors else None,
    )
