"""Linear heads over the encoder's vectors, and how far they are believed beside the student."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from flows.understand.models.mixing import Floats, Mixer
from flows.understand.models.student import checksum

WEIGHTS = Path(__file__).parent / "data" / "heads.npz"


@dataclass(frozen=True, slots=True)
class Heads:
    """A column a value of each task; the mixer hears the heads first, then the student."""

    version: str
    weights: Floats
    biases: Floats
    mixer: Mixer

    def scores(self, vectors: Floats) -> Floats:
        """One row a text, one column a value of each task."""
        return vectors @ self.weights + self.biases


@cache
def load(path: Path = WEIGHTS) -> Heads:
    """The heads that ship, or others of the same shape."""
    with np.load(path, allow_pickle=False) as kept:
        mixer = Mixer(kept["mixer"], kept["mixer_biases"])
        return Heads(checksum(path), kept["weights"].astype(np.float32), kept["biases"], mixer)


def save(heads: Heads, path: Path = WEIGHTS) -> None:
    """Keep them as one compressed file."""
    np.savez_compressed(
        path, weights=heads.weights.astype(np.float16), biases=heads.biases,
        mixer=heads.mixer.weights, mixer_biases=heads.mixer.biases,
    )  # fmt: skip
