"""A refresh does again only what could have changed: the dbt project is parsed, its seeds are tested."""

from __future__ import annotations

from typing import Any

import pytest
from dbt.adapters.postgres.impl import PostgresAdapter
from dbt.compilation import Compiler

from flows.errors import RefreshError
from flows.warehouse.refresh import claims
from flows.warehouse.refresh.dbt import Dbt
from tests.helpers.house import House


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the dbt commands that run."""
    ran: list[str] = []
    invoke = Dbt._invoke

    def noted(self: Dbt, *arguments: str, **options: Any) -> Any:
        ran.append(arguments[0])
        return invoke(self, *arguments, **options)

    monkeypatch.setattr(Dbt, "_invoke", noted)
    return ran


def refreshed(house: House, number: str) -> None:
    house.load_rows([{"id": number, "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    house.refresh()


def test_a_second_refresh_parses_nothing_and_one_with_other_variables_does(
    warehouse: House, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed(warehouse, "1")
    commands.clear()

    refreshed(warehouse, "2")
    assert commands == ["run", "run"]

    commands.clear()
    monkeypatch.setenv("DBT_SOMETHING_THAT_A_PROJECT_READS", "changed")
    refreshed(warehouse, "3")
    assert commands == ["parse", "run", "run"]

    assert warehouse.value("select count(*) from marts.fct_messages") == 3


def test_seeds_are_tested_where_they_or_their_rules_changed(warehouse: House, commands: list[str]) -> None:
    models, _, seeds = claims.project_hash().partition(":")

    def tests_after(models: str, seeds: str) -> int:
        warehouse.connection.execute("update ops.refreshes set project_hash = %s", (f"{models}:{seeds}",))
        commands.clear()
        assert [report.is_full for report in warehouse.refresh()] == [True]
        return commands.count("test")

    assert tests_after("of other models", seeds) == 0
    assert tests_after(models, "of other seeds") == 1


DESCRIBED = "select objsubid, xmin::text from pg_description where objoid = %s::regclass order by 1"


def test_what_is_said_of_a_table_is_not_said_again(warehouse: House) -> None:
    tables = warehouse.tables("intermediate", "marts")
    before = {table: warehouse.query(DESCRIBED, table) for table in tables}
    assert len(before["marts.fct_messages"]) > 20 and all(before.values())

    refreshed(warehouse, "1")

    assert {table: warehouse.query(DESCRIBED, table) for table in tables} == before


@pytest.mark.parametrize("table", ["intermediate.int_messages_latest", "marts.fct_messages"])
def test_a_table_that_is_not_as_it_was_made_is_not_added_to(warehouse: House, table: str) -> None:
    warehouse.connection.execute(f"alter table {table} drop column body cascade".encode())

    with pytest.raises(RefreshError, match="out of sync"):
        refreshed(warehouse, "1")

    assert warehouse.refresh(full=True)
    assert warehouse.value("select count(*) from marts.fct_messages") == 1


def test_a_model_that_took_its_table_for_missing_adds_nothing(
    warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed(warehouse, "1")
    compiled, find, blind = Compiler.compile_node, PostgresAdapter.get_relation, []

    def compile_blindly(self: Compiler, node: Any, *arguments: Any, **options: Any) -> Any:
        blind.extend([node.name] if node.name == "int_responses_matched" else [])
        try:
            return compiled(self, node, *arguments, **options)
        finally:
            blind.clear()

    def found(self: PostgresAdapter, database: str, schema: str, identifier: str) -> Any:
        return None if identifier in blind else find(self, database, schema, identifier)

    monkeypatch.setattr(Compiler, "compile_node", compile_blindly)
    monkeypatch.setattr(PostgresAdapter, "get_relation", found)
    with pytest.raises(RefreshError, match="compiled as if its table were not there"):
        refreshed(warehouse, "2")

    monkeypatch.undo()
    warehouse.refresh()
    warehouse.assert_equals_rebuild()
