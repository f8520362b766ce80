"""Trains the student: a logistic regression a task over n-grams, measured on writers held out one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH
from flows.understand.training import linear
from flows.understand.training.corpus import Corpus

STRENGTH = {"sentiment": 0.5}  # of each task's fit (scikit-learn's C), chosen on writers held out
USUAL_STRENGTH = 3.0


def train(corpus: Corpus, folds: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """The table, biases, and the scores of each text by a student that never read its fold."""
    counts, sizes = linear.read_matrix(corpus.texts)
    rarities = linear.rarity(counts)
    seen = linear.weigh(counts, sizes, rarities)
    table = np.zeros((seen.shape[1], WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    held_out = np.zeros((len(corpus.texts), WIDTH), dtype=np.float32)
    for task in TASKS:
        values, columns, width = corpus.labels[task], COLUMNS[task], len(VALUES[task])
        strength = STRENGTH.get(task, USUAL_STRENGTH)
        known = values >= 0
        for fold in np.unique(folds):
            others = known & (folds != fold)
            weights, bias = linear.fit(seen[others], values[others], width, strength)
            held_out[folds == fold, columns] = seen[folds == fold] @ weights + bias
        table[:, columns], biases[columns] = linear.fit(seen[known], values[known], width, strength)
    return table * rarities[:, None], biases, held_out


def pack(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Eight bits a weight, with a scale a column."""
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9).astype(np.float32) / 127
    return np.rint(table / scales).astype(np.int8), scales
