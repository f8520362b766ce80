"""Learn what `flows.understand.meaning` takes out of vectors: `python -m flows.understand.training.meaning`.

How French and English differ, what all texts share, and the directions in which texts of one language differ most.
"""

from __future__ import annotations

import csv

import numpy as np

from flows.settings import PROJECT, settings
from flows.understand.meaning import DIRECTIONS, UNTUNED
from flows.understand.models.encoder import embedder
from flows.understand.models.encoder.package import Floats

MATERIAL = PROJECT / "flows" / "understand" / "material" / "messages.csv"
EVERY = 4  # a quarter of the messages tells as much as all
MOST = 8  # directions in which texts differ most; of 4, 8, 16 and 32 the best on real texts (docs/understanding.md)


def learn(vectors: Floats, is_french: np.typing.NDArray[np.bool_], most: int = MOST) -> Floats:
    """One direction a row, at right angles to each other and of length 1."""
    french, english = vectors[is_french].mean(axis=0), vectors[~is_french].mean(axis=0)
    rest = vectors - np.where(is_french[:, None], french, english)
    _, _, widest = np.linalg.svd(rest, full_matrices=False)
    found: Floats = np.linalg.qr(np.stack([french - english, vectors.mean(axis=0), *widest[:most]], axis=1))[0].T
    return found


def main() -> None:
    """Read the project's own messages and write the file that ships."""
    with MATERIAL.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::EVERY]
    encoder = embedder.load(settings().home_path / "models", UNTUNED)
    vectors = encoder.embed([row["text"] for row in rows])
    directions = learn(vectors, np.array([row["language"] == "fr" for row in rows]))
    np.save(DIRECTIONS, directions.astype(np.float16))


if __name__ == "__main__":
    main()
