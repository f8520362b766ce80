"""Dates that a text names, as the day, week, month or year that its author means.

The patterns know the parts of what they find, so nothing reads a date a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.understand.analyzer import Mention
from flows.understand.date_patterns import (
    DATE_WORDS,
    FIGURES,
    MONTHS,
    NEAR_DAYS,
    NUMBERS,
    PATTERNS,
    TURNS,
    UNITS,
    WAYS,
    WEEKDAYS,
)
from flows.understand.folding import Folded

KIND = "date"
MOST = 20  # dates of one text that are told
FIRST_YEAR, LAST_YEAR = 1900, 2100
LOOK_BACK = 30  # characters before a date that tell on which side of today it is
FAR = 270  # days: "due by 20 October", said on the 31st, was due eleven days ago
BY_FIGURES, BY_GUESS, BY_WEEKDAY, BY_DURATION, SURE = 0.75, 0.8, 0.7, 0.6, 0.97


@dataclass(frozen=True, slots=True)
class _Day:
    """What a stretch of text means: a day, or the week, month or year that it is in."""

    day: date
    precision: str = "day"
    probability: float = SURE

    def __str__(self) -> str:
        if self.precision == "week":
            return f"{self.day:%G-W%V}"
        return self.day.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]

    def details(self) -> dict[str, str]:
        """Tell the first and last day that are meant."""
        first, last = self.day, self.day
        if self.precision == "week":
            first = self.day - timedelta(self.day.weekday())
            last = first + timedelta(6)
        elif self.precision == "month":
            first = self.day.replace(day=1)
            last = _moved(first, 1, "month") - timedelta(1)
        elif self.precision == "year":
            first, last = date(self.day.year, 1, 1), date(self.day.year, 12, 31)
        return {"precision": self.precision, "first": first.isoformat(), "last": last.isoformat()}


class Dates:
    """Finds dates; what is relative is told from the day on which the message was posted, in the company's zone."""

    def __init__(self, zone: str = "UTC", english_day_first: bool = False) -> None:
        """Take the zone in which a message's day is told, and how 03/04 reads in English."""
        self._zone = ZoneInfo(zone)
        self._english_day_first = english_day_first

    def find(self, text: Folded, posted_at: datetime | None, language: str | None = None) -> list[Mention]:
        """Return the dates in the order of the text: `2026-03-04`, `2026-W10`, `2026-03` or `2026`.

        Without `posted_at` only those that name their year. A time without a zone is the company's.
        """
        if not FIGURES.search(text.plain) and DATE_WORDS.isdisjoint(text.words.split()):
            return []
        today = None
        if posted_at is not None:
            today = (posted_at.astimezone(self._zone) if posted_at.tzinfo else posted_at).date()
        month_first = language == "en" and not self._english_day_first
        taken: list[tuple[int, int]] = []
        found: list[Mention] = []
        for name, match in _matches(text.plain):
            start, end = match.start("at") if "at" in match.groupdict() else match.start(), match.end()
            if any(start < last and first < end for first, last in taken):
                continue
            parts = {key.rstrip("0123456789"): value for key, value in match.groupdict().items() if value}
            parts["way"] = str(_way_before(text.plain, start))
            try:
                day = _RESOLVERS[name](parts, today, month_first)
            except (ValueError, OverflowError):  # a 31st of June, a year before the first
                day = None
            if day and FIRST_YEAR <= day.day.year <= LAST_YEAR and not _is_modal(text, match, parts):
                taken.append((start, end))
                found.append(Mention(KIND, str(day), text.span(start, end), day.probability, day.details()))
            if len(found) == MOST:
                break
        return sorted(found, key=lambda mention: mention.span)


def _matches(plain: str) -> Iterator[tuple[str, re.Match[str]]]:
    for name, pattern in PATTERNS:
        for match in pattern.finditer(plain):
            yield name, match


def _is_modal(text: Folded, match: re.Match[str], parts: dict[str, str]) -> bool:
    """Whether "may" or "march" is a verb: neither capital nor year nor ordinal, as in "those 2 may come"."""
    month = parts.get("month", "")
    if month not in {"may", "march", "mar"} or "year" in parts or re.search(r"\d(?:st|nd|rd|th)", match[0]):
        return False
    return month in text.text[slice(*text.span(*match.span()))]  # written small


