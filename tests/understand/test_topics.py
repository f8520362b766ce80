"""Topics are found by the words of the seed, in the language of the text."""

from __future__ import annotations

import re

import pytest

from flows.understand.folding import fold
from flows.understand.profile import Profile, Topic
from flows.understand.topics import MOST, Topics
from tests.understand.conftest import SEEDS, read_csv


@pytest.fixture(scope="module")
def topics(profile: Profile) -> Topics:
    return Topics(profile.topics)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("fr", "Mon colis n'est jamais arrivé", {"delivery"}),
        ("en", "my parcel never arrived", {"delivery"}),
        ("fr", "J'ai été débité deux fois, je veux être remboursée", {"billing", "refund"}),
        ("en", "You charged me twice, I want my money back", {"billing", "refund"}),
        ("fr", "impossible de me connecter, mot de passe refusé", {"account_access"}),
        ("en", "locked out, the app crashes at login", {"account_access", "app_website"}),
        ("fr", "panne de réseau depuis hier", {"outage"}),
        ("en", "they lost my suitcase", {"baggage"}),
        ("en", "how do I cancel my subscription?", {"contract"}),
        ("fr", "quels sont vos horaires ?", {"opening_hours"}),
        ("fr", "le conseiller était très aimable", {"staff"}),
        ("en", "this looks like a scam", {"security"}),
        ("fr", "Il fait beau aujourd'hui", set()),
        ("fr", "J'ai fini mon livre", set()),  # not "livré"
    ],
)
def test_words_tell_topics(topics: Topics, language: str, text: str, found: set[str]) -> None:
    assert {mention.value for mention in topics.find(fold(text), language)} == found


def test_words_of_another_language_do_not_count() -> None:
    topics = Topics([Topic("delay", "fr", ("retard",)), Topic("name", "", ("=Tilleul",))])

    assert [m.value for m in topics.find(fold("retard chez Tilleul"), "en")] == ["name"]
    assert [m.value for m in topics.find(fold("retard chez Tilleul"), None)] == ["delay", "name"]


def test_the_evidence_is_the_words_and_each_topic_is_told_a_few_times(topics: Topics) -> None:
    text = "Livraison en retard. " * 50

    found = [m for m in topics.find(fold(text), "fr") if m.value == "delivery"]

    assert len(found) == MOST
    assert all(text[slice(*m.span)] == "Livraison" for m in found)


def test_the_seed_has_both_languages_and_names_of_every_topic() -> None:
    rows = read_csv(SEEDS / "topics.csv")
    by_language = {lang: {row["topic"] for row in rows if row["language"] == lang} for lang in ("fr", "en")}

    assert by_language["fr"] == by_language["en"]
    assert all(row["label"] and row["words"] and re.fullmatch(r"[a-z0-9_]+", row["topic"]) for row in rows)
    words = [(row["topic"], row["language"], word) for row in rows for word in row["words"].split("|")]
    assert len(words) == len(set(words))
