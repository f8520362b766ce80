"""The analysers that the setting may name: those that ship, and others' by an entry point of `vigie.analyzers`.

An entry point is what makes an analyser without arguments: a class, or a function that returns one. It is imported
when there is something to understand, by the processes that read.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from flows.errors import SettingError
from flows.understand.analyzer import Analyzer

GROUP = "vigie.analyzers"


def open_analyzer(name: str) -> Analyzer:
    """Make an analyser by its name; SettingError where there is none of that name, or it cannot be made."""
    from flows.understand.speeds import SPEEDS

    others = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in SPEEDS and name not in others:
        known = ", ".join(sorted({*SPEEDS, *others}))
        raise SettingError(f"VIGIE_UNDERSTAND: no analyser {name}; there are off, {known}")
    try:
        make: Callable[[], Analyzer] = SPEEDS[name] if name in SPEEDS else others[name].load()
        return make()
    except (ImportError, AttributeError, OSError) as error:
        raise SettingError(f"VIGIE_UNDERSTAND: the analyser {name} cannot be opened: {error}") from error
