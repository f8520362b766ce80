"""Trains the student: one regression over n-grams for all tasks, from labels and from what a teacher says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.mixing import Floats, log_softmax
from flows.understand.models.tasks import COLUMNS
from flows.understand.training import counting

ROUNDS = 50  # of the solver
# What a text of each task counts for (the inverse of the penalty on weights), chosen on writers held out.
STRENGTH = {"sentiment": 0.5}
USUAL_STRENGTH = 3.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts, and for each the probability of each value that the student should say; 0 where it is not asked."""

    texts: list[str]
    targets: Floats  # a row a text, a column a value of each task; each task's columns sum to what the text counts


def learn(lesson: Lesson, say: Callable[[str], None]) -> tuple[Floats, Floats]:
    """The student's table and biases."""
    counts, sizes = counting.read_matrix(lesson.texts)
    rarities = counting.rarity(counts)
    weights, biases = _fit(counting.weigh(counts, sizes, rarities), lesson.targets, say)
    return weights * rarities[:, None], biases


def pack(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Eight bits a weight, with a scale a column."""
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9).astype(np.float32) / 127
    return np.rint(table / scales).astype(np.int8), scales


def _fit(seen: Any, targets: Floats, say: Callable[[str], None]) -> tuple[Floats, Floats]:
    """Least cross-entropy of all tasks plus half the squared weights, by L-BFGS."""
    from scipy.optimize import minimize

    counted = np.empty_like(targets)
    for task, columns in COLUMNS.items():
        counted[:, columns] = targets[:, columns] * STRENGTH.get(task, USUAL_STRENGTH)
    turned, width, rounds = seen.T.tocsr(), targets.shape[1], 0
    masses = np.empty_like(counted)
    for columns in COLUMNS.values():
        masses[:, columns] = counted[:, columns].sum(axis=1, keepdims=True)

    def loss(flat: Any) -> tuple[float, Any]:
        weights = flat[width:].reshape(-1, width).astype(np.float32)
        found = log_softmax(seen @ weights + flat[:width].astype(np.float32))
        wrong = masses * np.exp(found) - counted
        cost = -float((counted * found).sum()) + float((weights**2).sum()) / 2
        return cost, np.append(wrong.sum(axis=0), (turned @ wrong + weights).ravel()).astype(np.float64)

    def report(_: Any) -> None:
        nonlocal rounds
        rounds += 1
        if rounds % 10 == 0:
            say(f"student: {rounds} of at most {ROUNDS} rounds")

    start = np.zeros((seen.shape[1] + 1) * width)
    options = {"maxiter": ROUNDS, "maxcor": 6}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", callback=report, options=options).x.astype(np.float32)
    return best[width:].reshape(-1, width), best[:width]
