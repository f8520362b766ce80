"""A refresh looks again before it ends, and ends all the same; one stage alone is no failure."""

from __future__ import annotations

import itertools

import pytest

from flows.doctor import examine
from flows.warehouse.refresh import run
from tests.helpers.house import House


def test_what_arrives_on_and_on_is_left_to_the_next_refresh(
    warehouse: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "MOST_PASSES", 2)
    numbers = itertools.count(1)

    def another_arrives(name: str = "int_messages_latest", *_: object) -> None:
        if name == "int_messages_latest" and (number := next(numbers)) < 6:
            warehouse.load_rows([{"id": number, "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])

    another_arrives()

    reports = run.refresh(warehouse.settings, as_of=warehouse.as_of, on_node=another_arrives)

    assert [report.batches for report in reports] == [1, 1]
    assert run.pending(warehouse.connection) == 1


def test_doctor_is_well_after_one_stage_alone(warehouse: House) -> None:
    warehouse.load_rows([{"id": 1, "account": "ann", "posted_at": "2026-11-01T10:00:00Z"}])
    run.refresh(warehouse.settings, as_of=warehouse.as_of, only="words")

    found = next(finding for finding in examine(warehouse.settings) if finding.name == "refresh")

    assert found.is_well
    assert found.seen.startswith("words alone was built, as asked")
