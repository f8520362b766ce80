"""Finds times of day and days, as forums write them, in a plain text: the parts of a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta, timezone

from flows.forumreader.dates.words import (
    BY_DATE,
    DAYS,
    ENGLISH_TOO,
    ENGLISH_WEEKDAY,
    FOREIGN,
    MONTH,
    WEEKDAY,
    ZONES,
    either,
)
from flows.forumreader.posts import Precision

FIRST_YEAR = 1990  # forums have no older posts: earlier dates come from clocks that were never set
AT = r"(?:at|a las|a|um|alle ore|alle|ore|om|as|las|kl)\b"
JOIN = rf"(?:t(?=\d\d:)|[\s,;@|·•–—/:>()-]{{0,6}}(?P<at>{AT}[\s:,]{{0,3}})?)"
ZONE = rf"(?:\s?\(?(?=[a-z+-])(?P<tz>{either(ZONES)})?(?P<off>[+-]\d{{1,2}}(?::?[0-5]\d)?)?(?![\w:])\)?)?"
CLOCK = re.compile(
    r"(?<![\d.,:])(?:(?P<h>\d{1,2})(?:\s?[:h]\s?(?P<m>[0-5]\d)(?:\s?(?:[:.]|m|min)\s?(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?:s|mn|min|m)\b)?(?![\d:])(?:\s?(?P<half>[ap]m)\b)?|\s?h\b|\s?(?P<half2>[ap]m)\b"
    r"|\.(?P<dotted>[0-5]\d)(?:\.(?P<dotted_s>[0-5]\d))?(?P<uhr>\s?uhr\b)?(?![\d.:,]))"
    r"|(?P<word>midnight|minuit|mitternacht|medianoche|noon|midi|mittag|mediodia))" + ZONE + r"(?!\w|\.\d)"
)
NOON = frozenset(("noon", "midi", "mittag", "mediodia"))

DAY = r"(?P<day>\d{1,2})(?:\s?(?:st|nd|rd|th|er|eme|o|a|e)\b|\.)?"
NAME = rf"\b(?P<name>{either(MONTH)})\b\.?"
YEAR = r"(?P<year>'?(?:\d{4}|\d{2}))(?![\d%€$£])(?!\s?(?:[:h]\s?\d|[ap]m\b|h\b))(?!\.\d)(?!,\d)"
GAP = r"[\s/.,-]{1,3}"
ON = rf"(?:\b(?P<weekday>{either([*WEEKDAY, *BY_DATE])})\b[\s.,]{{0,3}}(?:le |den |dem |the )?)?"
APART = r"(?<![\w.,:/-])"
DATE_PATTERNS = tuple(
    re.compile(shape)
    for shape in (
        rf"{APART}{ON}(?P<year>\d{{4}})(?P<mark>[-/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?(?P<day>\d{{1,2}})(?![\d/-])(?!\.\d)",
        rf"{APART}{ON}{DAY}{GAP}(?:de |of |di |d')?{NAME}(?:{GAP}(?:de |del |di )?{YEAR})?",
        rf"{APART}{ON}{NAME}[\s.,-]{{1,3}}(?:the )?{DAY}(?![\d:])(?:{GAP}{YEAR})?",
        rf"{APART}(?P<year>\d{{4}}){GAP}{NAME}{GAP}{DAY}(?!\d)",
        rf"{APART}{ON}(?P<a>\d{{1,2}})(?P<mark>\s?[-/.]\s?)(?P<b>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|'?\d{{2}})(?![\d/-])(?![.:,]\d)",
        rf"(?<![\w-])(?P<daily>{either(DAYS)})(?![\w-])",
        rf"(?<![\w-])(?:last |den )?(?P<weekly>{either(WEEKDAY)})(?: dernier| passe)?(?![\w-])",
    )
)
NUMERIC = 4  # the place of "01-05-2004" in DATE_PATTERNS


@dataclass(frozen=True)
class Clock:
    """A time of day; `zone` where it is written beside it."""

    hour: int
    minute: int
    second: int
    precision: Precision
    zone: timezone | None = None


@dataclass(frozen=True)
class Calendar:
    """What days are computed from: the forum's current day, its order of day and month, its words' language."""

    today: date
    day_first: bool | None
    foreign: bool

    @property
    def last(self) -> date:
        """The last day that a date can be."""
        return self.today + timedelta(days=1)


def clock_of(found: re.Match[str], has_at: bool) -> Clock | None:
    """Make a time of day of what CLOCK found; "10.11" is one only after "at" or before "Uhr"."""
    if word := found["word"]:
        return Clock(12 if word in NOON else 0, 0, 0, "minute", _zone(found))
    if found["dotted"] and not (has_at or found["uhr"]):
        return None
    hour, half = int(found["h"]), found["half"] or found["half2"]
    minute, second = found["m"] or found["dotted"], found["s"] or found["dotted_s"]
    if half and hour <= 12:
        if hour == 0 and half == "pm":
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half == "am":
        return None
    if hour > 23:
        return None
    precision: Precision = "second" if second else "minute" if minute else "hour"
    return Clock(hour, int(minute or 0), int(second or 0), precision, _zone(found))


def _zone(found: re.Match[str]) -> timezone | None:
    if found["off"] and (found["tz"] in (None, "utc", "gmt", "z")):
        digits = found["off"][1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        ahead = timedelta(hours=hours, minutes=minutes)
        return timezone(-ahead if found["off"][0] == "-" else ahead) if ahead <= timedelta(hours=14) else None
    return timezone(timedelta(hours=ZONES[found["tz"]])) if found["tz"] else None


def day_of(found: re.Match[str], calendar: Calendar, late_year: str | None = None) -> date | None:
    """Make a day of what one of DATE_PATTERNS found; `late_year` is one that stands after the time of day."""
    parts = found.groupdict()
    if parts.get("daily"):
        return calendar.today + timedelta(days=DAYS[parts["daily"]])
    if parts.get("weekly"):
        back = (calendar.today.weekday() - WEEKDAY[parts["weekly"]]) % 7 or 7
        return calendar.today - timedelta(days=back)
    weekday = weekday_of(parts.get("weekday"))
    year = _year(parts.get("year") or late_year, calendar)
    if parts.get("a"):
        days = numeric_days(int(parts["a"]), int(parts["b"]), year) if year else {}
        return _meant(days, weekday, calendar, "." in parts["mark"])
    month = MONTH[parts["name"]] if parts.get("name") else int(parts["month"])
    day = int(parts["day"])
    if year is not None:
        return _date(year, month, day)
    if parts.get("year"):
        return None
    return _latest_date(month, day, weekday, calendar)


def weekday_of(said: str | None) -> int | None:
    """The number of a weekday (Monday is 0) by its name."""
    return None if said is None else WEEKDAY.get(said, BY_DATE.get(said))


def _year(said: str | None, calendar: Calendar) -> int | None:
    if said is None:
        return None
    year = int(said.lstrip("'"))
    if year < 100:
        year += 2000 if year <= calendar.last.year % 100 else 1900
    return year if FIRST_YEAR <= year <= calendar.last.year else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _latest_date(month: int, day: int, weekday: int | None, calendar: Calendar) -> date | None:
    """A day without its year is the last such one."""
    for year in range(calendar.last.year, calendar.last.year - 2, -1):
        found = _date(year, month, day)
        if found and found <= calendar.last:
            return found if weekday in (None, found.weekday()) else None
    return None


def numeric_days(a: int, b: int, year: int) -> dict[bool, date]:
    """The days that two numbers can mean: with the day first (True) and with the month first (False)."""
    read = {True: _date(year, b, a), False: _date(year, a, b)}
    return {order: found for order, found in read.items() if found}


def _meant(days: dict[bool, date], weekday: int | None, calendar: Calendar, dotted: bool) -> date | None:
    """The day that two numbers mean, by what stands beside them and by the page; None where nothing tells."""
    if len(set(days.values())) <= 1:
        return next(iter(days.values()), None)
    told = [day for day in days.values() if day.weekday() == weekday]
    if len(told) == 1:
        return told[0]
    if calendar.day_first is not None:
        return days[calendar.day_first]
    if dotted or calendar.foreign:
        return days[True]
    past = [day for day in days.values() if day <= calendar.last]
    return past[0] if len(past) == 1 else None


def is_foreign(words: list[str]) -> bool:
    """Whether words beside a date are of a language that writes the day before the month."""
    return any(w in FOREIGN or (w in WEEKDAY and w not in ENGLISH_WEEKDAY) for w in words)


def is_vague(found: re.Match[str], has_clock: bool) -> bool:
    """Whether what was found may as well be something else: a short weekday, "2 set" without a year, "1.2.04"."""
    parts = found.groupdict()
    if parts.get("a"):
        return "." in parts["mark"] and len(parts["year"]) == 2 and not has_clock
    if weekly := parts.get("weekly"):
        return weekly in MONTH if has_clock else len(weekly) < 5
    return parts.get("name") in ENGLISH_TOO and not parts.get("year") and not has_clock
