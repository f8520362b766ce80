"""The project as parsed, which takes seconds: once for all warehouses and for both targets of a refresh.

A parsed project names the database and the schemas of its models. So it is parsed for a warehouse that is nowhere,
which dbt finds parsed already when another process or another warehouse asks, and put in its place.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NOWHERE = {
    "VIGIE_PG_HOST": "localhost",
    "VIGIE_PG_PORT": "5432",
    "VIGIE_PG_USER": "nobody",
    "VIGIE_PG_DATABASE": "nowhere",
    "DBT_ENV_SECRET_VIGIE_PG_PASSWORD": "",
}


@contextmanager
def nowhere() -> Iterator[None]:
    """Hide from dbt's profile where the warehouse is, which a session has put there."""
    before = {name: os.environ[name] for name in NOWHERE}
    os.environ.update(NOWHERE)
    try:
        yield
    finally:
        os.environ.update(before)


def placed(manifest: Any, database: str, suffix: str = "") -> Any:
    """Return what was parsed nowhere, for `prod`, as it stands in a database.

    With a suffix of its schemas it is as parsed for a target that builds everything anew (`dbt_project.yml`).
    """
    moved = copy.copy(manifest)
    moved.nodes = {key: _moved(node, database, suffix) for key, node in manifest.nodes.items()}
    moved.sources = {key: _moved(source, database, "") for key, source in manifest.sources.items()}
    moved.unit_tests = {key: _renamed(test, suffix) for key, test in manifest.unit_tests.items()}
    moved.build_flat_graph()  # what `graph` is in a model
    return moved


def _moved(node: Any, database: str, suffix: str) -> Any:
    moved = _renamed(node, suffix)
    moved.database = database
    if node.relation_name:
        before, after = (f'"{place.database}"."{place.schema}".' for place in (node, moved))
        moved.relation_name = node.relation_name.replace(before, after, 1)
    if suffix and node.resource_type == "model":
        moved.config = node.config.replace(full_refresh=True)
    return moved


def _renamed(node: Any, suffix: str) -> Any:
    moved = copy.deepcopy(node)  # dbt writes into what it runs
    moved.schema = f"{node.schema}{suffix}"
    return moved
