"""Heads that learn on: from writers whom the encoder was not tuned on, of whom its vectors hold no memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS

CAUTION = 10.0  # how strongly heads are held to what they were, chosen on writers held out one by one


def learn_on(
    vectors: Floats, labels: dict[str, NDArray[np.int64]], heads: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Weights and biases: those given, moved by these texts."""
    weights, biases = heads[0].copy(), heads[1].copy()
    for task in TASKS:
        known, columns = labels[task] >= 0, COLUMNS[task]
        if known.any():
            start = vectors[known] @ weights[:, columns] + biases[columns]
            moved, shift = _move(vectors[known], labels[task][known], start)
            weights[:, columns] += moved
            biases[columns] += shift
    return weights, biases


def held_out_scores(
    vectors: Floats, labels: dict[str, NDArray[np.int64]], folds: NDArray[np.int64], heads: tuple[Floats, Floats]
) -> Floats:
    """Scores of each text by heads that never read its fold."""
    found = np.zeros((len(vectors), heads[0].shape[1]), dtype=np.float32)
    for fold in np.unique(folds):
        here = folds == fold
        others = {task: np.where(here, -1, values) for task, values in labels.items()}
        weights, biases = learn_on(vectors, others, heads)
        found[here] = vectors[here] @ weights + biases
    return found


def _move(vectors: Floats, values: NDArray[np.int64], start: Floats) -> tuple[Floats, Floats]:
    """Logistic regression on top of scores, whose weights are drawn to zero."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    rows, width = np.arange(len(values)), start.shape[1]
    true = np.zeros_like(start)
    true[rows, values] = 1

    def loss(flat: Any) -> tuple[float, Any]:
        weights, biases = flat[width:].reshape(-1, width), flat[:width]
        found = start + vectors @ weights + biases
        found -= logsumexp(found, axis=1, keepdims=True)
        wrong = np.exp(found) - true
        cost = -found[rows, values].sum() + CAUTION / 2 * (weights**2).sum()
        return float(cost), np.append(wrong.sum(axis=0), (vectors.T @ wrong + CAUTION * weights).ravel())

    best = minimize(loss, np.zeros((vectors.shape[1] + 1) * width), jac=True, method="L-BFGS-B").x
    return best[width:].reshape(-1, width).astype(np.float32), best[:width].astype(np.float32)
