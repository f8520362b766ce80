"""The dbt project builds over nothing, and again over itself."""

from __future__ import annotations

import pytest

from tests.helpers.house import House


def test_nothing_collected_gives_empty_marts(empty_warehouse: House) -> None:
    empty_warehouse.refresh(full=True)

    sizes = {table: len(rows) for table, rows in empty_warehouse.built().items()}

    assert len(sizes) > 10
    assert set(sizes.values()) == {0}
    query = (
        "select kpi, value, n from marts.kpis('2026-01-01', '2026-12-31', names => '{waits_opened,answered_rate}')"
    )
    assert empty_warehouse.query(query) == [("waits_opened", 0, 0), ("answered_rate", None, 0)]


@pytest.mark.slow
def test_indexes_survive_being_built_again(warehouse: House) -> None:
    query = "select tablename, indexname from pg_indexes where schemaname in ('intermediate', 'marts')"

    def indexes() -> dict[str, int]:
        found = warehouse.query(query)
        return {table: sum(name == table for name, _ in found) for table, _ in found}

    before = indexes()
    warehouse.refresh(full=True)
    warehouse.refresh(full=True)

    assert indexes() == before
    assert {"fct_waits_undecided", "fct_messages_words", "fct_conversations_silent"} <= {
        name for _, name in warehouse.query(query)
    }
