"""How a figure reads: its words, the n it stands on, which way is good, and how it moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app import format as fmt
from app.language import _, number
from app.rows import Satisfaction, Service

ENOUGH = 5
Mood = Literal["good", "bad", "even"]
Figures = Service | Satisfaction


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure's column in the marts, the column of its n (None: it is a count itself), and how it reads.

    Its words are English; they are shown through `title`, `n_text` and `help` in the reader's language.
    """

    column: str
    label: str
    definition: str
    population: str
    clock: str
    write: Callable[[float | None], str]
    n_column: str | None = None
    n_words: str = ""
    better: Literal["higher", "lower", "neither"] = "neither"
    beside: str | None = None

    @property
    def title(self) -> str:
        """What the figure is called."""
        return _(self.label)

    @property
    def help(self) -> str:
        """What the figure means: definition, population and clock."""
        population, clock = _(self.population), _(self.clock)
        return _("{definition} Population: {population}. Clock: {clock}.").format(
            definition=_(self.definition), population=population, clock=clock
        )

    def value(self, figures: Figures) -> float | None:
        """The figure itself; None where the marts have none."""
        found: float | None = getattr(figures, self.column)
        return found

    def n(self, figures: Figures) -> int:
        """How many the figure stands on; a count stands on itself."""
        found: int | None = getattr(figures, self.n_column or self.column)
        return int(found or 0)

    def n_text(self, figures: Figures) -> str:
        """The n with its words: n = 12 responses."""
        words = _(self.n_words) if self.n_words else ""
        return f"n = {fmt.count(self.n(figures))} {words}".strip()

    def is_hidden(self, figures: Figures) -> bool:
        """True where too few stand behind the figure to show it. A count is never hidden."""
        return self.n_column is not None and 0 < self.n(figures) < ENOUGH

    def text(self, figures: Figures) -> str:
        """The figure as the app shows it."""
        if self.is_hidden(figures):
            return _("too few: n = {n}", n=self.n(figures))
        return self.write(self.value(figures))


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved against the period before: its text, its arrow and whether that is good."""

    text: str
    mood: Mood
    before: str


def change(kpi: Kpi, now: Figures, before: Figures) -> Change:
    """Compare two periods' figures for display; nothing is said where either is missing or stands on too few."""
    told = _told(kpi, before)
    current, former = kpi.value(now), kpi.value(before)
    if current is None or former is None or kpi.is_hidden(now) or kpi.is_hidden(before):
        return Change("", "even", told)
    difference = current - former
    if kpi.write(current) == kpi.write(former):
        return Change(_("no change"), "even", told)
    arrow = "▲" if difference > 0 else "▼"
    is_up_good = {"higher": True, "lower": False}.get(kpi.better)
    mood: Mood = "even" if is_up_good is None else "good" if (difference > 0) == is_up_good else "bad"
    return Change(f"{arrow} {fmt.signed(_size(kpi, difference), difference)}", mood, told)


def _size(kpi: Kpi, difference: float) -> str:
    if kpi.write is fmt.rate:
        return fmt.rate_points(difference)
    if kpi.write is fmt.stars:
        return number(abs(difference) * 5, 1)
    if kpi.write is fmt.score:
        return f"{number(abs(difference))} pts"
    return kpi.write(abs(difference))


def _told(kpi: Kpi, before: Figures) -> str:
    if kpi.n_column is None:
        return _("before {text}", text=kpi.text(before))
    n = kpi.n(before)
    if n == 0:
        return _("before {text}", text=f"{fmt.NONE} (n = 0)")
    behind = "" if kpi.is_hidden(before) else f" (n = {fmt.count(n)})"
    return _("before {text}", text=kpi.text(before) + behind)
