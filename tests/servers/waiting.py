"""Waiting for what a server does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(what: str, is_so: Callable[[], bool], patience: float = 20) -> None:
    """Wait until something is so; fails when it is not after `patience` seconds."""
    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end, f"after {patience:g} s not yet: {what}"
        time.sleep(0.1)
