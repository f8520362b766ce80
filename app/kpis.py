"""Each figure that a tile or a table shows: its words, its n, which way is good. Values come from the marts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app import format as fmt
from app.rows import Service

ENOUGH = 5
Mood = Literal["good", "bad", "even"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure's column in the marts, the column of its n (None: it is a count itself), and how it reads."""

    column: str
    label: str
    help: str
    write: Callable[[float | None], str]
    n_column: str | None = None
    n_words: str = ""
    better: Literal["higher", "lower", "neither"] = "neither"

    def value(self, service: Service) -> float | None:
        """The figure itself; None where the marts have none."""
        found: float | None = getattr(service, self.column)
        return found

    def n(self, service: Service) -> int:
        """How many waits the figure stands on; a count stands on itself."""
        found: int = getattr(service, self.n_column or self.column)
        return found

    def is_hidden(self, service: Service) -> bool:
        """True where too few waits stand behind the figure to show it. A count is never hidden."""
        return self.n_column is not None and 0 < self.n(service) < ENOUGH

    def text(self, service: Service) -> str:
        """The figure as the app shows it."""
        if self.is_hidden(service):
            return f"too few: n = {self.n(service)}"
        return self.write(self.value(service))


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved against the period before: its text, its arrow and whether that is good."""

    text: str
    mood: Mood
    before: str


def change(kpi: Kpi, now: Service, before: Service) -> Change:
    """Compare two periods' figures for display; nothing is said where either is missing or stands on too few."""
    told = _told(kpi, before)
    current, former = kpi.value(now), kpi.value(before)
    if current is None or former is None or kpi.is_hidden(now) or kpi.is_hidden(before):
        return Change("", "even", told)
    difference = current - former
    size = fmt.rate_points(difference) if kpi.write is fmt.rate else kpi.write(abs(difference))
    if kpi.write(current) == kpi.write(former):
        return Change("no change", "even", told)
    arrow = "▲" if difference > 0 else "▼"
    is_up_good = {"higher": True, "lower": False}.get(kpi.better)
    mood: Mood = "even" if is_up_good is None else "good" if (difference > 0) == is_up_good else "bad"
    return Change(f"{arrow} {fmt.signed(size, difference)}", mood, told)


def _told(kpi: Kpi, before: Service) -> str:
    if kpi.n_column is None:
        return f"before {kpi.text(before)}"
    n = kpi.n(before)
    if n == 0:
        return f"before {fmt.NONE} (n = 0)"
    return f"before {kpi.text(before)}" + ("" if kpi.is_hidden(before) else f" (n = {n:,})")


WAITS_OPENED = Kpi(
    "waits_opened",
    "Waits opened",
    "How often customers began to wait for us: a wait opens at the first message that asks for an answer when none "
    "is open in the conversation; what the customer adds meanwhile opens no other. "
    "Population: waits opened in the period.",
    fmt.count,
)
RESPONSE_MEDIAN = Kpi(
    "response_minutes_median",
    "Median response",
    "From a wait's opening to the first human message of ours to that customer; half of the waits that got one "
    "had it sooner, and nine in ten sooner than p90. Bots don't count; waits without a response have no time and "
    "are not in it: see the answered rate. "
    "Population: waits opened in the period that got a response. Clock: calendar minutes.",
    fmt.minutes,
    "response_minutes_n",
    "responses",
    "lower",
)
RESPONSE_P90 = Kpi(
    "response_minutes_p90",
    "p90 response",
    "Nine in ten of the waits that got a response had it sooner. "
    "Population: waits opened in the period that got a response. Clock: calendar minutes.",
    fmt.minutes,
    "response_minutes_n",
    "responses",
    "lower",
)
ANSWERED_RATE = Kpi(
    "answered_rate",
    "Answered",
    "Answered waits out of all waits opened in the period; the unanswered ones are in the denominator, also those "
    "that are still young. Until holding answers can be told apart, every human answer counts. "
    "Population: waits opened in the period. Clock: none, an answer counts whenever it came.",
    fmt.rate,
    "waits_opened",
    "waits",
    "higher",
)
PROMISE_KEPT = Kpi(
    "promise_kept_rate",
    "Promise kept",
    "Waits that we met within the promise of their channel, out of those whose promise has fallen due. The promise "
    "in force when the wait opened counts. Population: waits opened in the period. Clock: calendar minutes.",
    fmt.rate,
    "promises_due",
    "promises due",
    "higher",
)
WAITS_OPEN = Kpi(
    "waits_open",
    "Open waits",
    "Waits opened in the period that nobody has answered yet. Those of the period before had longer to be "
    "answered: a rise says less than it seems. Population: waits opened in the period.",
    fmt.count,
    better="lower",
)
TILES = (WAITS_OPENED, RESPONSE_MEDIAN, ANSWERED_RATE, PROMISE_KEPT, WAITS_OPEN)
COLUMNS = (WAITS_OPENED, RESPONSE_MEDIAN, RESPONSE_P90, ANSWERED_RATE, PROMISE_KEPT, WAITS_OPEN)
