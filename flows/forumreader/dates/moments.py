"""Dates as forums write them: absolute and relative, in several languages' words, or a machine's numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from flows.forumreader.dates.clocks import (
    CLOCK,
    DATE_PATTERNS,
    JOIN,
    NUMERIC,
    Calendar,
    Clock,
    clock_of,
    day_of,
    is_foreign,
    is_vague,
    numeric_days,
    weekday_of,
)
from flows.forumreader.dates.words import BESIDE, CUES, DAYS, JUST_NOW, ONE, UNIT, WEEKDAY, either, plain
from flows.forumreader.posts import Moment, Precision

LONGEST = 300  # characters of a text in which a date is looked for
MAX_UNKNOWN_WORDS = 8  # words beside a whole date that need no explanation (a name, a title)
AHEAD = timedelta(days=1)
EPOCH = re.compile(r"1\d{9}(?:\d{3})?|1\d{9}\.\d+")
LATE_YEAR = re.compile(r"[\s,]{1,2}(\d{4})(?![\d:])")
CUE = re.compile(
    rf"(?:»|\b{either(CUES)}|\bon ?:|\ble ?:)(?: (?:by|par|von|door|da|por) \S{{1,40}}(?: \S{{1,40}})?)?\W{{0,4}}"
    r"(?:(?:on|le|the|am|el|il|op|em)\b)?\W{0,4}$"
)
AMOUNT = rf"(?:\d{{1,3}}\s?|{either(ONE)} ){either(UNIT)}\b"
ROUGHLY = r"(?:(?:environ|about|almost|pres de|etwa|ungefahr|circa|ongeveer|unos) )?"
UNDER = r"(?P<under>less than |moins d'|moins de |weniger als |menos de |meno di |minder dan )?"
SPAN = rf"{UNDER}{ROUGHLY}(?P<span>{AMOUNT}(?:(?:\s?,\s?|\s)(?:(?:and|et|und|y|e|en) )?{AMOUNT}){{0,2}})"
SOME = r"(?:a few|few|some|quelques|einigen|wenigen|unos|pochi|enkele|alguns) se[cgk]\w*"
AGO = tuple(
    re.compile(rf"(?<!\w){shape}(?!\w)")
    for shape in (rf"(?:il y a|vor|hace|ha) (?:{SPAN}|{SOME})", rf"(?:{SPAN}|{SOME}) (?:ago|fa|geleden|atras)")
)
PIECE = re.compile(rf"(\d{{1,3}}|{either(ONE)})\s?({either(UNIT)})\b")
NOW = re.compile(rf"(?<!\w){either(JUST_NOW)}(?!\w)")
STEPS: tuple[Precision, ...] = ("second", "minute", "hour", "day")
AFTER_DAY = re.compile(JOIN)
BEFORE_DAY = re.compile(r"[\s,;@|·•–—/()-]{1,4}(?:(?:on|le|the|am|il|el|den|op) )?")
DATE_HINT = re.compile(
    rf"\d|\b(?:{either([*DAYS, *JUST_NOW, *WEEKDAY])}|ago|il y a|vor|hace|ha|fa|geleden|atras)\b"
)
NUMBERED = re.compile(r"#\s?\d+")


@dataclass(frozen=True)
class Found:
    """A date in a text: where it stands, what it says, and how much of a date it is."""

    start: int
    end: int
    moment: Moment
    is_whole: bool  # a calendar day with a time of day: needs no words around it that confirm it


def read_moment(said: str, now: datetime, zone: tzinfo, day_first: bool | None = None) -> Moment | None:
    """Read a date written at `now` (with a zone) by a forum whose clock is in `zone`; None where there is none.

    `day_first` tells 01-05 from 05-01 where nothing else does: without it such a date is none. The moment has the
    forum's offset from UTC at that time; parts finer than its precision are zero. Weeks, months and years ago are
    none: no day is said. Nor is a moment more than a day after `now`. Raises ValueError when `now` has no zone.
    """
    if now.tzinfo is None:
        raise ValueError("the time of reading needs a zone")
    text = plain(said)
    if len(text) > LONGEST or not DATE_HINT.search(text):
        return None
    if EPOCH.fullmatch(text):
        return _sensible(_epoch(text, zone), now)
    words = re.findall(r"[^\W\d_]+", text)
    foreign = is_foreign(words) or "à" in said.lower().split()
    calendar = Calendar(now.astimezone(zone).date(), day_first, foreign)
    found = [*_absolute(text, zone, calendar), *_relative(text, now, zone)]
    return _sensible(_chosen(text, found), now)


def _epoch(text: str, zone: tzinfo) -> Moment:
    number = float(text)
    at = datetime.fromtimestamp(int(number / 1000 if number > 1e12 else number), UTC)
    return Moment(_fixed(at.astimezone(zone)), "second")


def _sensible(moment: Moment | None, now: datetime) -> Moment | None:
    return None if moment is None or moment.at - now > AHEAD else moment


def _fixed(at: datetime) -> datetime:
    """The same time with its offset in place of a zone's rules, in which two times an hour apart can be equal."""
    return at.replace(tzinfo=timezone(at.utcoffset() or timedelta()), fold=0)


