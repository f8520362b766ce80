"""A project parsed once, for no warehouse, is in each the one that dbt parses there."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from flows.warehouse.database import warehouse_url
from flows.warehouse.refresh.dbt import SUFFIXES, Dbt, _parsed
from flows.warehouse.refresh.parsed import placed
from tests.dbt.conftest import dbt
from tests.helpers.databases import url_of
from tests.helpers.house import House

# When a file was read, and by which command, is no part of what it says.
NOT_SAID = {"created_at", "_lock", "metadata", "files", "flat_graph", "_macros_by_name", "_macros_by_package"}


def plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        value = value.to_dict(omit_none=False)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in NOT_SAID}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def said(manifest: Any) -> dict[str, Any]:
    """What a parsed project says, by part and name."""
    parts = {field.name: getattr(manifest, field.name) for field in fields(manifest)}
    return {
        f"{part} {name}": plain(value)
        for part, values in parts.items()
        if part not in NOT_SAID and isinstance(values, dict)
        for name, value in values.items()
    }


@pytest.mark.parametrize("target", ["prod", "next"])
def test_the_project_put_in_its_place_is_the_one_parsed_there(demo: House, target: str) -> None:
    session = dbt(demo)
    session._project(target)
    database = demo.value("select current_database()")
    moved = said(placed(_parsed[session._source], database, SUFFIXES[target]))
    parsed = said(
        session._invoke("parse", "--no-write-json", target=target, folder=f"{target}-parsed-there").result
    )

    assert moved.keys() == parsed.keys()
    assert [(name, moved[name], parsed[name]) for name in parsed if moved[name] != parsed[name]] == []


def test_another_warehouse_takes_what_one_has_parsed(demo: House, monkeypatch: pytest.MonkeyPatch) -> None:
    dbt(demo)._project("prod")
    session = Dbt(demo.settings, url_of(warehouse_url(demo.settings), "elsewhere"))
    monkeypatch.setattr(session, "_invoke", lambda *_, **__: pytest.fail("it is parsed anew"))

    model = session._project("next").manifest.nodes["model.vigie.fct_waits"]

    assert (model.database, model.relation_name) == ("elsewhere", '"elsewhere"."marts__next"."fct_waits"')
