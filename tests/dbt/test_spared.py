"""What dbt is spared changes nothing that anybody reads: the log, the nodes that ended, the SQL."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.cache import RelationsCache
from dbt.adapters.exceptions import ApproximateMatchError
from dbt.adapters.postgres import PostgresAdapter
from dbt.adapters.postgres.relation import PostgresRelation
from dbt.compilation import Linker
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import get_template
from dbt_common.events.types import Note

from flows.errors import RefreshError
from flows.warehouse.database import warehouse_url
from flows.warehouse.refresh.dbt import Dbt
from tests.dbt.conftest import dbt
from tests.helpers.house import House

ONE = ("run", "--select", "stg_messages")


def _log_of(house: House) -> Path:
    return house.settings.home_path / "dbt" / "logs" / "dbt.log"


@pytest.mark.parametrize(("level", "is_written"), [("info", False), ("debug", True)])
def test_every_statement_is_written_down_where_that_is_asked_for(
    demo: House, monkeypatch: pytest.MonkeyPatch, level: str, is_written: bool
) -> None:
    monkeypatch.setenv("DBT_LOG_LEVEL_FILE", level)
    session = dbt(demo)
    log = _log_of(demo)
    before = len(log.read_text()) if log.exists() else 0
    session.run(*ONE)
    written = log.read_text()[before:] if log.exists() else ""
    assert ("create view" in written) == is_written
    assert "1 of 1 OK created sql view model staging.stg_messages" in written


def test_a_node_that_ends_is_heard_though_nothing_is_written(demo: House) -> None:
    heard: list[str] = []
    Dbt(demo.settings, warehouse_url(demo.settings), lambda name, *_: heard.append(name)).run(*ONE)
    assert heard == ["stg_messages"]


def test_a_failure_still_names_its_reason(demo: House) -> None:
    with pytest.raises(RefreshError, match="dbt run"):
        dbt(demo).run("run", "--no-such-option")


def test_a_template_seen_before_reads_the_values_of_now(demo: House) -> None:
    dbt(demo)
    text = "{% set a = b + 1 %}{{ a }}"
    assert [get_template(text, {}).render({"b": b}) for b in (1, 2)] == ["2", "3"]
    with pytest.raises(Exception, match="unexpected"):
        get_template("{{ } }}", {})


def test_an_event_says_all_that_it_was_given_once_somebody_reads_it(demo: House) -> None:
    dbt(demo)
    event = Note(msg="a word")
    assert (event.msg, event.to_dict()) == ("a word", {"msg": "a word"})
    event.msg = "another"
    assert event.message() == "another"
    with pytest.raises(Exception, match="positional"):
        Note("a word").message()


def test_a_table_is_found_by_its_name_and_one_of_nearly_that_name_is_refused(demo: House) -> None:
    dbt(demo)
    relations = [PostgresRelation.create("v", "marts", name) for name in ("fct_waits", "fct_waits_old")]
    cache = RelationsCache()
    for relation in (*relations, PostgresRelation.create("v", "Staging", "fct_waits")):
        cache.add(relation)
    assert cache.get_relations("V", "MARTS") == relations
    assert cache.get_relations("v", "staging") != []
    assert cache.get_relations("v", "nowhere") == []

    adapter = SimpleNamespace(Relation=PostgresRelation, _make_match_kwargs=_as_given)
    assert PostgresAdapter._make_match(adapter, relations, "v", "marts", "fct_waits") == relations[:1]
    assert PostgresAdapter._make_match(adapter, relations, "v", "marts", "waits") == []
    with pytest.raises(ApproximateMatchError):
        PostgresAdapter._make_match(adapter, relations, "v", "marts", "FCT_waits")


def _as_given(database: str, schema: str, identifier: str) -> dict[str, str]:
    return {"database": database, "schema": schema, "identifier": identifier}


def test_each_schema_is_looked_into_as_its_nodes_are_quoted(demo: House) -> None:
    dbt(demo)
    nodes = [
        SimpleNamespace(database="v", schema=schema, identifier=name, quoting_dict={"schema": is_quoted}, config={})
        for schema, name, is_quoted in [("marts", "a", True), ("marts", "b", True), ("Marts", "c", False)]
    ]
    adapter = SimpleNamespace(Relation=PostgresRelation, config=SimpleNamespace(quoting={}))
    found = BaseAdapter._get_cache_schemas(adapter, nodes)
    assert {str(schema) for schema in found} == {'"v"."marts"', '"v".Marts'}


def test_answers_of_the_same_columns_have_their_own_types(demo: House) -> None:
    dbt(demo)
    for value, known in ((1, "Integer"), ("1", "Text"), (None, "Integer"), ("null", "Text")):
        table = agate_helper.table_from_data_flat([{"a": value}], ["a"])
        assert (table.rows[0]["a"], type(table.columns["a"].data_type).__name__) == (value, known)


def test_models_that_read_each_other_in_a_ring_are_named(demo: House) -> None:
    dbt(demo)
    linker = Linker()
    linker.dependency("b", "a")
    assert linker.find_cycles() is None
    linker.dependency("a", "b")
    assert set(linker.find_cycles().split(" --> ")) == {"a", "b"}
