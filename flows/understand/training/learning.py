"""How a company's corrections move probabilities: logistic regression drawn to what ships, in numpy alone.

Each correction counts as one; the prior as many. The company's other messages are heard as the shipped models read
them: people correct what is wrong, and what is right must stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.learned import LEAST, Move
from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, WIDTH

# How strongly a weight is held at nothing, in corrections; chosen on two companies that nothing is reported of.
CAUTION = 100.0
BIAS_CAUTION = 5.0
REPLAY = 0.2  # what a message counts for that nobody corrected
ROUNDS = 200  # of the solver
FOLDS = 5
FEWEST = 20  # corrections of a task, of two values: fewer teach nothing

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Messages as a speed's models hear them, what it says of them, and corrections: -1 where there is none."""

    base: str  # version of the speed's shipped models
    heard: Floats
    shipped: Floats
    labels: dict[str, Ints]
    asked: dict[str, NDArray[np.bool_]]  # messages of the task's side


@dataclass(frozen=True, slots=True)
class Outcome:
    """A task's corrections, each judged by models that never saw it: how many right before, and after."""

    n: int
    before: int
    after: int
    loss_before: float
    loss_after: float

    @property
    def is_better(self) -> bool:
        """Whether corrections that were held out are better foreseen."""
        return self.loss_after < self.loss_before and self.after >= self.before


def learn(lesson: Lesson) -> tuple[Move, dict[str, Outcome]]:
    """The move of a speed and, by task, what it does to corrections held out; what does not help is not learnt."""
    means = lesson.heard.mean(axis=0)
    scales = np.maximum(lesson.heard.std(axis=0), 1e-3)
    seen = ((lesson.heard - means) / scales).astype(np.float64)
    weights = np.zeros((lesson.heard.shape[1], WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    outcomes = {}
    for task in TASKS:
        known = np.flatnonzero(lesson.labels[task] >= 0)
        if len(known) < FEWEST or len(np.unique(lesson.labels[task][known])) < 2:
            continue
        start = np.log(np.maximum(lesson.shipped[:, COLUMNS[task]], LEAST)).astype(np.float64)
        others = np.flatnonzero(lesson.asked[task] & (lesson.labels[task] < 0))
        outcomes[task] = _judge(seen, start, lesson.labels[task], known, others)
        if outcomes[task].is_better:
            moved = move(seen, start, lesson.labels[task], known, others)
            weights[:, COLUMNS[task]], biases[COLUMNS[task]] = moved
    return Move(lesson.base, means, scales, weights, biases), outcomes


def move(seen: Doubles, start: Doubles, labels: Ints, known: Ints, others: Ints) -> tuple[Doubles, Doubles]:
    """Weights and biases of a task's values, from what is known and, less, from what others say as it is."""
    rows = np.concatenate([known, others])
    targets = np.exp(_log_softmax(start[rows])) * REPLAY
    targets[: len(known)] = np.eye(start.shape[1])[labels[known]]
    counts = targets.sum(axis=1, keepdims=True)
    given, base = seen[rows], start[rows]
    held = np.full((seen.shape[1], 1), CAUTION)
    # Nesterov's method: the loss is smooth and, by the prior, strongly convex.
    largest = 0.5 * np.linalg.norm(np.hstack([given, np.ones((len(rows), 1))]) * np.sqrt(counts), 2) ** 2 + CAUTION
    weights, biases = np.zeros((seen.shape[1], start.shape[1])), np.zeros(start.shape[1])
    ahead, ahead_biases, pace = weights, biases, 1.0
    for _ in range(ROUNDS):
        wrong = counts * np.exp(_log_softmax(base + given @ ahead + ahead_biases)) - targets
        next_weights = ahead - (given.T @ wrong + held * ahead) / largest
        next_biases = ahead_biases - (wrong.sum(axis=0) + BIAS_CAUTION * ahead_biases) / largest
        next_pace = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        push = (pace - 1) / next_pace
        ahead = next_weights + push * (next_weights - weights)
        ahead_biases = next_biases + push * (next_biases - biases)
        weights, biases, pace = next_weights, next_biases, next_pace
    return weights, biases


def _judge(seen: Doubles, start: Doubles, labels: Ints, known: Ints, others: Ints) -> Outcome:
    """Cross-validation: each correction by what the others teach."""
    found = start[known].copy()
    folds = np.random.default_rng(0).permutation(len(known)) % FOLDS
    for fold in range(FOLDS):
        weights, biases = move(seen, start, labels, known[folds != fold], others)
        here = known[folds == fold]
        found[folds == fold] += seen[here] @ weights + biases
    true, rows = labels[known], np.arange(len(known))
    before, after = _log_softmax(start[known]), _log_softmax(found)
    return Outcome(
        len(known),
        int((before.argmax(axis=1) == true).sum()),
        int((after.argmax(axis=1) == true).sum()),
        float(-before[rows, true].mean()),
        float(-after[rows, true].mean()),
    )


def _log_softmax(scores: Doubles) -> Doubles:
    part = scores - scores.max(axis=1, keepdims=True)
    found: Doubles = part - np.log(np.exp(part).sum(axis=1, keepdims=True))
    return found
