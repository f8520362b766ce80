"""What many write about and no declared topic names: dense places among vectors of texts, and what to call them.

Each text looks for its neighbours; where they are most, a theme has its middle, which moves to the mean of who is
near until it rests. Its texts are taken out and the next is looked for. A theme is told by words that its texts
have and others do not; what no such words hold together is a mood, not a theme.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from flows.understand.folding import fold
from flows.understand.lists import read

if TYPE_CHECKING:
    from flows.understand.models.encoder.package import Floats

NEAR = 0.35  # product of two texts that speak of the same
OF_MIDDLE = 0.45  # and of a text and the middle of its theme, which is nearer to all
STEPS = 5  # in which a middle comes to rest
LEAST = 12  # texts of a theme
ACCOUNTS = 5  # who wrote them, at least
BLOCK = 1000
WORD = re.compile(r"[^\W\d_]{3,}")
PERSON = re.compile(r"@\w+|https?://\S+|www\.\S+")
TELLING = 8  # words kept of a theme and language
OFTENER = 4.0  # a telling word is so much oftener in the theme than elsewhere
BY = 3  # accounts that a telling word is of: nobody's own words are shown
HELD = 0.5  # share of the texts that a telling word stands in
NAMED_BY, BETWEEN = 3, " · "


@dataclass(frozen=True, slots=True)
class Writing:
    """A text that no topic names: who wrote it, and in which language."""

    text: str
    account: str
    language: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Numbers of texts, the nearest to the middle first, how near each is, and telling words by language."""

    members: list[int]
    likeness: list[float]
    words: dict[str, list[str]]

    @property
    def name(self) -> str:
        """The words that tell most, of each language in turn, the one that most of it is in first."""
        found: dict[str, set[str]] = {}
        for word in (word for turn in zip_longest(*self.words.values()) for word in turn if word):
            parts = {part.rstrip("sx") for part in word.split()}
            if not any(parts & others for others in found.values()):
                found[word] = parts
        return BETWEEN.join(list(found)[:NAMED_BY])


def find(vectors: Floats, writings: Sequence[Writing]) -> list[Theme]:
    """Themes in texts and their vectors, one row each; the densest first."""
    holding = [frozenset(terms(writing.text)) for writing in writings]
    everywhere = Counter(term for held in holding for term in held)
    found = []
    for members, likeness in _dense(vectors):
        if len({writings[number].account for number in members}) < ACCOUNTS:
            continue
        words = _telling(members, writings, holding, everywhere)
        told = {word for of in words.values() for word in of}
        held = sum(1 for number in members if holding[number] & told)
        theme = Theme(members, likeness, words)
        if held >= HELD * len(members) and BETWEEN in theme.name:  # one word alone is too little to tell
            found.append(theme)
    return found


def _dense(vectors: Floats) -> Iterator[tuple[list[int], list[float]]]:
    """Members of each dense place, the nearest first, and how near: where neighbours are most first."""
    import numpy as np

    count = np.concatenate([
        (vectors[first : first + BLOCK] @ vectors.T >= NEAR).sum(axis=1) for first in range(0, len(vectors), BLOCK)
    ]) if len(vectors) else np.zeros(0, dtype=int)  # fmt: skip
    free = np.ones(len(vectors), dtype=bool)
    while True:
        left = np.where(free, count, 0)
        if not left.size or left.max() < LEAST:
            return
        first = int(left.argmax())
        middle, least = vectors[first], NEAR
        for _ in range(STEPS):
            near = free & (vectors @ middle >= least)
            if not near.any():
                break
            mean = vectors[near].mean(axis=0)
            middle, least = mean / max(float(np.linalg.norm(mean)), 1e-9), OF_MIDDLE
        likeness = np.where(free, vectors @ middle, -1)
        chosen = np.flatnonzero(likeness >= OF_MIDDLE)
        chosen = chosen[np.argsort(-likeness[chosen], kind="stable")]
        free[chosen] = free[first] = False
        if len(chosen) >= LEAST:
            count -= (vectors @ vectors[chosen].T >= NEAR).sum(axis=1)
            yield chosen.tolist(), likeness[chosen].tolist()


def terms(text: str) -> Iterator[str]:
    """Words that may tell a theme, folded, and pairs of them between which only others stand."""
    before = ""
    for word in WORD.findall(fold(PERSON.sub(" ", text)).plain):
        if word in _silent():
            continue
        yield word
        if before:
            yield f"{before} {word}"
        before = word


@cache
def _lists() -> dict[str, str]:
    """Silent words by language: where they are not known, those that tell are not either."""
    return read("themes")


@cache
def _silent() -> frozenset[str]:
    return frozenset(word for words in _lists().values() for word in words.split())


def _telling(
    members: Sequence[int],
    writings: Sequence[Writing],
    holding: Sequence[Collection[str]],
    everywhere: Counter[str],
) -> dict[str, list[str]]:
    """Words that the texts of a theme have and others have not, by language, those that tell most first."""
    words: dict[str, list[str]] = {}
    languages = Counter(spoken for number in members if (spoken := writings[number].language) in _lists())
    for language, texts in languages.most_common():
        own = [number for number in members if writings[number].language == language]
        inside = Counter(term for number in own for term in holding[number])
        all_inside = Counter(term for number in members for term in holding[number])
        by: dict[str, set[str]] = {}
        for number in own:
            for term in holding[number]:
                by.setdefault(term, set()).add(writings[number].account)
        weights = {}
        for term, times in inside.items():
            share = times / texts
            elsewhere = (everywhere[term] - all_inside[term] + 0.5) / (len(writings) - len(members) + 1)
            if len(by[term]) >= BY and share >= OFTENER * elsewhere:
                weights[term] = share * math.log(share / elsewhere)
        ordered = sorted(weights, key=lambda term: (-weights[term], term))
        if ordered:
            words[language] = ordered[:TELLING]
    return words
