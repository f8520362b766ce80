"""The generated company's crisis, over many seeds: its topics and products by the generator's own labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
from rich.console import Console

from bench.bursts import product
from bench.bursts.product import FIRST_HOUR, Row, row
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.items import Message
from flows.sources.sample.source import Sample
from flows.warehouse.database import Connection
from flows.warehouse.refresh.dbt import Dbt

MESSAGES, DAYS = 6_000, 90
CRISIS_TOPIC = "login"
HOUR = timedelta(hours=1)
FOUND = """
select series_id, onset_at, alarmed_at from marts.fct_bursts
where series_id like %s and alarmed_at > %s and onset_at < %s order by alarmed_at limit 1
"""
CALM = """
select
    count(*) filter (where b.series_id like 'topic:%%'), (select count(distinct series_id) from
    intermediate.int_series_counted where kind = 'topic')
from marts.fct_bursts as b where b.alarmed_at < %s
"""


def report(out: Console, connection: Connection, session: Dbt, seeds: int) -> None:
    """Print how many crises were found, how late, and what was told before them."""
    delays, errors, calm_alarms, series_days = [], [], 0, 0.0
    for seed in range(1, seeds + 1):
        sample = Sample(_config(seed))
        product.build(connection, session, _rows(sample))
        crisis = sample.world().crisis
        if crisis is None:
            raise ValueError(f"seed {seed} has no crisis")
        begins, ends = (datetime.fromtimestamp(moment, UTC) for moment in crisis)
        found = connection.execute(FOUND, (f"topic:{CRISIS_TOPIC}", begins, ends)).fetchone()
        if found:
            delays.append((found[2] - begins) / HOUR)
            errors.append(abs(found[1] - begins) / HOUR)
        counted = connection.execute(CALM, (begins,)).fetchone() or (0, 0)
        calm_alarms += int(counted[0])
        series_days += int(counted[1]) * ((begins - FIRST_HOUR).days - 10)
    out.print(
        f"\nThe sample company's crisis, {seeds} seeds of {MESSAGES:,} messages in {DAYS} days: found"
        f" {len(delays)} of {seeds}, alarm after {np.median(delays):.1f} h (median; 9 in 10 within"
        f" {np.quantile(delays, 0.9):.1f} h), beginning {np.median(errors):.1f} h off; before it"
        f" {30 * calm_alarms / series_days:.2f} alarms a topic and 30 days."
    )


def _config(seed: int) -> SampleConfig:
    first = product.FIRST_DAY
    return SampleConfig(
        name="bench", seed=seed, messages=MESSAGES, days=DAYS, from_day=first,
        to_day=first + timedelta(days=DAYS - 1),
    )  # fmt: skip


def _rows(sample: Sample) -> Iterator[Row]:
    """Counts of customers' messages by their true topic, and of all."""
    counted: Counter[tuple[str, str, int]] = Counter()
    last: date = sample.last_day()
    for _, posted in sample.world().told(0, last):
        for item in posted:
            if isinstance(item, Message) and not item.meaning.is_noise and item.meaning.act is None:
                hour = (datetime.fromtimestamp(item.when, UTC) - FIRST_HOUR) // HOUR
                counted["all", "all", hour] += 1
                if item.meaning.topic:
                    counted["topic", item.meaning.topic, hour] += 1
    for (kind, value, hour), count in counted.items():
        yield row(kind, value, "bench", hour, count)
