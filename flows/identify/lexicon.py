"""What handles and names of this installation are often made of: learnt in a full run, kept for later ones.

A run on a part of the nodes uses the lexicon of the last full run, so that it scores as that did. Without one
(EMPTY) the shipped lists alone say what is frequent.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log2

import numpy as np
import numpy.typing as npt

from flows.identify.contract import Bools, Ints, Kind, Nodes, Values
from flows.identify.letters import LONGEST, numbered
from flows.identify.names import NO_LETTER, is_a_persons, stem, words_of

SAMPLE = 1 << 18  # handles and names that are read: more of them say the same
LEAST = 3  # letters of a piece
FREQUENT = 4  # different handles, or names, that a piece is part of before it is kept
Bits = npt.NDArray[np.float32]
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Pieces that handles begin and end with, and words of names, with their bits."""

    begin: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # hashes, ascending
    begin_bits: Bits = field(default_factory=lambda: np.zeros(0, np.float32))
    end: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    end_bits: Bits = field(default_factory=lambda: np.zeros(0, np.float32))
    words: dict[str, float] = field(default_factory=dict)
    rarest: float = 0.0  # bits of a word of a name that is not in it; 0: nothing was learnt

    def dumps(self) -> bytes:
        """As bytes to be kept."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            begin=self.begin,
            begin_bits=self.begin_bits,
            end=self.end,
            end_bits=self.end_bits,
            words=np.array(list(self.words), dtype=str),
            word_bits=np.array(list(self.words.values()), np.float64),
            rarest=np.float64(self.rarest),
        )
        return file.getvalue()

    @classmethod
    def loads(cls, kept: bytes) -> Lexicon:
        """From what `dumps` gave."""
        with np.load(io.BytesIO(kept), allow_pickle=False) as file:
            words = dict(zip(file["words"].tolist(), file["word_bits"].tolist(), strict=True))
            columns = (file[name] for name in ("begin", "begin_bits", "end", "end_bits"))
            return cls(*columns, words, float(file["rarest"]))


EMPTY = Lexicon()


def hashes(stems: Sequence[str]) -> tuple[Ints, Ints]:
    """Hashes of the first n letters (column n - 1) and of what follows the first n; for each stem a row."""
    letters = numbered(stems).astype(np.uint64)
    begin, end = np.zeros(letters.shape, np.uint64), np.zeros(letters.shape, np.uint64)
    value = np.zeros(len(letters), np.uint64)
    for n in range(LONGEST):
        value = np.where(letters[:, n] > 0, (value + letters[:, n]) * MULTIPLIER, value)
        begin[:, n] = value
    value = np.zeros(len(letters), np.uint64)
    for n in range(LONGEST - 1, 0, -1):
        value = np.where(letters[:, n] > 0, (value + letters[:, n]) * MULTIPLIER, value)
        end[:, n - 1] = value
    return begin.view(np.int64), end.view(np.int64)


def learn(nodes: Nodes, values: Values) -> Lexicon:
    """Read the handles and names of all nodes, or a fixed sample of them."""
    stems = {stem(nodes.handle[n]) for n in _sampled(values, Kind.ACCOUNT_NAME).tolist()}
    plain = sorted(s for s in stems if s.isascii() and len(NO_LETTER.sub("", s)) >= LEAST)
    names = {nodes.name[n] for n in _sampled(values, Kind.NAME).tolist()}
    keys = {tuple(sorted(words_of(name))) for name in names if is_a_persons(name)}
    counts = Counter(word for key in keys for word in key)
    frequent = {w: log2(len(keys) / c) for w, c in sorted(counts.items()) if c >= FREQUENT}
    rarest = log2(max(len(keys), 2) / FREQUENT) + 1
    if not plain:
        return Lexicon(words=frequent, rarest=rarest if keys else 0.0)
    begin, end = hashes(plain)
    length = np.array([min(len(s), LONGEST) for s in plain])[:, None]
    column = np.arange(1, LONGEST + 1)[None]
    return Lexicon(
        *_frequent(begin, (column >= LEAST) & (column <= length), len(plain)),
        *_frequent(end, length - column >= LEAST, len(plain)),
        words=frequent,
        rarest=rarest if keys else 0.0,
    )


def _sampled(values: Values, kind: Kind) -> Ints:
    """Nodes that hold values of a kind, or those of which the code falls into a fixed share."""
    chosen = np.flatnonzero(values.kind == kind)
    share = max(1, len(chosen) // SAMPLE)
    return values.node[chosen[values.code[chosen] % share == 0]]


def _frequent(hashed: Ints, valid: Bools, size: int) -> tuple[Ints, Bits]:
    found, counts = np.unique(hashed[valid], return_counts=True)
    kept = counts >= FREQUENT
    return found[kept], np.log2(size / counts[kept]).astype(np.float32)


def looked_up(keys: Ints, bits: Bits, wanted: Ints) -> Bits:
    """Bits of the wanted, infinite where it is not known."""
    if not len(keys):
        return np.full(wanted.shape, np.inf, np.float32)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, bits[place], np.inf).astype(np.float32)
