"""What tests of the enrichments share: the shipped lists, and real texts where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.settings import PROJECT
from flows.understand.profile import Profile

SEEDS = PROJECT / "dbt_project" / "seeds"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The lists as shipped."""
    names = ("products", "topics", "competitors", "places")
    rows = {name: read_csv(SEEDS / f"{name}.csv") for name in names}
    return Profile.from_rows(**rows, zone="Europe/Paris")


@pytest.fixture(scope="session")
def messages() -> list[dict[str, str]]:
    """Customers' messages of the project's own."""
    return read_csv(PROJECT / "flows" / "understand" / "material" / "messages.csv")
