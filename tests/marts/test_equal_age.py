"""Periods are compared at one age: what the older one had longer to become is left out."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.sources.examples import DEMO
from tests.helpers.house import House

PARIS = ZoneInfo("Europe/Paris")
KPIS = "select channel, kpi, value, n, low, high from marts.kpis(%s, %s, at_age => %s) order by 1, 2"


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(1), time(), PARIS)


def rate(house: House, day: str, age: timedelta | None) -> tuple[Any, ...]:
    asked = (
        "select value, n from marts.kpis(%s, %s, names => '{answered_rate}', at_age => %s) where channel is null"
    )
    return house.query(asked, day, day, age)[0]


def test_a_day_that_had_less_time_is_not_blamed_for_it(warehouse: House) -> None:
    # Given two days of ten questions; on each five are answered within the hour, the others a day and a half later
    rows = []
    for day in (2, 3):
        for n in range(10):
            asked = datetime(2026, 11, day, 14, n, tzinfo=UTC)
            common = {"thread": f"t{day}{n}", "channel": "mail"}
            rows.append(common | {"id": f"q{day}{n}", "account": f"c{day}{n}", "posted_at": asked.isoformat()})
            after = timedelta(minutes=50) if n < 5 else timedelta(hours=36)
            if (answered := asked + after) < datetime(2026, 11, 4, 1, tzinfo=UTC):
                answer = {"id": f"a{day}{n}", "account": "desk", "role": "brand"}
                rows.append(common | answer | {"posted_at": answered.isoformat()})
    # When the second is looked at two hours after it ended
    warehouse.load_rows(rows)
    warehouse.refresh(as_of=datetime(2026, 11, 4, 1, tzinfo=UTC))

    # Then it is as good as the first was two hours after it had ended, which has been answered since
    assert rate(warehouse, "2026-11-02", None) == (Decimal("0.5"), 10)
    warehouse.load_rows(
        [
            {"id": f"a2{n}", "account": "desk", "role": "brand", "thread": f"t2{n}", "channel": "mail",
             "posted_at": "2026-11-04T02:00:00Z"}
            for n in range(5, 10)
        ]
    )  # fmt: skip
    warehouse.refresh(as_of=datetime(2026, 11, 4, 3, tzinfo=UTC))
    assert rate(warehouse, "2026-11-02", None) == (Decimal(1), 10)
    assert rate(warehouse, "2026-11-03", None) == (Decimal("0.5"), 10)
    assert rate(warehouse, "2026-11-02", timedelta(hours=4)) == (Decimal("0.5"), 10)
    assert rate(warehouse, "2026-11-02", timedelta(hours=28)) == (Decimal(1), 10)


# The moment at which a period is looked at, and its days: at its end, some days later, while it lasts.
LOOKS = [
    pytest.param(datetime(2026, 10, 31, 23, tzinfo=UTC), date(2026, 10, 2), date(2026, 10, 31), id="at its end"),
    pytest.param(datetime(2026, 10, 25, 7, tzinfo=UTC), date(2026, 10, 1), date(2026, 10, 21), id="days later"),
    pytest.param(
        datetime(2026, 11, 4, 13, 30, tzinfo=UTC), date(2026, 10, 20), date(2026, 11, 8), id="in its course"
    ),
]


@pytest.mark.parametrize(("moment", "first", "last"), LOOKS)
def test_a_period_at_an_age_is_what_the_marts_said_then(
    warehouse: House, moment: datetime, first: date, last: date
) -> None:
    # Given the example archive as far as it was written by a moment, and every KPI of a period at that moment
    with DEMO.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    before = [row for row in rows if datetime.fromisoformat(row["posted_at"]) <= moment]
    assert 0 < len(before) < len(rows)
    warehouse.load_rows(before, name="tilleul")
    warehouse.refresh(as_of=moment)
    then = warehouse.query(KPIS, first, last, None)

    # When the rest is there, too, and the period is asked for at the age that it had
    warehouse.load_rows(rows, name="tilleul")
    warehouse.refresh()

    # Then every KPI, its n and its interval are what they were
    assert warehouse.query(KPIS, first, last, moment - end_of(last)) == then
    assert warehouse.query(KPIS, first, last, None) != then
    assert warehouse.query(KPIS, first, last, timedelta(days=3650)) == warehouse.query(KPIS, first, last, None)
