"""The fast analyser: an answer to every text, the same one each time, with words that prove it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Text
from flows.understand.models import ngrams
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.tasks import VALUES

ODD = [
    "", " ", "\n\n", "😡", "😡😡😡👍🏽", "\x00", "\ud800", "a\udfffb", "Z̸̢̛a̵l̷g̶o̴" * 50, "مرحبا أين طلبي؟", "שלום",
    "<p>Bonjour</p>", "<script>alert(1)</script>", "@", "http", "https://", "aaaaaaaaaa", "?" * 5000, "x" * 100_000,
    "colis perdu " * 9000, "\ue000\ue001\ue002", "𝓗𝓮𝓵𝓹 𝓶𝓮", "ﷺ", "\u202eolleh", "1234567890" * 100, "a@b.co" * 100,
]  # fmt: skip


@pytest.fixture(scope="module")
def analyzer() -> FastAnalyzer:
    return FastAnalyzer()


def test_a_text_without_spaces_takes_no_longer_than_one_of_words() -> None:
    """Looked for from each of its letters, an address takes time that grows with the square of a text's length."""
    before = time.process_time()
    ngrams.read(["a" * ngrams.READ_CHARACTERS] * 256)

    assert time.process_time() - before < 5


def test_each_text_gets_the_labels_of_its_side(analyzer: FastAnalyzer) -> None:
    customer, company = analyzer.analyze(
        [Text("Où est mon colis ?"), Text("Bonjour, écrivez-nous en privé.", True)]
    )
    assert tuple(customer.labels) == CUSTOMER_TASKS
    assert tuple(company.labels) == COMPANY_TASKS
    for task, label in (customer.labels | company.labels).items():
        assert label.value in VALUES[task]
        assert 1 / len(VALUES[task]) <= label.probability <= 1


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:12]))
def test_odd_texts_get_an_answer(analyzer: FastAnalyzer, text: str) -> None:
    for is_company in (False, True):
        (found,) = analyzer.analyze([Text(text, is_company)])
        for label in found.labels.values():
            assert np.isfinite(label.probability)
            assert all(0 <= start < end <= len(text) for start, end in label.evidence)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=300), max_size=50))
def test_any_texts_get_an_answer_each_and_none_changes_anothers(texts: list[str]) -> None:
    analyzer = FastAnalyzer()
    together = analyzer.analyze([Text(text) for text in texts])
    assert len(together) == len(texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = analyzer.analyze([Text(text)])
        for task, label in found.labels.items():
            assert label.probability == pytest.approx(alone.labels[task].probability, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "task", "value", "telling"),
    [
        ("Merci beaucoup, tout est réglé, problème résolu !", "settled", "yes", {"réglé", "résolu"}),
        (
            "Service client lamentable, c'est une honte, je suis furieux",
            "sentiment",
            "negative",
            {"lamentable", "honte", "furieux"},
        ),
        ("The new app is brilliant, thank you so much, I love it", "sentiment", "positive", {"love", "brilliant"}),
        (
            "Toujours pas de réseau depuis trois jours, inadmissible !",
            "intent",
            "complaint",
            {"Toujours", "inadmissible"},
        ),
    ],
)
def test_evidence_is_the_words_that_say_it(
    analyzer: FastAnalyzer, text: str, task: str, value: str, telling: set[str]
) -> None:
    (found,) = analyzer.analyze([Text(text)])
    label = found.labels[task]
    assert label.value == value
    words = set(" ".join(text[start:end] for start, end in label.evidence).split())
    assert words & telling
    assert not words & {"c", "est", "une", "je", "suis", "the", "is", "you", "I", "it", "de", "pas de"}
    assert len(label.evidence) <= 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("génial", "GENIAL"),
        ("trooooop bien", "trop bien"),
        ("cœur", "cœur\u200d"),
        ("see https://a.example/b", "see https://other.example/c?d=e"),
        ("@anna help", "@bob help"),
        ("l'appli", "l’appli"),
        ("order 123456", "order 98765"),
    ],
)
def test_spellings_of_one_thing_read_alike(one: str, other: str) -> None:
    def rows(text: str) -> list[int]:
        return sorted(int(row) for block in ngrams.read([text]).blocks for row in block.rows)

    assert rows(one) == rows(other)


def test_very_long_texts_are_read_to_a_bound() -> None:
    start = "colis perdu " * 1000
    (short,), (long,) = ngrams.read([start]).sizes, ngrams.read([start * 100]).sizes
    assert short == long <= ngrams.READ_CHARACTERS * 6


def test_the_version_names_the_weights(analyzer: FastAnalyzer) -> None:
    assert analyzer.name == "fast"
    assert analyzer.version == FastAnalyzer().version
    assert len(analyzer.version) >= 8
