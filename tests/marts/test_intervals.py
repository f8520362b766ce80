"""The bounds of a figure equal those found by another way: by bisection, by counting a binomial, by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import comb, sqrt
from statistics import fmean, pstdev, stdev

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import ALWAYS, Figures, of_period
from tests.marts.test_customers import said, write

Z, NUMBER, STARS = 1.959964, 70, [1, 2, 5, 5, 4, 3, 5, 4, 4, 2, 1, 5]
SCORES = [0, 6, 7, 8, 8, 9, 10, 10, 9, 3, 10, 9, 7, 6, 10]


def talk() -> Iterator[dict[str, str]]:
    """Questions, two of three of them answered after a while."""
    chance = random.Random(7)
    for number in range(NUMBER):
        at = datetime(2026, 11, 2, 8, tzinfo=UTC) + timedelta(minutes=number)
        yield {"id": f"q{number}", "account": f"c{number}", "posted_at": at.isoformat(), "role": "customer"}
        if number % 3:
            answer = {"id": f"a{number}", "account": "desk", "role": "brand", "parent": f"q{number}"}
            yield answer | {"posted_at": (at + timedelta(seconds=chance.randint(60, 600_000))).isoformat()}


@pytest.fixture(scope="module")
def house(module_warehouse: House) -> House:
    made = module_warehouse
    made.load_rows(talk())
    reviews = [
        said(f"r{n}", id=f"r{n}", rating=str(stars), rating_scale="5", channel="reviews")
        for n, stars in enumerate(STARS)
    ]
    write(made, reviews, "messages", "shop")
    surveys = [
        {"id": f"s{n}", "account": f"s{n}", "channel": "survey", "kind": "nps", "value": str(score),
         "asked_at": "2026-11-03T10:00:00Z", "rated_at": "2026-11-03T11:00:00Z"}
        for n, score in enumerate(SCORES)
    ]  # fmt: skip
    write(made, surveys, "ratings", "survey")
    made.refresh()
    return made


@pytest.fixture(scope="module")
def figures(house: House) -> Figures:
    return of_period(house, *ALWAYS)


def root(below: float, above: float, share: float, n: int) -> float:
    """Where between two places a share lies just Z standard errors off, by bisection; `below` is nearer to it."""
    for _ in range(100):
        middle = (below + above) / 2
        is_near = (share - middle) ** 2 * n < Z**2 * middle * (1 - middle)
        below, above = (middle, above) if is_near else (below, middle)
    return below


def test_a_share_lies_between_the_shares_that_would_not_surprise(figures: Figures) -> None:
    shares = {kpi: figure for kpi, figure in figures.items() if kpi.endswith("_rate") and figure.n}
    assert {0, 1} & {float(figure.value or 0) for figure in shares.values()}, "a bound at the end is one too"
    for figure in shares.values():
        assert figure.value is not None
        share = float(figure.value)
        low = 0.0 if share == 0 else root(share, 0.0, share, figure.n)
        high = 1.0 if share == 1 else root(share, 1.0, share, figure.n)
        assert float(figure.low or 0) == pytest.approx(low, abs=2e-6)
        assert float(figure.high or 0) == pytest.approx(high, abs=2e-6)


def covered(n: int, at: float, low: int, high: int) -> float:
    """How probably the quantile lies between the low-th and the high-th of n values, counted out."""
    return sum(comb(n, k) * at**k * (1 - at) ** (n - k) for k in range(low, high))


@pytest.mark.parametrize(("kpi", "at"), [("response_minutes_median", 0.5), ("response_minutes_p90", 0.9)])
def test_a_quantile_lies_between_values_that_a_binomial_puts_around_it(
    house: House, figures: Figures, kpi: str, at: float
) -> None:
    query = "select response_minutes from marts.fct_waits where response_minutes is not null order by 1"
    values = [value for (value,) in house.query(query)]
    figure = figures[kpi]
    assert len(set(values)) == figure.n == len(values) > 40

    low = values.index(figure.low) + 1
    high = values.index(figure.high) + 1 if figure.high is not None else None

    if high is None:  # no value is so high that the quantile lies surely below it
        assert covered(len(values), at, 1, len(values)) < 1
        assert sum(comb(len(values), k) * at**k * (1 - at) ** (len(values) - k) for k in range(low)) < 0.025
    else:
        assert covered(len(values), at, low, high) >= 0.95
        assert covered(len(values), at, low + 1, high - 1) < 0.96, "wider than it need be"


def test_a_mean_and_a_net_score_lie_within_two_standard_errors(figures: Figures) -> None:
    stars = [(given - 1) / 4 for given in STARS]
    votes = [(score >= 9) - (score <= 6) for score in SCORES]
    for kpi, value, error in (
        ("rating_mean", fmean(stars), stdev(stars) / sqrt(len(stars))),
        ("nps", 100 * fmean(votes), 100 * pstdev(votes) / sqrt(len(votes))),
    ):
        figure = figures[kpi]
        assert [float(bound or 0) for bound in (figure.low, figure.value, figure.high)] == pytest.approx(
            [value - Z * error, value, value + Z * error], abs=2e-3 if kpi == "nps" else 2e-6
        )


def test_a_count_has_no_interval_and_nothing_has_none_either(house: House, figures: Figures) -> None:
    counts = {kpi for (kpi,) in house.query("select kpi from marts.dim_kpis where unit = 'count'")}
    assert all(figures[kpi].low is figures[kpi].high is None for kpi in counts)
    of_nothing = of_period(house, "1999-01-01", "1999-01-31")
    assert of_nothing.keys() == figures.keys()
    for kpi, figure in of_nothing.items():
        assert (figure.n, figure.low, figure.high) == (0, None, None)
        assert figure.value == (0 if kpi in counts else None)
