"""The analysers that the setting may name: those that ship, and others' by an entry point of `vigie.analyzers`.

One that ships answers by trained heads, and reads the language and what the company's lists name besides. An entry
point is what makes an analyser without arguments: a class, or a function that returns one. What it makes analyses
(`Analyzer`), or labels (`reading.LabelModel`): then language and lists are read beside it, too. It is imported when
there is something to understand, by the processes that read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from flows.errors import SettingError
from flows.understand.analyzer import Analyzer, Label, Text
from flows.understand.profile import Profile

GROUP = "vigie.analyzers"


class _Heads:
    """What an analyser answers, for who adds to it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.name, self.version, self._analyzer = analyzer.name, analyzer.version, analyzer

    def labels(self, texts: Sequence[Text]) -> list[Mapping[str, Label]]:
        return [understanding.labels for understanding in self._analyzer.analyze(texts)]


def open_analyzer(name: str, profile: Profile) -> Analyzer:
    """Make an analyser by its name, for a company.

    Raises SettingError where there is none of that name, or it cannot be made.
    """
    from flows.understand.reading import Reading
    from flows.understand.speeds import SPEEDS

    others = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in SPEEDS and name not in others:
        known = ", ".join(sorted({*SPEEDS, *others}))
        raise SettingError(f"VIGIE_UNDERSTAND: no analyser {name}; there are off, {known}")
    try:
        if name in SPEEDS:
            # A sentiment of clauses is only indicative: the fast speed's is as good, and costs no second reading.
            clauses = None if name == "fast" else _Heads(SPEEDS["fast"]())
            return Reading(profile, _Heads(SPEEDS[name]()), clauses)
        made: Any = others[name].load()()
        if hasattr(made, "analyze"):
            return made  # type: ignore[no-any-return]
        return Reading(profile, made, _Heads(SPEEDS["fast"]()))
    except (ImportError, AttributeError, OSError) as error:
        raise SettingError(f"VIGIE_UNDERSTAND: the analyser {name} cannot be opened: {error}") from error
