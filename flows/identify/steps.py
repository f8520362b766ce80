"""The evidence of a pair as steps: the prior, then what speaks most, each with the sum so far.

The command line and the app draw the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp2

LEAST = 0.005  # bits; below, a feature says nothing
MOST = 60.0  # bits beyond which a probability is one or nought anyway


@dataclass(frozen=True, slots=True)
class Step:
    """One feature of the waterfall, and where the sum stands after it."""

    feature: str
    bits: float
    sum: float


def steps(evidence: Mapping[str, float]) -> tuple[Step, ...]:
    """Bits by feature in the order in which they are told; what is copyable is taken off at the end."""
    said = {name: float(bits) for name, bits in evidence.items() if abs(bits) >= LEAST}
    order = sorted(said, key=lambda name: (name != "prior", name == "copyable", -abs(said[name]), name))
    found, total = [], 0.0
    for name in order:
        total += said[name]
        found.append(Step(name, round(said[name], 2), round(total, 2)))
    return tuple(found)


def probability(bits: float) -> float:
    """How likely it is, by log2 of its odds."""
    return 1 / (1 + exp2(-max(min(bits, MOST), -MOST)))
