"""Trains the student: a logistic regression a task, measured and calibrated on writers held out one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from flows.understand.models.student import Floats, Student
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH
from flows.understand.training import linear
from flows.understand.training.corpus import Corpus

STRENGTH = 1.0  # of each task's fit (scikit-learn's C), chosen on writers held out


def train(corpus: Corpus, writers: list[str], say: Callable[[str], None]) -> tuple[Student, Floats]:
    """The student, and the scores of each text by a student that never read its writer (nan for other texts)."""
    counts, sizes = linear.read_matrix(corpus.texts)
    rarities = linear.rarity(counts)
    seen = linear.weigh(counts, sizes, rarities)
    table = np.zeros((seen.shape[1], WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    held_out = np.full((len(corpus.texts), WIDTH), np.nan, dtype=np.float32)
    sharp = {}
    for task in TASKS:
        values, columns, width = corpus.labels[task], COLUMNS[task], len(VALUES[task])
        known = values >= 0
        for writer in writers:
            theirs = known & (corpus.writers == writer)
            if theirs.any():
                others = known & (corpus.writers != writer)
                weights, bias = linear.fit(seen[others], values[others], width, STRENGTH)
                held_out[theirs, columns] = seen[theirs] @ weights + bias
        judged = known & ~np.isnan(held_out[:, columns.start])
        sharp[task] = linear.sharpness(held_out[judged, columns], values[judged])
        right = (held_out[judged, columns].argmax(axis=1) == values[judged]).mean()
        say(f"{task}: {right:.3f} right on {judged.sum()} texts of writers held out")
        table[:, columns], biases[columns] = linear.fit(seen[known], values[known], width, STRENGTH)
    return _pack(table * rarities[:, None], biases, sharp), held_out


def _pack(table: Floats, biases: Floats, sharp: dict[str, float]) -> Student:
    """Eight bits a weight; the version is a checksum of what decides the answers."""
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9).astype(np.float32) / 127
    small = np.rint(table / scales).astype(np.int8)
    parts = (small, scales, biases, np.array(list(sharp.values()), dtype=np.float32))
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:12]
    return Student(digest, small, scales, biases, sharp)
