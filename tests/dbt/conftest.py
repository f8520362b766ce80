"""What the dbt project's tests share: the shipped example, built as a refresh builds it, and a dbt session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from flows.warehouse.database import warehouse_url
from flows.warehouse.refresh.dbt import Dbt
from tests.conftest import MakeHouse
from tests.helpers.house import House


def dbt(house: House, target: str = "prod") -> Dbt:
    """A dbt session against a warehouse."""
    return Dbt(house.settings, warehouse_url(house.settings), target=target)


@pytest.fixture(scope="module")
def demo(make_house: MakeHouse, example: str) -> Iterator[House]:
    """A warehouse with the shipped example in it, its marts built."""
    with make_house(example) as house:
        yield house


@pytest.fixture(scope="module")
def manifest(demo: House) -> dict[str, Any]:
    """What dbt says of its project."""
    dbt(demo).run("parse")
    text = (demo.settings.home_path / "dbt" / "target" / "manifest.json").read_text()
    return dict(json.loads(text))
