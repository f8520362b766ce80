"""What a company's corrections taught: how far its mixers and heads are from the shipped ones.

Scores are moved, never replaced: where nothing was learnt for a task its probabilities are the shipped ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flows.understand.models.mixing import Floats, log_softmax
from flows.understand.models.student import checksum
from flows.understand.models.tasks import COLUMNS, WIDTH

CURRENT, CANDIDATE = "current", "candidate"  # name the version that counts, and the one that waits to be accepted
LEAST = 1e-6  # of a probability, before its logarithm


@dataclass(frozen=True, slots=True)
class Move:
    """Of one speed: what is added to the log probabilities of a task's values, from what its models heard.

    `base` is the version of the shipped models that it was learnt beside; it says nothing of others.
    """

    base: str
    means: Floats
    scales: Floats
    weights: Floats  # a row what is heard, a column a value of each task
    biases: Floats

    def chances(self, shipped: Floats, heard: Floats) -> Floats:
        """The shipped probabilities, moved; for tasks of which nothing was learnt they stay as they are."""
        added = (heard - self.means) / self.scales @ self.weights + self.biases
        moved = np.exp(log_softmax((np.log(np.maximum(shipped, LEAST)) + added).astype(np.float32)))
        for columns in COLUMNS.values():
            if not self.weights[:, columns].any() and not self.biases[columns].any():
                moved[:, columns] = shipped[:, columns]
        return moved


@dataclass(frozen=True, slots=True)
class Learned:
    """The moves of each speed; `version` is that of the file."""

    version: str
    moves: Mapping[str, Move]

    def of(self, speed: str, base: str) -> Move | None:
        """The move of a speed beside these shipped models; None where it was not learnt, or beside others."""
        move = self.moves.get(speed)
        return move if move and move.base == base else None


def save(moves: Mapping[str, Move], folder: Path, report: Mapping[str, object]) -> str:
    """Keep a version beside the others, with what was measured; return its name. It does not count yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / ".making.npz"
    parts: dict[str, Any] = {
        f"{speed}.{name}": np.array(getattr(move, name)) for speed, move in moves.items() for name in Move.__slots__
    }
    np.savez_compressed(made, **parts)
    version = checksum(made)
    (folder / f"{version}.json").write_text(json.dumps(report, indent=2), encoding="utf-8")
    made.replace(folder / f"{version}.npz")
    _write(folder / CANDIDATE, version)
    return version


def load(folder: Path, version: str) -> Learned:
    """One version; raises OSError or ValueError where it is not there or damaged."""
    file = folder / f"{version}.npz"
    if checksum(file) != version:
        raise ValueError(f"{file} is damaged")
    with np.load(file, allow_pickle=False) as kept:
        speeds = sorted({name.partition(".")[0] for name in kept.files})
        moves = {
            speed: Move(str(kept[f"{speed}.base"]), *(kept[f"{speed}.{name}"] for name in Move.__slots__[1:]))
            for speed in speeds
        }
    if any(move.weights.shape[1] != WIDTH for move in moves.values()):
        raise ValueError(f"{file} is of other tasks")
    return Learned(version, moves)


def current(folder: Path) -> str | None:
    """The version that counts; None where the shipped models do."""
    return _read(folder / CURRENT)


def candidate(folder: Path) -> str | None:
    """The version that waits to be accepted, if any."""
    return _read(folder / CANDIDATE)


def make_current(folder: Path, version: str) -> None:
    """Have a version count; none waits any more."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / CURRENT, version)
    (folder / CANDIDATE).unlink(missing_ok=True)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def _write(file: Path, version: str) -> None:
    """Whole or not at all."""
    made = file.with_name(f".making.{file.name}")
    made.write_text(version, encoding="ascii")
    made.replace(file)
