"""How right memberships are: pairs, customers that hold several people, people wholly found."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measured:
    """Figures of one clustering beside the truth."""

    precision: float
    recall: float
    wrongly_merged: float  # share of the customers with several accounts that hold more than one person
    largest: int
    exact: float  # people whose accounts are exactly one customer's
    b_precision: float
    b_recall: float


def pairs_in(sizes: np.ndarray) -> int:
    """Pairs within groups of these sizes."""
    return int((sizes * (sizes - 1) // 2).sum())


def measured(label: np.ndarray, person: np.ndarray) -> Measured:
    """Compare labels with who is behind the accounts."""
    label = np.unique(label, return_inverse=True)[1]
    person = np.unique(person, return_inverse=True)[1]
    both, place, cells = np.unique(label * (person.max() + 1) + person, return_inverse=True, return_counts=True)
    sizes, people = np.bincount(label), np.bincount(person)
    right = pairs_in(cells)
    several = np.bincount(both // (person.max() + 1), minlength=len(sizes)) > 1
    multi = sizes > 1
    cell = cells[place]
    return Measured(
        right / max(pairs_in(sizes), 1),
        right / max(pairs_in(people), 1),
        float(several[multi].mean()) if multi.any() else 0.0,
        int(sizes.max()),
        float(((cell == sizes[label]) & (cell == people[person])).mean()),
        float((cell / sizes[label]).mean()),
        float((cell / people[person]).mean()),
    )


def labels(memberships: Mapping[str, str], node_ids: list[str]) -> np.ndarray:
    """Customer ids as numbers, in the order of the nodes."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(memberships[node], len(numbers)) for node in node_ids])


BANDS = (-100.0, -5.0, -2.0, 0.0, 2.0, 4.0, 6.63, 10.0, 20.0, 1000.0)


def calibrated(bits: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int, float]]:
    """By band of weight: from, to, pairs, and the share of them that are one person."""
    found = []
    for low, high in itertools.pairwise(BANDS):
        inside = (bits >= low) & (bits < high)
        if inside.any():
            found.append((low, high, int(inside.sum()), float(right[inside].mean())))
    return found
