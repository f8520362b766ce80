"""The student: a table of weights for hashed n-grams, a column for each value of each task."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.understand.models import ngrams
from flows.understand.models.mixing import Floats, Mixer
from flows.understand.models.ngrams import Grams

BATCH = 256  # texts whose n-grams are held at once
WEIGHTS = Path(__file__).parent / "data" / "student.npz"


@dataclass(frozen=True, slots=True)
class Student:
    """Weights in 8 bits (with a scale a column), biases, and the mixer that turns scores into probabilities."""

    version: str
    table: NDArray[np.int8]
    scales: Floats
    biases: Floats
    mixer: Mixer

    def gather(self, grams: Grams) -> list[NDArray[np.int8]]:
        """The weights of each n-gram, a block at a time."""
        return [self.table[block.rows] for block in grams.blocks]

    def read(self, texts: Sequence[str]) -> Floats:
        """Scores of texts, a batch at a time."""
        found = np.zeros((len(texts), len(self.scales)), dtype=np.float32)
        for first in range(0, len(texts), BATCH):
            grams = ngrams.read(texts[first : first + BATCH])
            found[first : first + BATCH] = self.scores(grams, self.gather(grams))
        return found

    def scores(self, grams: Grams, weights: list[NDArray[np.int8]]) -> Floats:
        """One row a text, one column a value of each task."""
        sums = np.zeros((len(grams.sizes), len(self.scales)), dtype=np.float32)
        for block, gathered in zip(grams.blocks, weights, strict=True):
            if len(block.owners):
                starts = np.flatnonzero(np.diff(block.owners, prepend=-1))
                sums[block.owners[starts]] += np.add.reduceat(gathered, starts, dtype=np.int32)
        scores = sums * self.scales / np.sqrt(np.maximum(grams.sizes, 1))[:, None] + self.biases
        found: Floats = scores.astype(np.float32, copy=False)
        return found


@cache
def load(path: Path = WEIGHTS) -> Student:
    """The student that ships, or another of the same shape."""
    with np.load(path, allow_pickle=False) as kept:
        mixer = Mixer(kept["mixer"], kept["mixer_biases"])
        return Student(checksum(path), kept["table"], kept["scales"], kept["biases"], mixer)


def save(student: Student, path: Path = WEIGHTS) -> None:
    """Keep it as one compressed file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path, table=student.table, scales=student.scales, biases=student.biases,
        mixer=student.mixer.weights, mixer_biases=student.mixer.biases,
    )  # fmt: skip


def checksum(path: Path) -> str:
    """The version of a file of weights."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
