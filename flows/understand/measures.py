"""How good answers are: accuracy, macro-F1 with its confidence interval, confusion, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLES = 1000  # drawn with replacement for an interval of 95 %
BINS = 10

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of one task on one labelled file."""

    labels: tuple[str, ...]
    confusion: Ints  # a row a true label, a column an answer
    macro_f1: float  # over the labels that the file holds
    interval: tuple[float, float]  # of the macro-F1, 95 %
    calibration: tuple[
        tuple[int, float, float], ...
    ]  # answers in this tenth of probability, mean of it, share right
    calibration_error: float  # mean distance between probability and share right

    @property
    def n(self) -> int:
        """Rows judged."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of rows answered right."""
        return float(np.trace(self.confusion) / max(self.n, 1))

    def by_label(self) -> dict[str, dict[str, float]]:
        """Precision, recall and F1 of each label that the file holds."""
        right = np.diag(self.confusion)
        answered, true = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return {
            label: {
                "precision": float(right[k] / max(answered[k], 1)),
                "recall": float(right[k] / max(true[k], 1)),
                "f1": float(2 * right[k] / max(answered[k] + true[k], 1)),
                "n": int(true[k]),
            }
            for k, label in enumerate(self.labels)
            if true[k]
        }

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.interval),
            "n": self.n,
            "labels": list(self.labels),
            "confusion": self.confusion.tolist(),
            "by_label": self.by_label(),
            "calibration": [{"n": n, "probability": p, "right": r} for n, p, r in self.calibration],
            "calibration_error": self.calibration_error,
        }


def measure(labels: tuple[str, ...], true: Ints, answers: Ints, chances: NDArray[np.float64]) -> Measures:
    """Compare answers (numbers of labels), given with these probabilities, with what is true."""
    width = len(labels)
    flat = true * width + answers
    confusion = np.bincount(flat, minlength=width * width).reshape(width, width)
    drawn = np.random.default_rng(0).multinomial(len(flat), confusion.ravel() / max(len(flat), 1), SAMPLES)
    there = confusion.sum(axis=1) > 0
    spread = [_macro_f1(sample.reshape(width, width), there) for sample in drawn]
    low, high = np.percentile(spread, [2.5, 97.5])
    tenths = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    calibration = tuple(
        (int(here.sum()), float(chances[here].mean()), float((true == answers)[here].mean()))
        for here in (tenths == tenth for tenth in range(BINS))
        if here.any()
    )
    error = sum(n * abs(p - r) for n, p, r in calibration) / max(len(flat), 1)
    macro_f1 = _macro_f1(confusion, there)
    return Measures(labels, confusion, macro_f1, (float(low), float(high)), calibration, float(error))


def _macro_f1(confusion: Ints, there: NDArray[np.bool_]) -> float:
    """Mean F1 of the labels that the file holds; 0 for a rare one that a drawn sample happens to lack."""
    both = confusion.sum(axis=1) + confusion.sum(axis=0)
    return float(np.mean(2 * np.diag(confusion)[there] / np.maximum(both[there], 1))) if there.any() else 0.0
