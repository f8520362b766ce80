"""Whether one text is a copy of another: retweets, templates with other names, numbers and links, reposts.

A text's bands are looked up in what was stored before (a database with an index on them); what shares one may be a
copy, and `verify` tells. Method: MinHash with locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import Indel
from rensa import RMinHash

from flows.understand.folding import fold

VERSION = f"1.{RMinHash.ALGORITHM_VERSION}"  # signatures of other versions do not compare
LEAST_WORDS, LEAST_LETTERS = 6, 30  # with fewer people say the same by chance: two thanks are no copies
BANDS, ROWS, SEED = (
    16,
    4,
    20261130,
)  # two texts that share half of their pairs of words meet in a band 64 times in 100
MOST, MOST_WORDS = 20_000, 2000  # characters and words of a text that are compared
# Share of words, in their order, from which on two texts are copies; of short ones more.
ALIKE, ALIKE_SHORT, SHORT = 0.75, 0.9, 12
OPENING = 5  # words that a text and its cut-off copy begin with: one band more
BROKEN_OFF = re.compile(r"(?:…|\.\.\.)\s*(?:https?://\S+\s*)?$")
LEAST_OF_CUT = 15  # words of a beginning that shows no sign of having been cut
CUT_OFF = 0.9  # share of words: a text that breaks off is a copy of its whole

FORWARDED = re.compile(r"^\s*(?:rt\s+@\w+\s*:?|via\s+@\w+\s*:?|fwd?:|tr\s*:)\s*")
LINK = re.compile(r"https?://\S+|www\.\S+|\b[\w.-]{1,60}\.(?:com|fr|net|org|ly|co|io|be)/\S*")
HANDLE = re.compile(r"@\w+")
NUMBER = re.compile(r"\b[^\W\d]*\d\w*")
# The name after a greeting changes from one copy of a template to the next.
GREETED = re.compile(
    r"\b(?:bonjour|bonsoir|salut|hello|hi|hey|dear|cher|chere|m|mr|mme|mrs|ms|monsieur|madame)\.?"
    r" [a-z-]+(?= ?[,!.:])"
)
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Signature:
    """What is stored of a text: numbers of 64 bits with a sign. Texts that share one may be copies."""

    bands: tuple[int, ...]


def words(text: str) -> list[str]:
    """Return a text's words without what copies change: links, names of accounts, numbers, the name greeted."""
    plain = FORWARDED.sub("", fold(text[:MOST]).plain)
    plain = HANDLE.sub(" ", LINK.sub(" ", plain))
    plain = GREETED.sub(" ", plain)
    return WORD.findall(NUMBER.sub(" ", plain))[:MOST_WORDS]


def is_long_enough(own: Sequence[str]) -> bool:
    """Whether words are enough to be a copy of others."""
    return len(own) >= LEAST_WORDS and sum(map(len, own)) >= LEAST_LETTERS


def signatures(texts: Sequence[str]) -> list[Signature | None]:
    """Sign texts; None for one that is too short to be a copy of anything."""
    read = [words(text) for text in texts]
    long = [own for own in read if is_long_enough(own)]
    if not long:
        return [None] * len(read)
    pairs = [[f"{one} {two}" for one, two in pairwise(own)] for own in long]
    rows = RMinHash.digest_matrix_from_token_sets(pairs, BANDS * ROWS, SEED).to_rows()
    bands = _banded(np.array(rows, dtype=np.uint64))
    signed = (Signature((*banded, _hash(own[:OPENING]))) for own, banded in zip(long, bands, strict=True))
    return [next(signed) if is_long_enough(own) else None for own in read]


def signature(text: str) -> Signature | None:
    """Sign one text; many at once are faster."""
    return signatures([text])[0]


def verify(one: str, other: str) -> bool:
    """Whether one text is a copy of the other: nearly the same words in one order, or its cut-off beginning."""
    short, long = sorted((words(one), words(other)), key=len)
    if not is_long_enough(short):
        return False
    least = ALIKE if len(short) >= SHORT else ALIKE_SHORT
    if Indel.normalized_similarity(short, long) >= least:
        return True
    whole = short[:-1]  # the last word may be cut
    is_cut = bool(BROKEN_OFF.search(one) or BROKEN_OFF.search(other))
    if len(whole) < (OPENING if is_cut else LEAST_OF_CUT):
        return False
    return Indel.normalized_similarity(whole, long[: len(whole)]) >= CUT_OFF


def _hash(own: Sequence[str]) -> int:
    return int.from_bytes(
        blake2b(" ".join(own).encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )


def _banded(rows: np.ndarray) -> list[list[int]]:
    """Fold each band's rows, and its number, into one number of 64 bits."""
    grouped = rows.reshape(len(rows), BANDS, ROWS)
    folded = np.broadcast_to(np.arange(1, BANDS + 1, dtype=np.uint64), (len(rows), BANDS)).copy()
    for row in range(ROWS):
        folded = (folded ^ grouped[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        folded ^= folded >> np.uint64(29)
    bands: list[list[int]] = folded.view(np.int64).tolist()
    return bands
