"""Copies are found by their bands and verified; what two people say alike is none."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.understand.copies import is_long_enough, signature, signatures, verify, words

NAMES = ("Marie", "Paul", "Ahmed", "Sarah", "Kevin", "Julie")
Change = Callable[[str, random.Random], str]


def renamed(text: str, rng: random.Random) -> str:
    own = text.split()
    own.insert(rng.randrange(len(own)), rng.choice(NAMES))
    return f"Bonjour {rng.choice(NAMES)}, {' '.join(own)}"


def mistyped(text: str, rng: random.Random) -> str:
    own = text.split()
    for at in rng.sample(range(len(own)), max(1, len(own) // 10)):
        own[at] = own[at][:-1] + rng.choice("abcdefgh")
    return " ".join(own)


CHANGES: dict[str, Change] = {
    "retweet": lambda text, rng: f"RT @{rng.choice(NAMES)}: {text}",
    "cut-off retweet": lambda text, rng: f"RT @{rng.choice(NAMES)}: {text}"[: max(100, int(len(text) * 0.7))] + "…",
    "other link": lambda text, rng: re.sub(r"https?://\S+", "", text) + f" https://t.co/{rng.randrange(10**9)}",
    "other numbers": lambda text, rng: (
        re.sub(r"\d+", lambda _: str(rng.randrange(10**6)), text) + f" {rng.random()}"
    ),
    "other names": renamed,
    "shouted": lambda text, rng: text.upper().replace(",", " ").replace(".", "!!!"),
    "with a tail": lambda text, rng: f"{text} #{rng.choice(NAMES)} svp !!!",
    "mistyped": mistyped,
}


@pytest.fixture(scope="module")
def real(data: Path) -> list[str]:
    """Distinct real texts that are long enough to be copied."""
    texts: list[str] = []
    for file, column in (("twcs/twcs_two_sided.csv", "text"), ("free_tweets_fr/tweets.csv", "text")):
        with (data / file).open(encoding="utf-8", newline="") as opened:
            texts += [row[column] for row in csv.DictReader(opened)]
    texts += [row["text"] for row in json.loads((data / "trustpilot_keytrade" / "reviews.json").read_text("utf-8"))]
    distinct = {" ".join(own): text for text in texts if len(own := words(text)) >= 9 and is_long_enough(own)}
    return sorted(distinct.values())


@pytest.mark.parametrize("kind", CHANGES)
def test_copies_of_every_kind_are_found_and_verified(real: list[str], kind: str) -> None:
    rng = random.Random(4)
    originals = rng.sample(real, 500)
    copies = [CHANGES[kind](text, rng) for text in originals]

    pairs = zip(signatures(originals), signatures(copies), originals, copies, strict=True)
    found = sum(
        bool(one and two and set(one.bands) & set(two.bands) and verify(text, copy))
        for one, two, text, copy in pairs
    )

    assert found / 500 >= 0.93


def pairs_by_bands(texts: list[str]) -> set[tuple[int, int]]:
    by_band: dict[int, list[int]] = defaultdict(list)
    for at, signed in enumerate(signatures(texts)):
        for band in signed.bands if signed else ():
            by_band[band].append(at)
    return {(a, b) for own in by_band.values() for a in own for b in own if a < b}


def test_messages_that_were_all_written_by_hand_are_no_copies(messages: list[dict[str, str]]) -> None:
    texts = [row["text"] for row in messages]

    candidates = pairs_by_bands(texts)

    assert len(candidates) < len(texts) / 10  # what a database hands over to be verified
    assert [(texts[a], texts[b]) for a, b in candidates if verify(texts[a], texts[b])] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("merci beaucoup", "merci beaucoup"),
        ("Merci, bonne journée à vous", "merci bonne journée à vous !"),
        ("Thanks for the quick reply!", "Thanks for the quick reply"),
        (
            "Bonjour je n'ai plus internet",
            "Bonjour je n'ai plus internet depuis hier soir, c'est la troisième fois ce mois-ci",
        ),
        ("👍👍👍👍👍👍👍👍", "👍👍👍👍👍👍👍👍"),
        ("", ""),
    ],
)
def test_what_people_say_alike_is_no_copy(one: str, other: str) -> None:
    assert not verify(one, other)


def test_a_short_text_has_no_signature() -> None:
    assert signatures(["merci", "Commandé deux chaises bleues chez vous hier matin, reçu trois tables"])[0] is None
    assert signature("merci") is None


def test_signatures_are_the_same_everywhere_and_fit_a_database() -> None:
    signed = signature("Commandé deux chaises bleues chez vous hier matin, reçu trois tables vertes")

    assert signed is not None
    assert len(signed.bands) == 17
    assert all(-(2**63) <= number < 2**63 for number in signed.bands)
    # Stored signatures of this version stay comparable.
    assert (signed.bands[0], signed.bands[-1]) == (8887890360971787624, 5453556792255820092)


def test_equal_words_have_equal_signatures_whatever_links_names_and_numbers() -> None:
    one = signature("@Tilleul commande 5521 jamais reçue, encore une semaine de perdue https://example.org/a")
    two = signature("RT @ann: @Tilleul commande 99 jamais reçue, ENCORE une semaine de perdue !")

    assert one is not None and two is not None
    assert one == two
