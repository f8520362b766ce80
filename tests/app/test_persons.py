"""Rows without the people in them: what is put in their place, and that no row is forgotten."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import pytest

from app.shared.persons import Name, Secret, Text, initials, masked, masks, without_addresses
from flows.settings import PROJECT

APP = PROJECT / "app"
# What says who somebody is, by how such a field is called.
PERSONAL = re.compile(
    r"^(who|handle|(.*_)?name|title|body|waits_text|url|town|crm_number|examples|value|error|evidence)$"
)
# Called so, and of nobody: figures, topics, ratings, bits of evidence, places in a text that is as long as before.
OF_NOBODY = {
    "answer._Read.evidence", "customers.Event.value", "customers.Rating.value", "people.Link.evidence",
    "review.Measure.value", "review.Pair.evidence", "shared.Kpi.name", "shared._Row.value", "today.Alert.value",
    "today.Driver.value", "today.FoundTopic.name",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Camille Durand", "C. D."), ("jean-pierre.martin", "J. P. M."), ("éric", "É."), ("x_42", "X."), ("42", "•"),
     ("", "•"), ("Anne de la Tour d'Auvergne", "A. D. L.")],
)  # fmt: skip
def test_a_name_becomes_its_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_text_loses_addresses_and_keeps_its_length_and_its_words() -> None:
    text = "Écrivez à camille.durand@example.org au 06 12 34 56 78 ou à @camille_d : https://example.org/ ! Merci."
    shown = without_addresses(text)
    assert len(shown) == len(text)
    for gone in ("camille", "durand", "06 12", "example"):
        assert gone not in shown
    for stays in ("Écrivez à ", " ou à ", " Merci."):
        assert stays in shown


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    who: Name
    handle: Name | None
    body: Text | None
    url: Secret | None
    examples: list[Text]


def test_a_row_is_masked_field_by_field() -> None:
    row = Row(
        "k", "Ann Lee", None, "mail ann@example.org", "https://example.org/@ann", ["ann@example.org: no", "x"]
    )
    assert masked([row]) == [Row("k", "A. L.", None, "mail " + "•" * 15, None, ["•" * 15 + ": no", "x"])]


def test_a_text_does_not_name_who_is_named_beside_it_or_in_another_row() -> None:
    ann = Row("1", "Ann Lee", "ann_lee42", "Hello Bob, the lee side. Annual. Yours, Ann LEE (Ann_Lee42)", None, [])
    bob = Row("2", "Bob", None, "Dear Ann,", None, [])
    assert [row.body for row in masked([ann, bob])] == [
        "Hello •••, the lee side. Annual. Yours, ••• ••• (•••_•••••)", "Dear •••,"
    ]  # fmt: skip


def rows() -> list[tuple[str, type[Any]]]:
    """Every dataclass that a module of the app reads rows into."""
    found = []
    for file in sorted(APP.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "select(" not in text or file.name in {"main.py", "pool.py"}:
            continue
        module = importlib.import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))
        names = {
            node.args[0].id
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "select"
            and node.args and isinstance(node.args[0], ast.Name)
        }  # fmt: skip
        found += [(file.parent.name, vars(module)[name]) for name in sorted(names)]
    return found


def test_no_row_says_who_somebody_is_unmasked() -> None:
    every = rows()
    assert len(every) > 25
    assert all(is_dataclass(row) for _room, row in every)
    bare = {
        f"{room}.{row.__name__}.{field.name}"
        for room, row in every
        for field in fields(row)
        if PERSONAL.match(field.name) and field.name not in masks(row)
    }
    assert bare == OF_NOBODY
