"""Themes are dense places among texts that words of their own hold together; what is rare or a mood is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flows.understand import themes
from flows.understand.meaning import without
from flows.understand.themes import Writing, find, terms
from flows.understand.training.meaning import learn

Made = tuple[list[Any], list[Writing]]
WIDTH = 256


def made(*groups: tuple[int, str], seed: int = 7, accounts: int = 1000) -> Made:
    """Texts of each group near one direction; a group without a direction of its own is spread."""
    draw = np.random.default_rng(seed)
    vectors, writings = [], []
    for group, (count, text) in enumerate(groups):
        middle = draw.normal(size=WIDTH)
        middle /= np.linalg.norm(middle)
        for number in range(count):
            noise = draw.normal(size=WIDTH)
            noise /= np.linalg.norm(noise)
            vector = noise if not text else middle + 0.6 * noise
            vectors.append(vector / np.linalg.norm(vector))
            writings.append(Writing(text or f"rien du tout {number}", f"a{group}-{number % accounts}", "fr"))
    return vectors, writings


def found(made: Made) -> list[tuple[str, int]]:
    vectors, writings = made
    return [(theme.name, len(theme.members)) for theme in find(np.array(vectors, dtype=np.float32), writings)]


def test_what_many_write_about_is_found_and_named_by_its_words() -> None:
    given = made((40, "La borne de recharge est occupée"), (25, "The lockers at the station are full"), (200, ""))
    names = dict(found(given))
    assert [(name.split(" · ")[0], count >= 20) for name, count in names.items()] == [
        ("borne", True), ("lockers", True)
    ]  # fmt: skip


def test_few_texts_few_writers_and_a_mood_without_words_are_no_theme() -> None:
    assert found(made((themes.LEAST - 1, "La borne de recharge est occupée"), (200, ""))) == []
    assert found(made((40, "La borne de recharge est occupée"), (200, ""), accounts=themes.ACCOUNTS - 1)) == []
    assert found(made((40, "C'est vraiment nul, merci beaucoup"), (200, ""))) == []


def test_words_of_a_language_without_a_list_of_silent_ones_tell_nothing() -> None:
    vectors, writings = made((40, "Het heeft geen zin"), (200, ""))
    dutch = [Writing(each.text, each.account, "nl") for each in writings]
    assert found((vectors, dutch)) == []


def test_without_texts_there_is_nothing_to_find() -> None:
    assert find(np.zeros((0, WIDTH), dtype=np.float32), []) == []


def test_the_same_texts_give_the_same_themes_in_whatever_order() -> None:
    vectors, writings = made((40, "La borne de recharge est occupée"), (30, "Le casier est plein"), (100, ""))
    order = np.random.default_rng(1).permutation(len(vectors)).tolist()
    again = [vectors[n] for n in order], [writings[n] for n in order]
    assert sorted(found((vectors, writings))) == sorted(found(again))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@shop Les bornes de RECHARGE !", ["bornes", "bornes recharge", "recharge"]),
        ("Élan, élan https://x.example/a1", ["elan", "elan", "elan elan"]),
        ("thanks a lot", []),
    ],
)
def test_words_are_folded_and_those_of_grammar_are_left_out(text: str, told: list[str]) -> None:
    assert sorted(terms(text)) == told


def test_what_is_taken_out_of_vectors_is_at_right_angles_and_gone() -> None:
    draw = np.random.default_rng(3)
    vectors = draw.normal(size=(60, WIDTH)).astype(np.float32)
    directions = learn(vectors, np.arange(60) % 2 == 0).astype(np.float32)
    assert np.allclose(directions @ directions.T, np.eye(len(directions)), atol=1e-4)
    rest = without(vectors, directions)
    assert np.allclose(rest @ directions.T, 0, atol=1e-5)
    assert np.allclose(np.linalg.norm(rest, axis=1), 1, atol=1e-5)