def _figures(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    one, two = int(parts["one"]), int(parts["two"])
    day, month = (two, one) if month_first else (one, two)
    if month > 12 >= day:
        day, month = month, day
    probability = SURE if day > 12 or day == month else BY_FIGURES if month_first else 0.9
    return _dated(day, month, parts, today, probability)


def _dated(day: int, month: int, parts: dict[str, str], today: date | None, probability: float) -> _Day | None:
    """A date whose year is written; else the one before or after the message, as the words say, or the nearest."""
    if "year" in parts:
        number = int(parts["year"])
        return _Day(
            date(number + (2000 if number < 70 else 1900 if number < 100 else 0), month, day), "day", probability
        )
    if today is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    days = [date(year, month, day) for year in years if day <= 28 or _is_day(year, month, day)]
    way = _way(parts)
    far = 366 if way == -2 else FAR
    there = [one for one in days if 0 <= (one - today).days * way <= far * abs(way)] if way else []
    there = there or days
    return _Day(min(there, key=lambda one: abs(one - today)), "day", probability) if there else None


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _named(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    return _dated(int(parts["day"]), MONTHS[parts["month"]], parts, today, SURE)


def _written(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    return _dated(int(parts["day"]), int(parts["month"]), parts, today, SURE)


def _month(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    number = MONTHS[parts["month"]]
    if "year" in parts:
        return _Day(date(int(parts["year"]), number, 1), "month")
    if today is None:
        return None
    way = _way(parts)
    first = date(today.year, number, 1)
    if way == 1:
        return _Day(first if number > today.month else first.replace(year=today.year + 1), "month")
    if way < 0:
        return _Day(first if number < today.month else first.replace(year=today.year - 1), "month")
    nearest = _dated(15, number, {"way": "0"}, today, BY_GUESS)
    return _Day(nearest.day.replace(day=1), "month", BY_GUESS) if nearest else None


def _way(parts: dict[str, str]) -> int:
    """Whether it lies ahead (1), behind (-1, -2), or is not said (0)."""
    return TURNS[parts["turn"]] if "turn" in parts else int(parts["way"])


def _way_before(plain: str, start: int) -> int:
    """What the last of the words before it says: ahead (1), behind (-1), behind for certain (-2), nothing (0)."""
    way = 0
    for match in WAYS.finditer(plain, max(0, start - LOOK_BACK), start):
        way = -2 if match["since"] else -1 if match["behind"] else 1
    return way


def _near(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    return _Day(today + timedelta(NEAR_DAYS[parts["near"]])) if today else None


def _weekday(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    if today is None:
        return None
    ahead = (WEEKDAYS[parts["weekday"]] - today.weekday()) % 7
    way = _way(parts)
    if way == 1:
        return _Day(today + timedelta(ahead or 7), "day", BY_GUESS)
    if way < 0:
        return _Day(today + timedelta(ahead - 7))
    # Said without a direction: the nearest one.
    return _Day(today + timedelta(ahead if ahead <= 3 else ahead - 7), "day", BY_WEEKDAY)


def _moved(today: date, number: int, unit: str) -> date:
    if unit in {"day", "week"}:
        return today + timedelta(number * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 + number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, 28 if month == 1 else 30 if month in {3, 5, 8, 10} else 31))


def _ago(parts: dict[str, str], today: date | None, month_first: bool, sign: int = -1) -> _Day | None:
    if today is None:
        return None
    number = NUMBERS.get(parts["number"]) or int(parts["number"])
    unit = UNITS[parts["unit"]]
    # Who counts days means the day; of weeks, months and years about one.
    return _Day(_moved(today, sign * number, unit), unit, SURE if sign < 0 else BY_GUESS)


def _ahead(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    day = _ago(parts, today, month_first, sign=1)
    return replace(day, probability=BY_DURATION) if day and parts["way"] != "1" else day


def _turn(parts: dict[str, str], today: date | None, month_first: bool) -> _Day | None:
    if today is None:
        return None
    unit = UNITS[parts["unit"]]
    return _Day(_moved(today, TURNS[parts["turn"]], unit), unit)


_RESOLVERS: dict[str, Callable[[dict[str, str], date | None, bool], _Day | None]] = {
    "written": _written, "figures": _figures, "named": _named, "month": _month, "near": _near, "weekday": _weekday,
    "ago": _ago, "ahead": _ahead, "turn": _turn,
}  # fmt: skip
