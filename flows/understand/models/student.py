"""The student: a table of weights for hashed n-grams, a column for each value of each task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.ngrams import Grams
from flows.understand.models.tasks import COLUMNS

WEIGHTS = Path(__file__).parent / "data" / "student.npz"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Student:
    """Weights in 8 bits (with a scale a column), biases, and what turns scores into probabilities."""

    version: str
    table: NDArray[np.int8]
    scales: Floats
    biases: Floats
    sharpness: dict[str, float]  # of each task: scores are multiplied by it (fitted on texts of writers held out)

    def gather(self, grams: Grams) -> list[NDArray[np.int8]]:
        """The weights of each n-gram, a block at a time."""
        return [self.table[block.rows] for block in grams.blocks]

    def scores(self, grams: Grams, weights: list[NDArray[np.int8]]) -> Floats:
        """One row a text, one column a value: sharpened logits, whose softmax over a task is its probability."""
        sums = np.zeros((len(grams.sizes), len(self.scales)), dtype=np.float32)
        for block, gathered in zip(grams.blocks, weights, strict=True):
            if len(block.owners):
                starts = np.flatnonzero(np.diff(block.owners, prepend=-1))
                sums[block.owners[starts]] += np.add.reduceat(gathered, starts, dtype=np.int32)
        scores = sums * self.scales / np.sqrt(np.maximum(grams.sizes, 1))[:, None] + self.biases
        for task, columns in COLUMNS.items():
            scores[:, columns] *= self.sharpness[task]
        found: Floats = scores.astype(np.float32, copy=False)
        return found


def softmax(scores: Floats) -> Floats:
    """Probabilities of the rows of one task."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: Floats = raised / raised.sum(axis=1, keepdims=True)
    return total


def softmax_tasks(scores: Floats) -> Floats:
    """Probabilities of the values of each task."""
    return np.concatenate([softmax(scores[:, columns]) for columns in COLUMNS.values()], axis=1)


@cache
def load(path: Path = WEIGHTS) -> Student:
    """The student that ships, or another of the same shape."""
    with np.load(path, allow_pickle=False) as kept:
        return Student(
            str(kept["version"]), kept["table"], kept["scales"], kept["biases"],
            {task: float(kept["sharpness"][number]) for number, task in enumerate(COLUMNS)},
        )  # fmt: skip


def save(student: Student, path: Path = WEIGHTS) -> None:
    """Keep it as one compressed file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path, version=np.array(student.version), table=student.table, scales=student.scales, biases=student.biases,
        sharpness=np.array([student.sharpness[task] for task in COLUMNS], dtype=np.float32),
    )  # fmt: skip
