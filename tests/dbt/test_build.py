"""The dbt project builds and holds, in production and for an analyst."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from flows.settings import PROJECT
from tests.dbt.conftest import dbt
from tests.helpers.house import House
from tests.helpers.kpis import by_bucket, of_period


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


def test_an_analysts_schemas_are_made_where_there_are_none(demo: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ANALYST", "nora")

    dbt(demo, "dev").run("seed", "--select", "competitors")

    assert demo.tables("nora_staging") == ["nora_staging.competitors"]


def test_weeks_begin_on_monday_and_months_on_their_first(demo: House) -> None:
    weeks, months = (
        {first for first, _ in by_bucket(demo, "2026-09-21", "2026-11-20", grain)} for grain in ("week", "month")
    )

    assert {day.isoweekday() for day in weeks} == {1}
    assert months == {date(2026, 9, 21), date(2026, 10, 1), date(2026, 11, 1)}


def test_the_worked_example_of_the_docs_is_right(demo: House) -> None:
    figures = of_period(demo, "2026-09-21", "2026-09-21", channels=["twitter"])

    text = (PROJECT / "docs" / "kpis.md").read_text(encoding="utf-8")
    examples = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert len(examples) > 25
    shown = {kpi: (fmt(figures[kpi].value), str(figures[kpi].n)) for kpi, *_ in examples}
    assert {kpi: (value, n) for kpi, value, n in examples} == shown


def fmt(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"


def test_open_waits_are_as_old_as_the_last_refresh_knows(demo: House) -> None:
    found = demo.query("select wait_id, open_wait_minutes, as_of from marts.open_waits order by wait_id")
    expected = demo.query(
        "select wait_id, round(extract(epoch from %s - opened_at) / 60, 3), %s::timestamptz"
        " from marts.fct_waits where closed_at is null order by wait_id",
        demo.as_of,
        demo.as_of,
    )

    assert found and found == expected
