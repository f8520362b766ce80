"""The training material is whole: known labels, each text once, both languages."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pytest

MATERIAL = Path(__file__).parents[2] / "flows" / "understand" / "material"
INTENTS = {"question", "complaint", "request", "idea", "praise", "opinion", "leaving", "reply", "other"}
FLAG = {"yes", "no"}
COMMON = {
    "language": {"en", "fr"},
    "channel": {"tweet", "review", "forum", "mail", "chat", "call", "survey"},
}
LABELS = {
    "messages": COMMON
    | {
        "intent": INTENTS,
        "second_intent": INTENTS | {""},
        "sentiment": {"negative", "neutral", "positive"},
        "answerable": FLAG,
        "journey": {"before", "sale", "after", "unclear"},
        "settled": FLAG,
        "noise": FLAG,
    },
    "replies": COMMON | {"kind": {"answer", "question", "redirect", "holding", "courtesy", "announcement"}},
}


def rows(name: str) -> list[dict[str, str]]:
    with (MATERIAL / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def folded(text: str) -> str:
    """Letters and digits alone, without accents or capitals; what has none stays as it is."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\W+", " ", plain).strip() or text


@pytest.mark.parametrize("name", LABELS)
def test_each_text_stands_once_with_labels_that_are_known(name: str) -> None:
    found = rows(name)

    assert [row for row in found if not row["text"].strip()] == []
    assert [
        (row["text"], label) for row in found for label, known in LABELS[name].items() if row[label] not in known
    ] == []
    assert len({folded(row["text"]) for row in found}) == len(found) > 100
    french = sum(row["language"] == "fr" for row in found)
    assert 0.4 < french / len(found) < 0.6
