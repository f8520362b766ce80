"""The analysers that the setting may name: our own, and others' by an entry point of the group `vigie.analyzers`.

An entry point is what makes an analyser without arguments: a class, or a function that returns one. It is imported
when there is something to understand, by the processes that read.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from flows.errors import SettingError
from flows.understand.analyzer import Analyzer

GROUP = "vigie.analyzers"
OWN = {
    "fast": EntryPoint("fast", "flows.understand.models.fast:FastAnalyzer", GROUP),
    "standard": EntryPoint("standard", "flows.understand.models.standard:StandardAnalyzer", GROUP),
}


def open_analyzer(name: str) -> Analyzer:
    """Make an analyser by its name; SettingError where there is none of that name, or it cannot be made."""
    known = {entry.name: entry for entry in entry_points(group=GROUP)} | OWN
    if name not in known:
        raise SettingError(f"VIGIE_UNDERSTAND: no analyser {name}; there are off, {', '.join(sorted(known))}")
    try:
        analyzer: Analyzer = known[name].load()()
    except (ImportError, AttributeError, OSError) as error:
        raise SettingError(f"VIGIE_UNDERSTAND: the analyser {name} cannot be opened: {error}") from error
    return analyzer
