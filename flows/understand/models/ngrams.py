"""Texts to hashed n-grams, a batch at a time in numpy: each n-gram knows its text and where in it it stands.

A library's hashing of n-grams loops over characters in Python (about 5,000 tweets a second) and forgets where an
n-gram stood, which the evidence needs; this does about ten times as many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.understand.models import letters

READ_CHARACTERS = 4000  # of a text; what a writer wants is said by then, and time stays bounded
BITS = 17  # of a hash: rows of the student's table
CHARACTERS = (2, 3, 4, 5)  # lengths of n-grams of characters; of words: 1 and 2

_MARKS = re.compile(
    r"(?P<address>(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+)|(?P<link>https?(?:://\S*|\b)|www\.\S+)|(?P<person>@\w+)"
    r"|(?P<number>\d{3,})|(?P<tag><[/a-zA-Z!][^<>]{0,200}>)"
)
# Whom a text is to and what it links to say nothing of what it wants: both read as a space, as tags do.
_MARK_CODES = {"address": letters.ADDRESS, "number": letters.NUMBER}  # fmt: skip
_POWERS = (np.random.default_rng(20261130).integers(1, 2**32, size=64, dtype=np.uint32)) | np.uint32(1)
_STEP, _MIX, _PAIR = np.uint32(0x01000193), np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)

Ints = NDArray[np.int64]
Codes = letters.Codes


@dataclass(frozen=True, slots=True)
class Block:
    """N-grams of one kind, those of a text together and in the order of the texts."""

    rows: Ints  # of the student's table
    owners: Ints  # the text
    words: Ints  # the word it stands in, an index of `Grams.word_owners`


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a batch, and where its words stand."""

    blocks: tuple[Block, ...]
    sizes: NDArray[np.float32]  # n-grams of each text
    word_owners: Ints
    word_starts: Ints  # characters of the text
    word_ends: Ints  # at most the start for what is no word: the edges of a text


def read(texts: Sequence[str]) -> Grams:
    """All n-grams of all texts. Takes any string: lone surrogates, control characters, none at all."""
    cut = [text[:READ_CHARACTERS] for text in texts]
    lengths = np.fromiter(map(len, cut), dtype=np.int64, count=len(cut)) + 2  # an edge on either side
    firsts = np.cumsum(lengths) - lengths
    codes, places = _fold("".join(f"\n{text}\n" for text in cut), firsts, firsts + lengths - 1)
    owners = np.repeat(np.arange(len(cut)), lengths)[places]
    kinds = letters.kinds()[codes]
    starts = _word_starts(kinds)
    word_owners = owners[starts]
    word_of = np.cumsum(np.bincount(starts, minlength=len(codes))) - 1
    blocks = (*_word_grams(codes, kinds, starts, word_of, word_owners), *_character_grams(codes, owners, word_of))
    sizes = np.zeros(len(cut), dtype=np.float32)
    for block in blocks:
        sizes += np.bincount(block.owners, minlength=len(cut))
    inked = np.where(kinds != letters.SPACE, np.arange(len(codes)), 0)
    last = np.maximum.reduceat(inked, starts) if len(starts) else starts
    origins = firsts[word_owners] + 1  # the place of the text's own first character
    ends = np.append(places, len(owners))[last + 1]  # what was dropped after a word's last letter belongs to it
    ends[codes[starts] == letters.EDGE] = 0  # an edge is no word
    return Grams(blocks, sizes, word_owners, places[starts] - origins, ends - origins)


def _fold(joined: str, starts: Ints, ends: Ints) -> tuple[Codes, Ints]:
    """What is read of the characters, and at which place of `joined` each stands."""
    codes = letters.folds()[np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)]
    for mark in _MARKS.finditer(joined):
        first, beyond = mark.span()
        codes[first] = _MARK_CODES.get(str(mark.lastgroup), ord(" "))
        codes[first + 1 : beyond] = letters.DROPPED
    codes[starts] = codes[ends] = letters.EDGE
    places = np.flatnonzero(codes)
    codes = codes[places]
    keep = np.ones(len(codes), dtype=bool)
    kinds = letters.kinds()[codes]
    again = np.zeros(len(codes), dtype=bool)  # same as the one before
    again[1:] = (codes[1:] == codes[:-1]) & (codes[1:] != letters.EDGE)
    thrice = again.copy()
    thrice[1:] &= again[:-1]  # third or later of a run: "sooo" is so, "!!!!" is !!
    keep[thrice] = False
    letter = np.flatnonzero(thrice & (kinds == letters.LETTER))
    keep[letter - 1] = False
    keep[again & (kinds == letters.SPACE)] = False
    return codes[keep], places[keep]


def _word_starts(kinds: NDArray[np.uint8]) -> Ints:
    """Where words start: a run of letters is one, each other sign is one."""
    is_start = kinds == letters.SIGN
    is_letter = kinds == letters.LETTER
    is_start[1:] |= is_letter[1:] & ~is_letter[:-1]
    return np.flatnonzero(is_start)


def _word_grams(
    codes: Codes, kinds: NDArray[np.uint8], starts: Ints, word_of: Ints, owners: Ints
) -> Iterator[Block]:
    if not len(starts):
        return
    depth = np.minimum(np.arange(len(codes)) - starts[word_of], len(_POWERS) - 1)
    inked = np.where(kinds != letters.SPACE, codes, 0) * _POWERS[depth]
    words = np.add.reduceat(inked, starts, dtype=np.uint32)
    numbers = np.arange(len(starts))
    yield Block(_rows(words), owners, numbers)
    same = np.flatnonzero(owners[1:] == owners[:-1])
    yield Block(_rows(words[:-1][same] * _PAIR + words[1:][same]), owners[same], numbers[same])


def _character_grams(codes: Codes, owners: Ints, word_of: Ints) -> Iterator[Block]:
    hashes = codes * _MIX
    for length in range(2, max(CHARACTERS) + 1):
        hashes = hashes[:-1] * _STEP + codes[length - 1 :]
        if length in CHARACTERS:
            same = np.flatnonzero(owners[: len(hashes)] == owners[length - 1 :])
            yield Block(_rows(hashes[same] + np.uint32(length)), owners[same], word_of[same + length // 2])


def _rows(hashes: Codes) -> Ints:
    mixed = hashes ^ (hashes >> np.uint32(15))
    mixed = mixed * _MIX
    mixed = (mixed ^ (mixed >> np.uint32(13))) * _PAIR
    rows: Ints = (mixed >> np.uint32(32 - BITS)).astype(np.int64)
    return rows