def _at(day: date, clock: Clock | None, zone: tzinfo) -> Moment:
    """A day and its time as a moment; an hour that the zone skips or has twice is read by the offset before."""
    if clock is None:
        return Moment(_fixed(datetime.combine(day, time(), zone)), "day")
    naive = datetime.combine(day, time(clock.hour, clock.minute, clock.second), clock.zone or zone)
    return Moment(_fixed(naive.astimezone(UTC).astimezone(clock.zone or zone)), clock.precision)


def _absolute(text: str, zone: tzinfo, calendar: Calendar) -> Iterator[Found]:
    for shape in DATE_PATTERNS:
        for match in shape.finditer(text):
            parts = match.groupdict()
            is_named = bool(parts.get("daily") or parts.get("weekly"))
            start, end, clock = _clocked(text, match)
            year = None
            if clock and not parts.get("year") and not is_named and (late := LATE_YEAR.match(text, end)):
                year, end = late[1], late.end()
            if not is_vague(match, clock is not None) and (day := day_of(match, calendar, year)):
                yield Found(start, end, _at(day, clock, zone), clock is not None and not is_named)


def _clocked(text: str, day: re.Match[str]) -> tuple[int, int, Clock | None]:
    """From where to where a day stands with its time of day, which follows it or else goes before it."""
    join = AFTER_DAY.match(text, day.end())
    if join and (found := CLOCK.match(text, join.end())) and (clock := clock_of(found, bool(join["at"]))):
        return day.start(), found.end(), clock
    for found in CLOCK.finditer(text, 0, day.start()):
        if BEFORE_DAY.fullmatch(text, found.end(), day.start()) and (clock := clock_of(found, False)):
            return found.start(), day.end(), clock
    return day.start(), day.end(), None


def _relative(text: str, now: datetime, zone: tzinfo) -> Iterator[Found]:
    for match in NOW.finditer(text):
        yield Found(match.start(), match.end(), _ago({}, "minute", now, zone), False)
    for shape in AGO:
        for match in shape.finditer(text):
            span: dict[str, int] = {}
            for number, unit in PIECE.findall(match["span"] or ""):
                span[UNIT[unit]] = int(number) if number.isdigit() else 1
            finest: Precision = next((step for step in STEPS if step in span), "minute")
            moment, end = _ago({} if match["under"] else span, finest, now, zone), match.end()
            _, clocked, clock = _clocked(text, match)
            if finest == "day" and clock:  # "1 Day Ago, 03:14 PM"
                moment, end = _at(moment.at.date(), clock, zone), clocked
            yield Found(match.start(), end, moment, False)


