"""The view that a link carries: a period of days, some channels and panels, read from the URL and written to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args
from urllib.parse import quote, unquote

Grain = Literal["day", "week", "month"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
PRESETS = (7, 30, 90)
DEFAULT_DAYS = 30
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
# The longest period that a grain divides, in days: a finer one would be more points than a screen has.
LONGEST: dict[Grain, int] = {"day": 400, "week": 2800, "month": 40_600}
NAMES = ("from", "to", "channel", "panel")
CHANNEL = re.compile(r"[\w.-]{1,40}")
MOST_PANELS = 50


@dataclass(frozen=True, slots=True)
class View:
    """Days (both included, in the company's zone), channels, and panels: tags of sources. None chosen means all."""

    first: date
    last: date
    channels: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """Days in the period."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> View:
        """The period of equal length that ends the day before this one begins."""
        return replace(self, first=self.first - timedelta(self.length), last=self.first - timedelta(1))

    @property
    def parameters(self) -> dict[str, str]:
        """What the URL says of this view."""
        given = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if self.channels:
            given["channel"] = ",".join(self.channels)
        if self.panels:
            # A tag is any text: its own commas are not those between tags.
            given["panel"] = ",".join(quote(panel, safe="") for panel in self.panels)
        return given


def preset(days: int, last: date) -> tuple[date, date]:
    """First and last day of the `days` that end on the last day that has data."""
    return last - timedelta(days - 1), last


def of_url(parameters: Mapping[str, str], usual: View) -> View | None:
    """Read a view from the URL; what is missing or unreadable is as in `usual`. None where it says nothing."""
    if not any(name in parameters for name in NAMES):
        return None
    last = day_of(parameters.get("to")) or usual.last
    first = day_of(parameters.get("from")) or min(usual.first, last)
    # Days without channels say all channels; channels without days say nothing about days.
    channels = tuple(dict.fromkeys(CHANNEL.findall(parameters.get("channel", ""))))
    panels = tuple(dict.fromkeys(unquote(part) for part in parameters.get("panel", "").split(",") if part))
    return View(min(first, last), max(first, last), channels, panels[:MOST_PANELS])


def grains(length: int) -> tuple[Grain, ...]:
    """The grains that a period of so many days may be shown by."""
    return tuple(grain for grain in GRAINS if length <= LONGEST[grain])


def usual_grain(length: int) -> Grain:
    """The grain that keeps a chart of so many days readable."""
    return "day" if length <= 14 else "week" if length <= 180 else "month"


def day_of(text: str | None) -> date | None:
    """A day as an address writes it; None where it is none, or so far away that it is a slip."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
