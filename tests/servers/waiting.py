"""Waiting for what others do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE = 300.0  # seconds; whatever is waited for takes moments, the rest is for a busy machine


def wait_until(holds: Callable[[], Answer], what: str, patience: float = PATIENCE, step: float = 0.1) -> Answer:
    """Ask every `step` seconds until the answer is true, and return it; fails when it is not within `patience`."""
    deadline = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what}: not within {patience:g} s"
        time.sleep(step)
    return found
