"""Lists that ship with the rules: written for this project, the same for every installation."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a list; `#` begins a comment."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return tuple(line for raw in text.splitlines() if (line := raw.partition("#")[0].strip()))
