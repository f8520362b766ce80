"""The analysers that ship, by their speed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from flows.understand.models import standard
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.standard import StandardAnalyzer

Shipped = FastAnalyzer | StandardAnalyzer

SPEEDS: dict[str, Callable[..., Shipped]] = {
    "fast": FastAnalyzer,
    "cascade": partial(StandardAnalyzer, sure=standard.CASCADE),
    "standard": StandardAnalyzer,
}


@cache
def open_analyzer(speed: str) -> Shipped:
    """The analyser of a speed, loaded once a process."""
    return SPEEDS[speed]()
