"""The analysers that ship, by their speed."""

from __future__ import annotations

from collections.abc import Callable

from flows.understand.models.fast import FastAnalyzer

SPEEDS: dict[str, Callable[[], FastAnalyzer]] = {"fast": FastAnalyzer}
