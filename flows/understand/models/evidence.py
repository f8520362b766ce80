"""Which words speak for an answer: those whose n-grams weigh most in its column of the student's table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.understand.analyzer import Span
from flows.understand.models.ngrams import Grams, Ints
from flows.understand.models.tasks import COLUMNS, SILENT, VALUES

WORDS = 3  # shown at most; neighbours make one span
SHARE = 0.4  # of the heaviest word's weight: what weighs less is not shown

# Of the two languages that models are trained on; questions ("when", "où") and negations ("not", "pas") do tell.
FUNCTION_WORDS = frozenset((Path(__file__).parent / "data" / "function_words.txt").read_text("utf-8").split())

_SILENT = frozenset(COLUMNS[task].start + VALUES[task].index(value) for task, value in SILENT)


def find_evidence(
    texts: Sequence[str],
    grams: Grams,
    weights: list[NDArray[np.int8]],
    task: str,
    best: Ints,
    *,
    wanted: NDArray[np.bool_],
) -> dict[int, tuple[Span, ...]]:
    """The spans for the answer of each text that is wanted; a text without any is left out.

    What weighs as much in the other answers of the task speaks for none of them, nor does a word that only holds a
    sentence together.
    """
    answers = COLUMNS[task].start + best
    wanted = wanted & ~np.isin(answers, list(_SILENT))
    if not wanted.any():
        return {}
    totals = np.zeros(len(grams.word_owners), dtype=np.float64)
    for block, gathered in zip(grams.blocks, weights, strict=True):
        of_answer = gathered[np.arange(len(block.rows)), answers[block.owners]]
        of_answer = of_answer - gathered[:, COLUMNS[task]].mean(axis=1)
        totals += np.bincount(block.words, weights=of_answer, minlength=len(totals))
    starts, ends, owners = grams.word_starts, grams.word_ends, grams.word_owners
    totals[(starts >= ends) | ~wanted[owners]] = 0
    peaks = np.zeros(len(wanted))
    np.maximum.at(peaks, owners, totals)
    heavy = np.flatnonzero((totals > 0) & (totals >= SHARE * peaks[owners]))
    heavy = heavy[np.lexsort((-totals[heavy], owners[heavy]))]
    shown = zip(owners[heavy].tolist(), starts[heavy].tolist(), ends[heavy].tolist(), strict=True)
    heavy = heavy[[texts[owner][start:end].lower() not in FUNCTION_WORDS for owner, start, end in shown]]
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
