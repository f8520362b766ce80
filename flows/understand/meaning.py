"""What texts mean, as vectors that are near each other where texts speak of the same, in whatever language.

The encoder as its makers left it, not the one tuned for our labels: that one puts texts of one mood together. Of
its vectors the directions are taken out in which all texts differ most and topics least: language, length, tone
(J. Mu, P. Viswanath: All-but-the-Top, 2018). They were learned on our own material (`training/meaning.py`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.understand.models.encoder.embedder import Embedder
    from flows.understand.models.encoder.package import Floats

DIRECTIONS = Path(__file__).parent / "models" / "data" / "directions.npy"
UNTUNED = Path(os.devnull)  # no change of the encoder's matrices


class Meaning:
    """Texts to unit vectors; their product is how like two texts are, up to 1."""

    def __init__(self, embedder: Embedder, directions: Floats) -> None:
        """With what is taken out of the encoder's vectors: a direction a row, at right angles to each other."""
        self._embedder, self._directions = embedder, directions

    def vectors(self, texts: Sequence[str]) -> Floats:
        """One row a text."""
        return without(self._embedder.embed(texts), self._directions)


@cache
def load(folder: Path) -> Meaning:
    """Load the encoder, or convert it into a folder first. Raises SettingError where its package is missing."""
    import numpy as np

    from flows.understand.models.encoder import embedder

    return Meaning(embedder.load(folder, UNTUNED), np.load(DIRECTIONS).astype(np.float32))


@cache
def model() -> str:
    """Name of what makes the vectors: those of another cannot be compared with them."""
    from flows.understand.models.encoder import embedder
    from flows.understand.models.student import checksum

    return f"{embedder.version(UNTUNED)}-{checksum(DIRECTIONS)}"


def without(vectors: Floats, directions: Floats) -> Floats:
    """Take directions out of vectors; what is left has length 1."""
    import numpy as np

    rest = vectors - (vectors @ directions.T) @ directions
    unit: Floats = rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    return unit
