"""The analysers that the setting may name: those that ship, and others' by an entry point of `vigie.analyzers`.

One that ships answers by trained heads, and reads the language and what the company's lists name besides. An entry
point is what makes an analyser without arguments: a class, or a function that returns one. What it makes analyses
(`Analyzer`), or labels (`reading.LabelModel`): then language and lists are read beside it, too. It is imported when
there is something to understand, by the processes that read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import SettingError
from flows.understand.analyzer import Analyzer, Label, Text
from flows.understand.profile import Profile

if TYPE_CHECKING:
    from flows.understand.evaluation import Chances
    from flows.understand.models.learned import Learned

GROUP = "vigie.analyzers"
SHIPPED = "shipped"  # as a version of what was learnt: nothing


class _Heads:
    """What an analyser answers, for who adds to it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.name, self.version, self._analyzer = analyzer.name, analyzer.version, analyzer

    def labels(self, texts: Sequence[Text]) -> list[Mapping[str, Label]]:
        return [understanding.labels for understanding in self._analyzer.analyze(texts)]


def open_analyzer(name: str, profile: Profile, learned: str | None = None) -> Analyzer:
    """Make an analyser by its name, for a company; with a version of what its corrections taught, or the accepted.

    Raises SettingError where there is none of that name, or it cannot be made.
    """
    from flows.understand.reading import Reading
    from flows.understand.speeds import SPEEDS

    if name in SPEEDS:
        taught = read_learned(learned)
        known = taught.version if taught else SHIPPED
        # A sentiment of clauses is only indicative: the fast speed's is as good, and costs no second reading.
        clauses = None if name == "fast" else _Heads(SPEEDS["fast"]())
        return Reading(profile, _Heads(_shipped(name, taught)), clauses, known)
    made = _other(name)
    if hasattr(made, "analyze"):
        analyzer: Analyzer = made
        return analyzer
    return Reading(profile, made, _Heads(SPEEDS["fast"]()))


def open_chances(name: str) -> Chances:
    """Make an analyser by its name, to be measured: with what counts of what corrections taught.

    Raises SettingError where there is none of that name, it cannot be made, or it gives no probabilities.
    """
    from flows.understand.speeds import SPEEDS

    made: Any = _shipped(name, read_learned()) if name in SPEEDS else _other(name)
    if not hasattr(made, "probabilities"):
        raise SettingError(f"the analyser {name} gives no probability of each value: it cannot be measured so")
    chances: Chances = made
    return chances


def names() -> list[str]:
    """Analysers that there are."""
    from flows.understand.speeds import SPEEDS

    return [*SPEEDS, *sorted({entry.name for entry in entry_points(group=GROUP)} - set(SPEEDS))]


def _shipped(name: str, taught: Learned | None) -> Any:
    from flows.understand.speeds import SPEEDS

    try:
        return SPEEDS[name](learned=taught)
    except (ImportError, AttributeError, OSError) as error:
        raise SettingError(f"VIGIE_UNDERSTAND: the analyser {name} cannot be opened: {error}") from error


def _other(name: str) -> Any:
    others = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in others:
        raise SettingError(f"VIGIE_UNDERSTAND: no analyser {name}; there are off, {', '.join(sorted(names()))}")
    try:
        return others[name].load()()
    except (ImportError, AttributeError, OSError) as error:
        raise SettingError(f"VIGIE_UNDERSTAND: the analyser {name} cannot be opened: {error}") from error


def learned_folder() -> Path:
    """Where this installation keeps what it learnt."""
    from flows.settings import settings

    return settings().home_path / "learned"


def read_learned(version: str | None = None) -> Learned | None:
    """What corrections taught, of a version or the accepted one; None where the shipped models are meant."""
    from flows.understand.models import learned

    folder = learned_folder()
    wanted = learned.current(folder) if version is None else version
    if wanted in {None, SHIPPED}:
        return None
    try:
        return learned.load(folder, str(wanted))
    except (OSError, ValueError, KeyError) as error:
        raise SettingError(
            f"what was learnt as {wanted} cannot be read ({error}): `vigie understand accept --learned {SHIPPED}`"
            " goes back to the shipped models, `vigie learn` learns again"
        ) from error
