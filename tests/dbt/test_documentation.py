"""Every model and seed says what it is, what a row is, who answers for it, and is tested; every KPI is defined."""

from __future__ import annotations

import csv
import re
from typing import Any

from flows.settings import DBT_PROJECT, PROJECT
from tests.helpers.house import House

KNOWN_META = {"grain", "owner", "touches", "touches_changed", "arguments", "returns"}
Node = dict[str, Any]


def models_and_seeds(manifest: Node) -> list[Node]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] in {"model", "seed"}]


def test_models_and_seeds_are_described(manifest: Node) -> None:
    for node in models_and_seeds(manifest):
        assert node["description"].strip(), node["name"]
        undescribed = [name for name, column in node["columns"].items() if not column["description"].strip()]
        assert not undescribed, (node["name"], undescribed)


def test_models_and_seeds_have_a_grain_and_an_owner(manifest: Node) -> None:
    for node in models_and_seeds(manifest):
        meta = node["config"]["meta"]
        assert meta["grain"].startswith("one row "), node["name"]
        assert meta["owner"], node["name"]
        assert set(meta) <= KNOWN_META, f"{node['name']}: {set(meta) - KNOWN_META}; quote a comma in its YAML"


def test_models_and_seeds_are_tested(manifest: Node) -> None:
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    tests += manifest["unit_tests"].values()
    tested = {parent for test in tests for parent in test["depends_on"]["nodes"]}

    untested = [n["name"] for n in models_and_seeds(manifest) if n["unique_id"] not in tested]

    assert not untested


def test_marts_keep_a_contract(manifest: Node) -> None:
    marts = [n for n in models_and_seeds(manifest) if n["config"]["schema"] == "marts"]

    assert len(marts) >= 10
    for node in marts:
        is_function = node["config"]["materialized"] == "table_function"
        assert node["config"]["contract"]["enforced"] is not is_function, node["name"]


def test_no_model_is_of_a_kind_that_is_missing_while_it_is_made_again(manifest: Node) -> None:
    kinds = {n["config"]["materialized"] for n in models_and_seeds(manifest)}

    assert kinds == {"seed", "incremental", "view", "table_function"}


def test_declared_columns_are_those_there_are(manifest: Node, demo: House) -> None:
    query = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
    for node in models_and_seeds(manifest):
        if node["config"]["materialized"] != "table_function":
            there = {name for (name,) in demo.query(query, node["schema"], node["name"])}
            assert set(node["columns"]) == there, node["name"]


def test_functions_give_the_columns_they_declare(manifest: Node, demo: House) -> None:
    cursor = demo.connection.execute(b"select * from marts.kpis('2026-01-01', '2026-12-31')")
    given = [column.name for column in cursor.description or []]
    assert given == list(manifest["nodes"]["model.vigie.kpis"]["columns"])


def test_each_page_of_the_app_is_an_exposure_of_the_marts_it_reads(manifest: Node) -> None:
    pages = {file.parent.name for file in (PROJECT / "app").glob("*/page.py")}
    asked = re.compile(r"\bmarts\.([a-z_]+)")
    read = {name for file in (PROJECT / "app").rglob("*.py") for name in asked.findall(file.read_text("utf-8"))}
    exposures = {each["name"]: each["depends_on"]["nodes"] for each in manifest["exposures"].values()}
    named = {node.rsplit(".", 1)[1] for nodes in exposures.values() for node in nodes}

    assert {name.replace("data", "sources") for name in exposures} == pages
    assert named == read


def test_touched_kinds_reach_the_models(manifest: Node) -> None:
    touches = {n["name"]: n["config"]["meta"].get("touches") for n in models_and_seeds(manifest)}

    assert touches["int_messages_threaded"] == {"thread": "thread_id"}
    assert touches["int_messages_directed"] == {"account": "account_id"}
    assert touches["int_crm_latest"] == {"node": "node_id"}


def test_the_docs_table_of_kpis_is_the_seeds() -> None:
    text = (PROJECT / "docs" / "kpis.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| (\w+) \|", text, re.MULTILINE)

    with (DBT_PROJECT / "seeds" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        seed = [(r["kpi"], r["label_en"], r["definition_en"], r["unit"]) for r in csv.DictReader(file)]

    assert documented == seed


def test_pitfalls_are_held_by_tests(manifest: Node) -> None:
    names = " ".join(test["name"] for test in manifest["unit_tests"].values())

    missing = [
        n
        for n in ("01", "02", "03", "04", "05", "09", "12", "15", "17", "18", "19")
        if f"pitfall_{n}_" not in names
    ]

    assert not missing
    assert "test.vigie.kpis_weeks_begin_on_monday" in " ".join(manifest["nodes"]), "pitfall 10"
