"""Names of people and of accounts as they are compared: without accents, titles and particles; bare letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from flows.identify.contract import Bools, Ints
from flows.identify.material import lines

MOST_WORDS = 5  # of a name that are compared
LONGEST = 80  # characters of a display name that are read: the rest is decoration
WORD = re.compile(r"[^\W\d_]+")
NO_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
NO_LETTER = re.compile(r"[\W\d_]+")
OTHER_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})


@cache
def _left_out() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(lines("titles.txt")), frozenset(lines("particles.txt"))


@cache
def _short_forms() -> dict[str, str]:
    """A short form → the name that it is of, where it is of one only."""
    return {short: line.split()[0] for line in lines("short_forms.txt") for short in line.split()[1:]}


@cache
def short_forms_of() -> dict[str, tuple[str, ...]]:
    """A name → the short forms that stand for it."""
    found: dict[str, tuple[str, ...]] = {}
    for short, name in _short_forms().items():
        found[name] = (*found.get(name, ()), short)
    return found


def folded(text: str) -> str:
    """Small letters without accents or other marks."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c) and c != "ـ").translate(OTHER_LETTERS)


def compounds_of(name: str) -> frozenset[str]:
    """The words of a name that a hyphen joins with another."""
    if "-" not in name:
        return frozenset()
    pieces = (WORD.findall(piece) for piece in folded(name[:LONGEST]).replace("'", "").split() if "-" in piece)
    return frozenset(word for words in pieces if len(words) > 1 for word in words)


@lru_cache(maxsize=1 << 17)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a person's name in their order, short forms written out; nothing of an address."""
    if "@" in name:
        return ()
    (titles, particles), short = _left_out(), _short_forms()
    found = WORD.findall(folded(name[:LONGEST]).replace("'", "").replace("’", ""))
    # A particle stands between words: Lê is a family name, `Jean le Grand` is not called le.
    kept = [
        short.get(word, word)
        for n, word in enumerate(w for w in found if w not in titles)
        if word not in particles or n == 0 or word == found[-1]
    ]
    return tuple(dict.fromkeys(kept or found))[:MOST_WORDS]


def name_key(name: str) -> str:
    """A name whichever way round."""
    return " ".join(sorted(words_of(name)))


def account_name(handle: str) -> str:
    """A handle without case, accents and separators: what stays the same where sites allow other characters."""
    local = handle.lstrip("@").partition("@")[0]
    local = local.lower() if local.isascii() else folded(local)
    return local if local.isalnum() else NO_LETTER_OR_DIGIT.sub("", local)


def stem(handle: str) -> str:
    """The letters of a handle."""
    bare = account_name(handle)
    return bare if bare.isalpha() else NO_LETTER.sub("", bare)


def is_a_persons(name: str) -> bool:
    """Whether a display name can be a person's: two words at least, with a space; one word may be a pseudonym."""
    return _are_a_persons(words_of(name), name)


def _are_a_persons(words: Sequence[str], name: str) -> bool:
    return len(words) >= 2 and " " in name.strip() and any(len(word) > 1 for word in words)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of many names as numbers, a row a name: `code` 0 where there is no word."""

    text: npt.NDArray[np.object_]
    code: Ints
    initial: Ints  # number of the first letter
    is_initial: Bools  # the word is one letter
    count: Ints
    named: Bools  # a person's name, not a pseudonym
    joined: Bools  # the word is one of several that a hyphen joins

    @classmethod
    def of(cls, names: Sequence[str]) -> Words:
        """Read names, each once: `numbered` says which row a node's name is."""
        size = len(names)
        text = np.full((size, MOST_WORDS), "", dtype=object)
        code = np.zeros((size, MOST_WORDS), dtype=np.int64)
        initial = np.zeros((size, MOST_WORDS), dtype=np.int64)
        is_initial = np.zeros((size, MOST_WORDS), dtype=np.bool_)
        named = np.zeros(size, dtype=np.bool_)
        joined = np.zeros((size, MOST_WORDS), dtype=np.bool_)
        numbers: dict[str, int] = {}
        for row, name in enumerate(names):
            if not name:
                continue
            of_name = words_of(name)
            named[row] = _are_a_persons(of_name, name)
            for column, word in enumerate(of_name):
                text[row, column] = word
                code[row, column] = numbers.setdefault(word, len(numbers) + 1)
                initial[row, column] = ord(word[0])
                is_initial[row, column] = len(word) == 1
            if "-" in name:
                compounds = compounds_of(name)
                joined[row, : len(of_name)] = [word in compounds for word in of_name]
        return cls(text, code, initial, is_initial, (code > 0).sum(axis=1), named, joined)


def numbered(texts: Sequence[str]) -> tuple[Ints, list[str]]:
    """Each text's number, and the different texts in the order of their numbers; the empty one is 0."""
    different = list(dict.fromkeys(chain([""], texts)))
    numbers = dict(zip(different, range(len(different)), strict=True))
    return np.fromiter(map(numbers.__getitem__, texts), dtype=np.int64, count=len(texts)), different
