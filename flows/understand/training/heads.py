"""Trains the heads: a logistic regression a task over the encoder's vectors, measured on writers held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH
from flows.understand.training import linear
from flows.understand.training.corpus import Corpus

STRENGTH = 10.0  # of each task's fit (scikit-learn's C), chosen on writers held out


def train(corpus: Corpus, vectors: Floats, folds: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Weights, biases, and the scores of each text by heads that never read its fold."""
    middle = vectors.mean(axis=0)
    seen = vectors - middle
    weights = np.zeros((vectors.shape[1], WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    held_out = np.zeros((len(vectors), WIDTH), dtype=np.float32)
    for task in TASKS:
        values, columns, width = corpus.labels[task], COLUMNS[task], len(VALUES[task])
        known = values >= 0
        for fold in np.unique(folds):
            others = known & (folds != fold)
            weight, bias = linear.fit(seen[others], values[others], width, STRENGTH)
            held_out[folds == fold, columns] = seen[folds == fold] @ weight + bias
        weight, bias = linear.fit(seen[known], values[known], width, STRENGTH)
        weights[:, columns], biases[columns] = weight, bias - middle @ weight
    return weights, biases, held_out
