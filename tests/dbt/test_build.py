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
