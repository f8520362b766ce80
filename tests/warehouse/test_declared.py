"""What is declared once and relied on elsewhere: the streams, and the tables that dbt makes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from flows.settings import PROJECT
from flows.warehouse.relations import DBT_SCHEMAS, wanted
from flows.warehouse.streams import declared, streams
from tests.dbt.conftest import dbt
from tests.helpers.house import House

SHAPE = {"site", "record_id", "version", "content_hash", "payload", "native_order", "batch_id", "collected_at"}
NAMED = re.compile(r'"([a-z]+__[a-z]+(?:_[a-z]+)*)"')  # a stream, as sources name it
SHAPED = (
    "select table_name from information_schema.columns where table_schema = 'raw'"
    " group by table_name having array_agg(column_name::text) @> %s::text[]"
)


def test_streams_are_the_tables_that_migrations_make(empty_warehouse: House) -> None:
    assert set(streams()) == {name for (name,) in empty_warehouse.query(SHAPED, list(SHAPE))}


def test_every_stream_that_a_source_names_is_declared_and_no_other() -> None:
    files = (PROJECT / "flows" / "sources").rglob("*.py")
    named = {name for file in files for name in NAMED.findall(file.read_text(encoding="utf-8"))}

    assert named == {name for name in streams() if not name.startswith("files__")}  # a file's is put together


@pytest.mark.timeout(300)
def test_what_dbt_makes_is_what_a_refresh_claims_and_staging_reads_every_stream(empty_warehouse: House) -> None:
    dbt(empty_warehouse).run("parse")
    manifest: dict[str, Any] = json.loads(
        (empty_warehouse.settings.home_path / "dbt/target/manifest.json").read_text()
    )
    made = {
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed", "snapshot"}
    }

    assert made == wanted()
    for kind in {stream.holds for stream in declared().values()}:
        reads = set(manifest["nodes"][f"model.vigie.stg_{kind}"]["depends_on"]["nodes"])
        assert reads == {f"source.vigie.streams.{name}" for name in streams() if declared()[name].holds == kind}
    assert {schema for schema, _ in made} == set(DBT_SCHEMAS)
