"""The room stands on nothing: sources and the warehouse stand on it."""

from __future__ import annotations

import re

import flows.records
from flows.settings import PROJECT

IMPORTED = re.compile(r"^\s*(?:from|import) (flows[\w.]*)", re.MULTILINE)


def test_the_room_imports_nothing_else_of_vigie_but_its_errors() -> None:
    files = sorted((PROJECT / "flows" / "records").glob("*.py"))
    imported = {name for file in files for name in IMPORTED.findall(file.read_text(encoding="utf-8"))}

    assert len(files) > 5
    assert {name for name in imported if not name.startswith(("flows.records", "flows.errors"))} == set()


def test_what_cannot_become_a_record_is_declared_once() -> None:
    declared = re.compile(r"^class Unusable\b|^(?:NUL|KEPT_BYTES) = ", re.MULTILINE)
    places = [
        file.relative_to(PROJECT).as_posix()
        for file in sorted((PROJECT / "flows").rglob("*.py"))
        if declared.search(file.read_text(encoding="utf-8"))
    ]

    assert places == ["flows/records/making.py", "flows/records/page.py"]
    assert set(flows.records.__all__) >= {"Page", "Record", "Reject", "Tombstone", "Policy", "Unusable", "make"}