def _ago(span: dict[str, int], precision: Precision, now: datetime, zone: tzinfo) -> Moment:
    """So long before `now`, cut to its precision: re-reading the page a little later mostly says the same."""
    at = (now.astimezone(UTC) - timedelta(**{f"{unit}s": n for unit, n in span.items()})).astimezone(zone)
    at = at.replace(microsecond=0, second=at.second if precision == "second" else 0)
    if precision in ("hour", "day"):
        at = at.replace(minute=0)
    return Moment(_fixed(at if precision != "day" else at.replace(hour=0)), precision)


def date_in(text: str) -> str:
    """Return the part of a text that reads like a date (in plain letters, for `read_moment`); else nothing."""
    words = plain(text)[:LONGEST]
    days = ((match, _clocked(words, match)) for shape in DATE_PATTERNS for match in shape.finditer(words))
    spans = [found[:2] for match, found in days if not is_vague(match, found[2] is not None)]
    spans += [match.span() for shape in (*AGO, NOW) for match in shape.finditer(words)]
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    return words[start:end]


def _chosen(text: str, found: list[Found]) -> Moment | None:
    """The only date of a text, if the words around it confirm that it is one."""
    apart: list[Found] = []
    for one in sorted(found, key=lambda f: f.start - f.end):
        if all(one.end <= other.start or one.start >= other.end for other in apart):
            apart.append(one)
    pool = [one for one in apart if one.is_whole] or apart
    if len({one.moment.at for one in pool}) > 1:
        pool = [one for one in pool if CUE.search(text[: one.start])]
    if len({one.moment.at for one in pool}) != 1:
        return None
    cued, whole = bool(CUE.search(text[: pool[0].start])), pool[0].is_whole
    allowed = LONGEST if cued and whole else MAX_UNKNOWN_WORDS if cued or whole else 0
    return pool[0].moment if _unknown_words(text, apart) <= allowed else None


def _unknown_words(text: str, found: list[Found]) -> int:
    """How many words and numbers stand beside the dates that do not belong there."""
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return sum(word not in BESIDE for word in re.findall(r"[^\W\d_]+(?:'\w+)?|\d+|[€$£%]", NUMBERED.sub(" ", text)))


def guess_day_first(said: Sequence[str]) -> bool | None:
    """Say whether dates like 01-05-2004, in page order, have the day first; None where they don't tell.

    A part over 12 or a weekday decides; then dots and words of languages that never write the month first;
    then the order of the page, when only one of the two ways of reading makes it rise or fall all along.
    """
    sure: set[bool] = set()
    hints = False
    both: list[tuple[tuple[date, str], tuple[date, str]]] = []
    for text in map(plain, said):
        if not (match := DATE_PATTERNS[NUMERIC].search(text)):
            continue
        year = int(match["year"].lstrip("'"))
        days = numeric_days(int(match["a"]), int(match["b"]), year if year > 99 else year + 2000)
        weekday = weekday_of(match["weekday"])
        told = {order for order, day in days.items() if day.weekday() == weekday} or set(days)
        if len(told) == 1:
            sure |= told
        elif told and days[True] != days[False]:
            clock = _clocked(text, match)[2]
            of_day = f"{clock.hour:02}{clock.minute:02}{clock.second:02}" if clock else ""
            both.append(((days[True], of_day), (days[False], of_day)))
        hints |= match["mark"].strip() == "." or is_foreign(re.findall(r"[^\W\d_]+", text))
    if sure:
        return sure.pop() if len(sure) == 1 else None
    return True if hints else _by_order(both)


def _by_order(both: list[tuple[tuple[date, str], tuple[date, str]]]) -> bool | None:
    day_first, month_first = (_runs([pair[way] for pair in both]) for way in (0, 1))
    return None if day_first == month_first else day_first


def _runs(days: list[tuple[date, str]]) -> bool:
    """Whether days rise or fall all along."""
    return days in (sorted(days), sorted(days, reverse=True))
