"""How a figure reads: its words, the n it stands on, which way is good, and how it moved.

What a KPI is stands in `marts.dim_kpis`, what it comes to in `marts.kpis`; nothing of either is repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import hypot, sqrt
from typing import Literal

from app.shared import format as fmt
from app.shared.language import N_, _, current, number, spaced
from flows.errors import SettingError

Mood = Literal["good", "bad", "even"]
SURE = 30  # what stands behind a figure whose change has a colour
Z = 1.959964
CLOCKS = {
    "none": N_("none"),
    "calendar": N_("calendar minutes"),
    "opening": N_("minutes within the channel's opening hours; a reply outside them counts 0"),
    "promise": N_("the promise's own, calendar minutes or opening hours"),
}
WRITE: dict[str, Callable[[float | None], str]] = {
    "count": fmt.count,
    "share": fmt.rate,
    "minutes": fmt.minutes,
    "rating": fmt.stars,
    "score": fmt.score,
}


def missing(kpi: str) -> SettingError:
    """The error of a KPI that the marts do not have: never a figure, and never nought."""
    return SettingError(_("the marts have no KPI {kpi}; they are older than this page, or it was renamed", kpi=kpi))


@dataclass(frozen=True, slots=True)
class Figure:
    """What a KPI comes to; `value` None is none, which is not 0. `low` and `high` bound it, 95 times of 100."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a span of days, both included; `channel` None is all of the channels asked for."""

    first: date
    last: date
    channel: str | None
    by_kpi: Mapping[str, Figure]

    def __getitem__(self, kpi: str) -> Figure:
        """The figure of a KPI by its name. Raises SettingError, which names it, where it was not given."""
        if kpi not in self.by_kpi:
            raise missing(kpi)
        return self.by_kpi[kpi]


@dataclass(frozen=True, slots=True)
class Kpi:
    """A row of `marts.dim_kpis`, and how its figures read in the reader's language."""

    name: str
    unit: Literal["count", "share", "minutes", "rating", "score"]
    better: Literal["higher", "lower", "neither"]
    min_n: int
    clock: str
    label_en: str
    label_fr: str
    definition_en: str
    definition_fr: str
    population_en: str
    population_fr: str
    counted_en: str | None
    counted_fr: str | None

    def _said(self, what: str) -> str:
        text: str = getattr(self, f"{what}_{current()}") or ""
        return spaced(text) if current() == "fr" else text

    @property
    def title(self) -> str:
        """What the figure is called."""
        return self._said("label")

    @property
    def counted(self) -> str:
        """What its n counts: responses."""
        return self._said("counted")

    @property
    def clock_words(self) -> str:
        """The clock by which its minutes pass."""
        return _(CLOCKS[self.clock])

    @property
    def help(self) -> str:
        """What the figure means: definition, population and clock."""
        return _("{definition} Population: {population}. Clock: {clock}.").format(
            definition=self._said("definition"), population=self._said("population"), clock=self.clock_words
        )

    @property
    def is_count(self) -> bool:
        """True where the figure is how many there are: it stands on itself, and is never hidden."""
        return self.unit == "count"

    def write(self, value: float | None) -> str:
        """A value in the KPI's unit."""
        return WRITE[self.unit](value)

    def is_hidden(self, figures: Figures) -> bool:
        """True where too few stand behind the figure to show it."""
        return 0 < figures[self.name].n < self.min_n

    def text(self, figures: Figures) -> str:
        """The figure as the app shows it."""
        figure = figures[self.name]
        if self.is_hidden(figures):
            return _("too few: n = {n}", n=figure.n)
        return self.write(figure.value)

    def n_text(self, figures: Figures) -> str:
        """The n with its words: n = 12 responses."""
        return f"n = {fmt.count(figures[self.name].n)} {self.counted}".strip()

    def help_of(self, figures: Figures) -> str:
        """What the figure means, and the interval it lies in where one is known and the figure is shown."""
        figure = figures[self.name]
        if figure.low is None or figure.high is None or self.is_hidden(figures):
            return self.help
        bounds = _("95% interval: {low} to {high}.", low=self.write(figure.low), high=self.write(figure.high))
        return f"{self.help} {bounds}"


class Kpis(dict[str, Kpi]):
    """Every KPI by its name."""

    def __missing__(self, name: str) -> Kpi:
        """Raise SettingError, which names the KPI."""
        raise missing(name)


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved against the period before: its text, its arrow and whether that is good."""

    text: str
    mood: Mood
    before: str


def change(kpi: Kpi, now: Figures, before: Figures) -> Change:
    """Compare two periods' figures for display; nothing is said where either is missing or stands on too few.

    A change is good or bad only where chance does not explain it.
    """
    told = _told(kpi, before)
    current_value, former = now[kpi.name].value, before[kpi.name].value
    if current_value is None or former is None or kpi.is_hidden(now) or kpi.is_hidden(before):
        return Change("", "even", told)
    difference = current_value - former
    if kpi.write(current_value) == kpi.write(former):
        return Change(_("no change"), "even", told)
    arrow = "▲" if difference > 0 else "▼"
    is_up_good = {"higher": True, "lower": False}.get(kpi.better)
    mood: Mood = "even"
    if is_up_good is not None and _is_sure(kpi, now[kpi.name], before[kpi.name]):
        mood = "good" if (difference > 0) == is_up_good else "bad"
    return Change(f"{arrow} {fmt.signed(_size(kpi, difference), difference)}", mood, told)


def _is_sure(kpi: Kpi, now: Figure, before: Figure) -> bool:
    """Whether the 95 % interval of a change leaves out nought, and enough stands behind both figures.

    The interval of a difference is made of those of the two figures (Zou & Donner 2008, Statistics in Medicine 27);
    counts are taken as Poisson's.
    """
    one, other = _bounded(kpi, now), _bounded(kpi, before)
    if one is None or other is None or (not kpi.is_count and min(now.n, before.n) < SURE):
        return False
    (value, low, high), (former, least, most) = one, other
    if kpi.is_count and max(value, former) < SURE:
        return False
    if value > former:
        return value - former > hypot(value - low, most - former)
    return former - value > hypot(high - value, former - least)


def _bounded(kpi: Kpi, figure: Figure) -> tuple[float, float, float] | None:
    """A figure between its bounds, where they are known."""
    if figure.value is None:
        return None
    if kpi.is_count:
        half = Z * sqrt(figure.value)
        return figure.value, figure.value - half, figure.value + half
    if figure.low is None or figure.high is None:
        return None
    return figure.value, figure.low, figure.high


def _size(kpi: Kpi, difference: float) -> str:
    if kpi.unit == "share":
        return fmt.rate_points(difference)
    if kpi.unit == "rating":
        return number(abs(difference) * 5, 1)
    if kpi.unit == "score":
        return f"{number(abs(difference))} pts"
    return kpi.write(abs(difference))


def _told(kpi: Kpi, before: Figures) -> str:
    if kpi.is_count:
        return _("before {text}", text=kpi.text(before))
    n = before[kpi.name].n
    if n == 0:
        return _("before {text}", text=f"{fmt.NONE} (n = 0)")
    behind = "" if kpi.is_hidden(before) else f" (n = {fmt.count(n)})"
    return _("before {text}", text=kpi.text(before) + behind)
