"""What is declared once and relied on elsewhere: the streams, and the tables that dbt makes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows.settings import DBT_PROJECT
from flows.warehouse.relations import DBT_SCHEMAS, wanted
from flows.warehouse.streams import streams
from tests.dbt.conftest import dbt
from tests.helpers.house import House

SHAPE = {"site", "record_id", "version", "content_hash", "payload", "native_order", "batch_id", "collected_at"}
SHAPED = (
    "select table_name from information_schema.columns where table_schema = 'raw'"
    " group by table_name having array_agg(column_name::text) @> %s::text[]"
)


def test_streams_are_the_tables_that_migrations_make_and_staging_reads(empty_warehouse: House) -> None:
    made = {name for (name,) in empty_warehouse.query(SHAPED, list(SHAPE))}
    staged = {file.stem.removeprefix("stg_") for file in (DBT_PROJECT / "models/staging").glob("stg_*.sql")}

    assert set(streams()) == made
    others = {
        "decisions__alerts",
        "decisions__assigned",
        "decisions__handled",
        "decisions__labels",
        "identity__memberships",
        "ops__sources",
    }
    assert staged - others == made


@pytest.mark.timeout(300)
def test_what_dbt_makes_is_what_a_refresh_claims(empty_warehouse: House) -> None:
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
    assert {schema for schema, _ in made} == set(DBT_SCHEMAS)
