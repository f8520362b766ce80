"""Waiting for what a server does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0  # seconds; whatever is waited for takes moments, the rest is for a busy machine


def until(what: str, is_so: Callable[[], bool], patience: float = PATIENCE, step: float = 0.1) -> None:
    """Wait until something is so, looking every `step` seconds; fails when it is not after `patience` seconds."""
    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end, f"after {patience:g} s not yet: {what}"
        time.sleep(step)
