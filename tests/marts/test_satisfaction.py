"""Satisfaction figures equal a recomputation in plain Python, over real surveys and by hand."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.helpers.house import House
from tests.helpers.kpis import of_period, values
from tests.marts.test_customers import said, write


def test_nps_of_a_real_survey(warehouse: House, data: Path) -> None:
    path = data / "nps_retail_fr/nps.csv"
    warehouse.load(path, name="nps", mapping="nps-retail-fr")
    warehouse.refresh()
    with path.open(encoding="utf-8", newline="") as file:
        given = [row["nps"] for row in csv.DictReader(file)]
    scores = [int(score) for score in given if score != "NA"]
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)

    found = of_period(warehouse, "2017-01-01", "2017-01-01")

    assert values(found, "promoters", "detractors") == (promoters, detractors)
    assert found["passives"].value == len(scores) - promoters - detractors
    assert values(found, "n:nps_response_rate", "n:nps") == (len(given), len(scores))
    assert [float(value) for value in values(found, "nps", "nps_response_rate")] == [
        round(100 * (promoters - detractors) / len(scores), 3),
        round(len(scores) / len(given), 6),
    ]
    assert warehouse.value("select count(*) from marts.dim_customers") == len(given)


def survey(number: int, kind: str, value: str, asked: str, rated: str = "") -> dict[str, str]:
    return {"id": f"s{number}", "account": f"a{number}", "channel": "survey", "kind": kind, "value": value,
            "asked_at": f"{asked}T10:00:00Z", "rated_at": rated and f"{rated}T10:00:00Z"}  # fmt: skip


def test_scores_are_of_answers_given_in_the_period_and_rates_of_surveys_asked_in_it(warehouse: House) -> None:
    # Given surveys of two days, one answered a day late, one never
    surveys = [
        survey(1, "csat", "5", "2026-11-01", "2026-11-01"),
        survey(2, "csat", "4", "2026-11-01", "2026-11-02"),
        survey(3, "csat", "3", "2026-11-01", "2026-11-01"),
        survey(4, "csat", "", "2026-11-01"),
        survey(5, "nps", "9", "2026-11-02", "2026-11-02"),
        survey(6, "nps", "6", "2026-11-02", "2026-11-02"),
        survey(7, "nps", "11", "2026-11-02", "2026-11-02"),
    ]
    write(warehouse, surveys, "ratings", "desk")
    write(warehouse, [said("ann", rating="2", rating_scale="5", channel="reviews")], "messages", "shop")
    warehouse.refresh()

    first, second = (of_period(warehouse, day, day) for day in ("2026-11-01", "2026-11-02"))

    csat = ("n:csat_response_rate", "csat_response_rate", "n:csat_rate", "csat_rate")
    assert values(first, *csat) == (4, 0.75, 2, 0.5)
    assert values(second, *csat) == (0, None, 1, 1)
    assert values(first, "nps", "n:nps") == (None, 0)
    # An answer off the scale is none
    assert values(second, "nps", "n:nps_response_rate", "n:nps") == (0, 3, 2)
    # Two stars of five lie a quarter up the scale
    assert values(first, "n:rating_mean", "rating_mean") == (1, 0.25)


def test_a_survey_that_is_answered_later_is_one_rating(warehouse: House) -> None:
    write(warehouse, [survey(1, "nps", "", "2026-11-01")], "ratings", "desk")
    warehouse.refresh()
    assert warehouse.query("select is_answered, day::text from marts.fct_ratings") == [(False, "2026-11-01")]

    write(warehouse, [survey(1, "nps", "10", "2026-11-01", "2026-11-05")], "ratings", "desk")
    warehouse.refresh()

    assert warehouse.query("select is_answered, day::text from marts.fct_ratings") == [(True, "2026-11-05")]
    timeline = "select kind, rating_kind, value::int, scale_max::int from marts.customer_timeline"
    assert warehouse.query(timeline) == [("rating", "nps", 10, 10)]
    assert warehouse.query("select ratings, messages from marts.dim_customers") == [(1, 0)]
    warehouse.assert_equals_rebuild()
