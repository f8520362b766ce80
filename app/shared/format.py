"""How figures, ages and moments are written, so that every page writes them alike in each language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.shared.language import N_, SPACE, _, current, number

NONE = "–"
MINUS = "−"
WITHHELD = N_("text not shown, as the source's policy says")
# Why a mail's text cannot be read (`body_missing`).
MISSING = {
    "encrypted": N_("encrypted"),
    "smime": N_("signed by S/MIME in a form that mail programs open"),
    "tnef": N_("in Outlook's own form (winmail.dat)"),
    "calendar": N_("an invitation alone"),
    "damaged": N_("damaged"),
    "attachments": N_("it is in an attachment"),
    "pictures": N_("it is a picture"),
}
HOUR, DAY = 60, 1440
MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}
WEEKDAYS = {
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "fr": ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
}


def minutes(value: float | None) -> str:
    """Write a duration in minutes as a person says it: 4 min, 2 h 05, 3 d 4 h (3 j 4 h in French)."""
    if value is None:
        return NONE
    text = _minutes(value, "d" if current() == "en" else "j")
    return text if current() == "en" else text.replace(" ", SPACE)


def _minutes(value: float, day: str) -> str:
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
    return f"{number(days)} {day} {rest} h" if rest and days < 30 else f"{number(days)} {day}"


def rate(value: float | None, decimals: int = 1) -> str:
    """Write a share of one as a percentage."""
    sign = "%" if current() == "en" else f"{SPACE}%"
    return NONE if value is None else f"{number(value * 100, decimals)}{sign}"


def count(value: float | None) -> str:
    """Write a whole number with thousands apart."""
    return NONE if value is None else number(value)


def score(value: float | None) -> str:
    """Write a net promoter score with its sign: +12, −3, 0."""
    if value is None:
        return NONE
    whole = round(value)
    return signed(number(abs(whole)), whole) if whole else "0"


def stars(value: float | None) -> str:
    """Write a rating that was scaled to 0..1 as out of five."""
    return NONE if value is None else f"{number(value * 5, 1)}{SPACE}/{SPACE}5"


def signed(text: str, difference: float) -> str:
    """Put a plus or a minus before the text of a difference's size."""
    return f"{MINUS if difference < 0 else '+'}{text}"


def rate_points(difference: float) -> str:
    """Write the distance between two rates in percentage points, without its sign."""
    return f"{number(abs(difference) * 100, 1)} pts"


def day_and_month(value: date) -> str:
    """Write a day without its year: 10 Nov."""
    first = "er" if current() == "fr" and value.day == 1 else ""
    return f"{value.day}{first} {MONTHS[current()][value.month - 1]}"


def day(value: date) -> str:
    """Write a day in full: 10 Nov 2026."""
    return f"{day_and_month(value)} {value.year}"


def days(first: date, last: date) -> str:
    """Write a span of days, naming month and year once where they are shared: 1 – 20 Nov 2026."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    begins = day_and_month(first)
    return f"{begins.split()[0] if first.month == last.month else begins} – {day(last)}"


def moment(value: datetime, zone: ZoneInfo, precision: str = "second") -> str:
    """Write a moment with its full date in a zone: Tue 10 Nov 2026, 09:14. A day's precision has no clock."""
    local = value.astimezone(zone)
    text = f"{WEEKDAYS[current()][local.weekday()]} {day(local)}"
    return text if precision == "day" else f"{text}, {local:%H:%M}"


def short(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment without its weekday, for a table: 10 Nov 2026, 09:14."""
    local = value.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def since(opened: datetime, now: datetime) -> str:
    """Write how long something has lasted: 3 d 4 h."""
    return minutes(max(0.0, (now - opened).total_seconds() / 60))


def line(text: str | None, length: int = 160) -> str:
    """First line of a text that has words in it, cut at `length` characters."""
    first = next((part.strip() for part in (text or "").splitlines() if part.strip()), "")
    return first if len(first) <= length else first[: length - 1].rstrip() + "…"


def flat(text: str | None, length: int = 160) -> str:
    """A text on one line, cut at `length` characters: what follows the salutation is what it is about."""
    return line(" ".join((text or "").split()), length)


class Said(Protocol):
    """Something that was written, whose words may be withheld."""

    @property
    def title(self) -> str | None:
        """Its subject."""

    @property
    def body(self) -> str | None:
        """Its words."""

    @property
    def text_withheld(self) -> bool:
        """Its policy does not let them be shown."""


def subject(said: Said) -> str:
    """What something is about, in one line: its title, else how it begins; said where there is no text."""
    return _(WITHHELD) if said.text_withheld else line(said.title) or flat(said.body) or _("no text to show")
