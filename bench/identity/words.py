"""What names and handles of made-up people are made of, by the language of the people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SHARES = {"fr": 0.42, "en": 0.33, "ar": 0.1, "vi": 0.06, "es": 0.09}


def words(kind: str, language: str) -> list[str]:
    """The words of a kind, frequent ones first."""
    lines = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
    begins = f"{kind} {language} "
    return [word for line in lines if line.startswith(begins) for word in line.removeprefix(begins).split()]


class Pool:
    """Words drawn by rank, the first ones often."""

    def __init__(self, words: list[str], steep: float) -> None:
        """Weigh the words by Zipf's law."""
        self.words = np.array(words, dtype=object)
        weights = 1 / (np.arange(len(words)) + 2.7) ** steep
        self.cumulated = np.cumsum(weights / weights.sum())

    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Draw some."""
        return self.words[np.minimum(np.searchsorted(self.cumulated, rng.random(size)), len(self.words) - 1)]


def pools(rng: np.random.Generator, people: int) -> dict[str, tuple[Pool, Pool]]:
    """Given and family names of each language: frequent ones, then a tail that grows with the population."""
    found = {}
    for language, share in SHARES.items():
        syllables = words("syllables", language)
        tail = int(min(60_000, 200 + people * share / 3)) if language != "vi" else 10
        made = rng.integers(0, len(syllables), (tail, 3))
        two = rng.random(tail) < 0.35
        families = [
            "".join(syllables[s] for s in (row[:2] if t else row)).capitalize()
            for row, t in zip(made, two, strict=True)
        ]
        more = ["".join(syllables[s] for s in row).capitalize() for row in rng.integers(0, len(syllables), (60, 2))]
        found[language] = (
            Pool(words("given", language) + list(dict.fromkeys(more)), 0.9),
            Pool(words("family", language) + list(dict.fromkeys(families)), 0.75 if language != "vi" else 1.1),
        )
    return found
