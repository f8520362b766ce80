"""Which words speak for an answer: those whose n-grams weigh most in its column of the student's table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flows.understand.analyzer import Span
from flows.understand.models.ngrams import Grams, Ints
from flows.understand.models.tasks import COLUMNS, SILENT, VALUES

WORDS = 3  # shown at most; neighbours make one span
SHARE = 0.4  # of the heaviest word's weight: what weighs less is not shown

_SILENT = frozenset(COLUMNS[task].start + VALUES[task].index(value) for task, value in SILENT)


def find_evidence(
    grams: Grams, weights: list[NDArray[np.int8]], columns: Ints, wanted: NDArray[np.bool_]
) -> dict[int, tuple[Span, ...]]:
    """The spans for the answer of each text that is wanted; a text without any is left out."""
    wanted = wanted & ~np.isin(columns, list(_SILENT))
    if not wanted.any():
        return {}
    totals = np.zeros(len(grams.word_owners), dtype=np.float64)
    for block, gathered in zip(grams.blocks, weights, strict=True):
        of_answer = gathered[np.arange(len(block.rows)), columns[block.owners]]
        totals += np.bincount(block.words, weights=of_answer, minlength=len(totals))
    starts, ends, owners = grams.word_starts, grams.word_ends, grams.word_owners
    totals[(starts >= ends) | ~wanted[owners]] = 0
    peaks = np.zeros(len(wanted))
    np.maximum.at(peaks, owners, totals)
    heavy = np.flatnonzero((totals > 0) & (totals >= SHARE * peaks[owners]))
    heavy = heavy[np.lexsort((-totals[heavy], owners[heavy]))]
    rank = np.arange(len(heavy)) - np.searchsorted(owners[heavy], owners[heavy])
    heavy = np.sort(heavy[rank < WORDS])
    found: dict[int, list[Span]] = {}
    before = -2
    for word, owner, start, end in zip(
        heavy.tolist(), owners[heavy].tolist(), starts[heavy].tolist(), ends[heavy].tolist(), strict=True
    ):
        spans = found.setdefault(owner, [])
        if spans and word == before + 1:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        before = word
    return {owner: tuple(spans) for owner, spans in found.items()}
