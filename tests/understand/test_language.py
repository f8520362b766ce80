"""Languages are told, also of what is short, and nothing is told of nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from flows.understand.language import UNSURE, Languages

LANGUAGES = {"french": "fr", "english": "en", "german": "de", "italian": "it", "spanish": "es", "portuguese": "pt"}


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages(("fr", "en"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("merci", "fr"),
        ("Merci bcp !", "fr"),
        ("svp", "fr"),
        ("bjr tjs rien reçu", "fr"),
        ("thx", "en"),
        ("Thanks", "en"),
        ("pls help", "en"),
        ("OÙ EST MON COLIS", "fr"),
        ("WHERE IS MY PARCEL", "en"),
        ("@Help https://example.org/fr/merci where is it", "en"),
        ("Ich warte seit drei Wochen auf mein Paket und niemand antwortet mir", "de"),
        ("\ud83d bonjour je voudrais un remboursement\x00", "fr"),
    ],
)
def test_short_texts_are_told_by_their_words(languages: Languages, text: str, language: str) -> None:
    assert languages.detect(text).value == language


@pytest.mark.parametrize(
    "text", ["", "  \n", "👍👍🔥", "🙏", "12345 €", "https://example.org/a", "@TilleulAide", "!!! ???"]
)
def test_where_nothing_is_written_the_language_is_unsure(languages: Languages, text: str) -> None:
    told = languages.detect(text)

    assert (told.value, told.probability) == (UNSURE, 0.0)


def test_the_hint_decides_where_the_words_do_not(languages: Languages) -> None:
    assert languages.detect("ok", "fr").value == "fr"
    assert languages.detect("ok", "en").value == "en"
    assert languages.detect("Danke!", "de").value == "de"


@pytest.mark.parametrize("hint", ["es", "ES", "es-MX", "es_ES", "spa", "Spanish", "espagnol"])
def test_a_hint_counts_in_any_of_its_forms(languages: Languages, hint: str) -> None:
    assert languages.detect("Hola", hint) == languages.detect("Hola", "es")
    assert languages.detect("Hola", hint).value == "es"


@pytest.mark.parametrize("hint", ["und", "zxx", "qme", "xx", " ", "see below"])
def test_a_hint_that_is_no_language_is_none(languages: Languages, hint: str) -> None:
    assert languages.detect("top", hint) == languages.detect("top")


def test_a_text_that_begins_with_a_long_link_is_read_behind_it(languages: Languages) -> None:
    text = f"https://example.org/{'a' * 700} Bonjour, où est mon colis ? Je l'attends depuis lundi"

    assert languages.detect(text).value == "fr"


def test_the_hint_does_not_outweigh_a_long_text(languages: Languages) -> None:
    text = "I have been waiting for my refund since the beginning of the month and nobody answers my mails."

    assert languages.detect(text, "fr").value == "en"


def test_who_speaks_another_language_needs_another_list() -> None:
    assert Languages(("nl", "fr")).detect("goed").value == "nl"


def accuracy(languages: Languages, rows: list[tuple[str, str]]) -> float:
    return sum(languages.detect(text).value == language for text, language in rows) / len(rows)


def test_the_projects_messages_are_told(languages: Languages, messages: list[dict[str, str]]) -> None:
    rows = [(row["text"], row["language"]) for row in messages]
    short = [(text, language) for text, language in rows if len(text) < 40]

    assert accuracy(languages, rows) > 0.98
    assert accuracy(languages, short) > 0.92


def test_tweets_of_six_languages_are_told(languages: Languages, data: Path) -> None:
    with (data / "tweets_sentiment" / "tweets.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (row["text"], LANGUAGES[row["lang"]])
            for row in csv.DictReader(file)
            if row["split"] == "val" and row["lang"] in LANGUAGES
        ]

    assert len(rows) == 6 * 324
    assert accuracy(languages, rows) >= 0.95


def test_reviews_are_told(languages: Languages, data: Path) -> None:
    reviews = json.loads((data / "trustpilot_keytrade" / "reviews.json").read_text("utf-8"))

    assert accuracy(languages, [(review["text"], review["language"]) for review in reviews]) >= 0.98


def test_probabilities_mean_what_they_say(languages: Languages, messages: list[dict[str, str]]) -> None:
    told = [(languages.detect(row["text"]), row["language"]) for row in messages]

    mean = sum(label.probability for label, _ in told) / len(told)
    right = sum(label.value == language for label, language in told) / len(told)
    assert abs(mean - right) < 0.02
