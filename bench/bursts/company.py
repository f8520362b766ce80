"""The generated company's crisis, over many seeds: its topics by the generator's own labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from rich.console import Console

from bench.bursts import method
from bench.bursts.judging import begun
from bench.bursts.product import FIRST_DAY, FIRST_HOUR
from bench.bursts.series import DAY, Counts
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.items import Message
from flows.sources.sample.source import Sample
from flows.sources.sample.world import TOPICS

MESSAGES, DAYS = 6_000, 90
CRISIS_TOPIC = "login"
HOUR = timedelta(hours=1)
CALM_FROM = 30  # days; alarms from here to the crisis are false


def report(out: Console, seeds: int) -> None:
    """Print how many crises were found, how late, and what was told before them."""
    names = [*TOPICS]
    delays, errors, calm_alarms, series_days = [], [], 0, 0.0
    for seed in range(1, seeds + 1):
        sample = Sample(_config(seed))
        crisis = sample.world().crisis
        if crisis is None:
            raise ValueError(f"seed {seed} has no crisis")
        begins, ends = ((datetime.fromtimestamp(moment, UTC) - FIRST_HOUR) / HOUR for moment in crisis)
        counts = _counts(sample, names)
        rate, level = method.expected(counts, np.ones(DAYS * DAY, bool))
        best, windows = method.scores(counts, rate)
        alarms = best >= method.thresholds(level)
        calm_alarms += int(begun(alarms)[:, CALM_FROM * DAY : int(begins)].sum())
        series_days += len(names) * (int(begins) / DAY - CALM_FROM)
        at = int(begins)
        hits = np.flatnonzero(alarms[names.index(CRISIS_TOPIC), at : int(ends)])
        if len(hits):
            hour = at + int(hits[0])
            delays.append(hour + 1 - begins)
            errors.append(abs(hour - int(windows[names.index(CRISIS_TOPIC), hour]) + 1 - begins))
    a_day, too_many = MESSAGES / DAYS, 30 * calm_alarms / series_days
    middle, most = np.median(delays), np.quantile(delays, 0.9)
    out.print(
        f"\nThe sample company's crisis, {seeds} seeds of {a_day:.0f} messages a day: found {len(delays)} of"
        f" {seeds}, alarm after {middle:.1f} h (median; 9 in 10 within {most:.1f} h), beginning"
        f" {np.median(errors):.1f} h off; before it {too_many:.2f} alarms a topic and 30 days."
    )


def _config(seed: int) -> SampleConfig:
    return SampleConfig(
        name="bench", seed=seed, messages=MESSAGES, days=DAYS, from_day=FIRST_DAY,
        to_day=FIRST_DAY + timedelta(days=DAYS - 1),
    )  # fmt: skip


def _counts(sample: Sample, names: list[str]) -> Counts:
    """Customers' messages by their true topic and hour."""
    counts = np.zeros((len(names), DAYS * DAY), np.int64)
    for _, posted in sample.world().told(0, sample.last_day()):
        for item in posted:
            topic = item.meaning.topic if isinstance(item, Message) and item.meaning.act is None else None
            hour = (datetime.fromtimestamp(item.when, UTC) - FIRST_HOUR) // HOUR
            if topic in names and not item.meaning.is_noise and 0 <= hour < DAYS * DAY:
                counts[names.index(topic), hour] += 1
    return counts
