"""Small archives of a help desk, with the figures that a person counts by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.house import House


@pytest.fixture
def figures(data: Path) -> Path:
    return data / "cases" / "figures"


def test_statuses_of_a_source_do_not_change_which_of_its_messages_wait(warehouse: House, figures: Path) -> None:
    warehouse.load(figures / "F01_desk.csv", name="desk")
    warehouse.refresh()
    assert warehouse.value("select count(*) from marts.fct_waits") == 5

    warehouse.load(figures / "F01_desk_statuses.csv", name="desk", mapping="statuses")
    warehouse.refresh()

    assert warehouse.value("select count(*) from marts.fct_waits") == 5
    assert warehouse.query("select answerable, owned from ops.sources") == [("all", False)]
