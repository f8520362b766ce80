"""Folded texts compare alike, and every stretch of them stands somewhere in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.understand.folding import fold
from flows.understand.phrases import Phrases, longest


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("L’été à l'ÉCOLE", "l'ete a l'ecole"),
        ("cafe\u0301", "cafe"),  # a decomposed é
        ("z\u0302\u0312\u0351al\u0313go", "zalgo"),
        ("cœur de bœuf…", "coeur de boeuf..."),
        ("li\u200bv\u00adraison", "livraison"),  # characters without width
        ("𝓛𝓲𝓿𝓻𝓪𝓲𝓼𝓸𝓷 ＯＫ", "livraison ok"),
        ("İstanbul", "istanbul"),
    ],
)
def test_accents_capitals_and_hidden_characters_make_no_difference(text: str, plain: str) -> None:
    assert fold(text).plain == plain


def test_a_stretch_keeps_its_place_though_characters_were_left_out() -> None:
    text = "un cafe\u0301 au lait"
    folded = fold(text)
    start = folded.plain.index("cafe")

    span = folded.span(start, start + 4)

    assert text[slice(*span)] == "cafe\u0301"


@given(st.text(max_size=80))
def test_every_stretch_stands_in_the_text(text: str) -> None:
    folded = fold(text)

    assert len(folded.words) == len(folded.plain) + 2
    for at in range(len(folded.plain)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start <= end <= len(text)
        assert start < end or folded.places is not None


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("livr*", "Livré hier, les livraisons tardent, délivré", ["Livré", "livraisons"]),
        ("carte* bleue*", "mes cartes bleues et ma carte bleue, la carte rouge", ["cartes bleues", "carte bleue"]),
        (
            "vol * annul*",
            "vol AF12 annulé, vol annulé, vol AF 12 hier annulé, vol de la nuit du lundi annulé",
            ["vol AF12 annulé", "vol annulé", "vol AF 12 hier annulé"],
        ),
        ("point relais", "au point-relais, au point\nrelais", ["point-relais", "point\nrelais"]),
        ("=Free", "Free est free", ["Free"]),
        ("appli", "l'appli, les applis", ["appli"]),
        ("C++", "du C++ ou du c", ["C", "c"]),
        ("", "rien", []),
        ("*", "rien", []),
    ],
)
def test_phrases_are_found_as_people_write_them(phrase: str, text: str, found: list[str]) -> None:
    hits = longest(Phrases([(phrase, "it")]).find(fold(text)))

    assert [text[slice(*hit.span)] for hit in hits] == found


def test_of_overlapping_phrases_the_longest_is_told() -> None:
    phrases = Phrases([("compte", 1), ("compte joint", 2), ("joint", 3)])

    assert [hit.owner for hit in longest(phrases.find(fold("mon compte joint")))] == [2]
