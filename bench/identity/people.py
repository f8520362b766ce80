"""People of a made-up population: names, families, towns, handles they like, what of it they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.identity.words import SHARES, pools, words
from flows.identify.names import account_name, folded

TOWNS = 400
WORDS = np.array(words("handle", "any"), dtype=object)
BEGIN = ("b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kr", "l", "m", "n", "p", "ph", "qu", "r")
BEGIN += ("s", "sk", "st", "t", "tr", "v", "w", "x", "z")
LETTERS = np.array([a + b for a in BEGIN for b in ("a", "e", "i", "o", "u", "y", "ai", "ou")], dtype=object)


@dataclass
class People:
    """A row a person."""

    language: np.ndarray
    given: np.ndarray
    family: np.ndarray
    second: np.ndarray  # second family name, or ""
    town: np.ndarray
    household: np.ndarray
    handle: np.ndarray  # the one they like best
    born: np.ndarray
    in_family: np.ndarray  # lives with others

    def __len__(self) -> int:
        """Return how many."""
        return len(self.given)


def people(rng: np.random.Generator, size: int) -> People:
    """Make so many."""
    names = pools(rng, size)
    language = rng.choice(list(SHARES), size=size, p=list(SHARES.values()))
    given, family = np.empty(size, dtype=object), np.empty(size, dtype=object)
    for spoken, (first, last) in names.items():
        who = np.flatnonzero(language == spoken)
        given[who], family[who] = first.draw(rng, len(who)), last.draw(rng, len(who))
    second = np.full(size, "", dtype=object)
    two = (rng.random(size) < 0.03) | ((language == "es") & (rng.random(size) < 0.6))
    second[two] = family[rng.permutation(np.flatnonzero(two))]
    town = np.minimum(rng.zipf(1.4, size), TOWNS)
    # Neighbours in the list live together: two to four in three of ten homes, most of one family name and language.
    home = np.cumsum(rng.random(size) < 0.78)
    begins = np.searchsorted(home, home)
    alike = (rng.random(size) < 0.8) & (home - home.min() > 0)
    family[alike], second[alike] = family[begins[alike]], second[begins[alike]]
    town, language = town[begins], np.where(alike, language[begins], language)
    crowd = np.bincount(home)[home] > 1
    born = rng.integers(1940, 2010, size)
    handle = handles(rng, given, family, born)
    return People(language, given, family, second, town, home, handle, born, crowd)


def handles(rng: np.random.Generator, given: np.ndarray, family: np.ndarray, born: np.ndarray) -> np.ndarray:
    """A handle for each: of the name, of words, invented, or short and popular."""
    size = len(given)
    kind, way, digits = rng.random(size), rng.integers(0, 6, size), rng.random(size)
    number, word = rng.integers(0, 1000, size), rng.integers(0, len(WORDS), (size, 2))
    popular = np.minimum(rng.zipf(1.3, size), len(WORDS)) - 1
    made = rng.integers(0, len(LETTERS), (size, 5))
    found = np.empty(size, dtype=object)
    for n in range(size):
        first, last = account_name(given[n]), account_name(family[n])
        if kind[n] < 0.42:
            text = (
                first + last,
                f"{first}.{last}",
                first[:1] + last,
                f"{first}_{last}",
                last + first,
                f"{first}{last[:1]}",
            )[way[n]]
        elif kind[n] < 0.68:
            text = WORDS[popular[n]] + WORDS[word[n, 1]]
        elif kind[n] < 0.9:
            text = "".join(LETTERS[made[n, : 3 + way[n] % 3]])
        else:
            text = first if way[n] < 3 else WORDS[popular[n]]
        if digits[n] < 0.15:
            text += str(born[n] % 100).zfill(2)
        elif digits[n] < 0.25:
            text += str(born[n])
        elif digits[n] < 0.4:
            text += str(number[n] % (100 if way[n] < 4 else 1000))
        found[n] = text if text.isascii() and len(text) > 2 else folded(text) or f"user{number[n]}{n % 97}"
    return found


def changed(name: str, slip: int) -> str:
    """A name with a slip: a letter doubled, or one left out."""
    at = 1 + slip // 2 % max(1, len(name) - 2)
    return name[:at] + name[at - 1] + name[at:] if slip % 2 else name[:at] + name[at + 1 :]
