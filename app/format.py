"""How figures, ages and moments are written, so that every page writes them alike."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

NONE = "–"
MINUS = "−"
HOUR, DAY = 60, 1440


def minutes(value: float | None) -> str:
    """Write a duration in minutes as a person says it: 4 min, 2 h 05, 3 d 4 h."""
    if value is None:
        return NONE
    if 0 < value < 1:
        return "< 1 min"
    whole = round(value)
    if whole < HOUR:
        return f"{whole} min"
    if whole < DAY:
        hours, rest = divmod(whole, HOUR)
        return f"{hours} h {rest:02d}" if rest else f"{hours} h"
    hours = round(value / HOUR)
    days, rest = divmod(hours, 24)
    return f"{days:,} d {rest} h" if rest and days < 30 else f"{days:,} d"


def rate(value: float | None) -> str:
    """Write a share of one as a percentage with one decimal."""
    return NONE if value is None else f"{value * 100:.1f}%"


def count(value: float | None) -> str:
    """Write a whole number with thousands apart."""
    return NONE if value is None else f"{value:,.0f}"


def signed(text: str, difference: float) -> str:
    """Put a plus or a minus before the text of a difference's size."""
    return f"{MINUS if difference < 0 else '+'}{text}"


def rate_points(difference: float) -> str:
    """Write the distance between two rates in percentage points, without its sign."""
    return f"{abs(difference) * 100:.1f} pts"


def day(value: date) -> str:
    """Write a day in full: 10 Nov 2026."""
    return f"{value.day} {value:%b %Y}"


def days(first: date, last: date) -> str:
    """Write a span of days, naming month and year once where they are shared: 1 – 20 Nov 2026."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def moment(value: datetime, zone: ZoneInfo, precision: str = "second") -> str:
    """Write a moment with its full date in a zone: Tue 10 Nov 2026, 09:14. A day's precision has no clock."""
    local = value.astimezone(zone)
    text = f"{local:%a} {day(local)}"
    return text if precision == "day" else f"{text}, {local:%H:%M}"


def since(opened: datetime, now: datetime) -> str:
    """Write how long something has lasted: 3 d 4 h."""
    return minutes(max(0.0, (now - opened).total_seconds() / 60))


def line(text: str | None, length: int = 160) -> str:
    """First line of a text that has words in it, cut at `length` characters."""
    first = next((part.strip() for part in (text or "").splitlines() if part.strip()), "")
    return first if len(first) <= length else first[: length - 1].rstrip() + "…"
