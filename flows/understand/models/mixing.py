"""From the scores of one model or two to calibrated probabilities; each task hears the others.

A message that is surely a complaint expects an answer, a plain thanks settles: the answers to one task speak for
those to another. How much is learnt from the scores of writers held out (stacked generalisation, Wolpert 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.tasks import COLUMNS

Floats = NDArray[np.float32]

LEAST = -8.0  # log probability that is heard; below it nothing more is learnt


@dataclass(frozen=True, slots=True)
class Mixer:
    """Weights of the log probabilities of one model, or of two after each other, for each value of each task."""

    weights: Floats
    biases: Floats

    def chances(self, *scores: Floats) -> Floats:
        """Probabilities of each task's values, a row a text."""
        heard = np.concatenate([log_chances(each) for each in scores], axis=1)
        return np.exp(log_softmax(heard @ self.weights + self.biases))


def log_chances(scores: Floats) -> Floats:
    """What a mixer hears."""
    return np.maximum(log_softmax(scores), LEAST)


def log_softmax(scores: Floats) -> Floats:
    """Log probabilities of the values of each task."""
    found = np.empty_like(scores)
    for columns in COLUMNS.values():
        part = scores[:, columns] - scores[:, columns].max(axis=1, keepdims=True)
        found[:, columns] = part - np.log(np.exp(part).sum(axis=1, keepdims=True))
    return found
