"""Sarcasm is no praise, and praise that sounds like it is: texts of our own that no model was trained on."""

from __future__ import annotations

from pathlib import Path

from flows.understand.analyzer import Text
from flows.understand.models.fast import FastAnalyzer
from tests.understand.conftest import read_csv
from tests.understand.test_material import folded, rows

IRONY = read_csv(Path(__file__).parent / "irony.csv")


def right(sentiment: str) -> float:
    chosen = [row for row in IRONY if row["sentiment"] == sentiment]
    found = FastAnalyzer().analyze([Text(row["text"], language_hint=row["language"]) for row in chosen])
    return sum(one.labels["sentiment"].value == sentiment for one in found) / len(chosen)


def test_what_is_measured_on_is_not_learnt() -> None:
    learnt = {folded(row["text"]) for row in rows("messages")}
    assert [row["text"] for row in IRONY if folded(row["text"]) in learnt] == []


def test_two_thirds_of_sarcasm_and_of_what_only_sounds_like_it_are_told_by_the_fast_speed() -> None:
    assert right("negative") >= 0.65
    assert right("positive") >= 0.65
