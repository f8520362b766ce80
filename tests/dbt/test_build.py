"""The dbt project builds and holds, in production and for an analyst."""

from __future__ import annotations

from datetime import date

import pytest

from tests.dbt.conftest import dbt
from tests.helpers.house import House


def test_data_and_unit_tests_hold_in_production(demo: House) -> None:
    seconds = dbt(demo).run("test").seconds

    assert {name for name in seconds if name.startswith("pitfall_")}
    assert "waits_do_not_overlap" in seconds


@pytest.mark.slow
def test_an_analyst_builds_schemas_of_their_own(demo: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ANALYST", "zoe")
    before = demo.built()

    dbt(demo, "dev").run("build")

    built = set(demo.tables("zoe_staging", "zoe_intermediate", "zoe_marts"))
    assert {"zoe_staging.promises", "zoe_intermediate.int_messages_latest", "zoe_marts.fct_waits"} <= built
    assert demo.rows("zoe_marts.fct_messages") == before["marts.fct_messages"]
    assert demo.built() == before, "an analyst's build touched production"


def test_weeks_begin_on_monday_and_months_on_their_first(demo: House) -> None:
    query = "select distinct starts_on from marts.service_trend('2026-09-21', '2026-11-20', %s)"

    weeks = {day for (day,) in demo.query(query, "week")}
    months = {day for (day,) in demo.query(query, "month")}

    assert {day.isoweekday() for day in weeks} == {1}
    assert months == {date(2026, 9, 21), date(2026, 10, 1), date(2026, 11, 1)}


def test_the_worked_example_of_the_docs_is_right(demo: House) -> None:
    query = (
        "select waits_opened, waits_answered, waits_open, answered_rate, response_minutes_median,"
        " response_minutes_p90, promises_due, promises_kept"
        " from marts.service_kpis('2026-09-21', '2026-09-21', '{twitter}') where grouping_channel is null"
    )

    figures = [float(value) for value in demo.query(query)[0]]

    assert figures == [4, 3, 1, 0.75, 185.133, 761.96, 4, 0]


def test_the_worked_example_of_open_minutes_and_resolution_is_right(demo: House) -> None:
    period = "('2026-09-21', '2026-09-21', '{twitter}') where grouping_channel is null"
    in_hours = (
        "response_open_minutes_n, response_open_minutes_median, response_open_minutes_p90, first_response_n,"
        " first_response_minutes_median"
    )

    responses = demo.query(f"select {in_hours} from marts.service_kpis{period}")[0]
    resolution = demo.query(f"select * from marts.resolution_kpis{period}")[0][1:]

    assert [float(value) for value in responses] == [3, 185.133, 281.96, 3, 185.133]
    assert [float(value) for value in resolution] == [3, 2, 2, 0, 2, 619.175, 966.409, 1, 0.5]


def test_the_trend_gives_the_whole_where_asked_for(demo: House) -> None:
    period = "('2026-01-01', '2026-12-31', 'month', null, true)"

    whole = demo.query(f"select starts_on, waits_opened from marts.service_trend{period} where channel is null")
    parts = demo.query(
        f"select starts_on, sum(waits_opened)::int from marts.service_trend{period}"
        " where channel is not null group by starts_on"
    )

    assert whole and sorted(whole) == sorted(parts)


def test_open_waits_are_as_old_as_the_last_refresh_knows(demo: House) -> None:
    found = demo.query("select wait_id, open_wait_minutes, as_of from marts.open_waits order by wait_id")
    expected = demo.query(
        "select wait_id, round(extract(epoch from %s - opened_at) / 60, 3), %s::timestamptz"
        " from marts.fct_waits where closed_at is null order by wait_id",
        demo.as_of,
        demo.as_of,
    )

    assert found and found == expected
