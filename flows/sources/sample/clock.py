"""Time in Paris: days with their summer-time changes, public holidays, opening hours, and when people write.

Times are whole seconds since 1970, UTC. A second of the day counts on the wall clock.
"""

from __future__ import annotations

from bisect import bisect
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600
DAY = 24 * HOUR

# Messages by hour of the wall clock, on a working day and at the weekend; two nights' owls in a hundred.
WEEK = (6, 3, 2, 1, 1, 2, 8, 24, 46, 58, 62, 58, 60, 56, 52, 54, 56, 60, 66, 62, 56, 50, 36, 16)
WEEKEND = (10, 6, 3, 2, 1, 1, 4, 10, 22, 40, 54, 58, 50, 46, 48, 48, 50, 50, 52, 50, 50, 46, 36, 20)
WEEKDAYS = (1.2, 1.1, 1.05, 1.05, 1.0, 0.7, 0.55)


def yesterday() -> date:
    """The last whole day in Paris."""
    return datetime.now(PARIS).date() - timedelta(days=1)


@cache
def _midnights(day: date) -> tuple[int, int]:
    start = datetime(day.year, day.month, day.day, tzinfo=PARIS)
    noon = start.replace(hour=12)
    return int(start.timestamp()), int(noon.timestamp())


def at(day: date, second: int) -> int:
    """The moment when clocks show `second` of `day`; from 3 o'clock on they show the new time on a change day."""
    midnight, noon = _midnights(day)
    return midnight + second if second < 3 * HOUR else noon - 12 * HOUR + second


def iso(moment: int) -> str:
    """ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def local_day(moment: int) -> date:
    """The day in Paris."""
    return _day_of_hour(moment // HOUR)


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int) -> date:
    return datetime.fromtimestamp(hour * HOUR, PARIS).date()


@cache
def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, g = b // 4, b % 4, (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    j, k = c // 4, c % 4
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * j - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


@cache
def holidays(year: int) -> frozenset[date]:
    """Public holidays of metropolitan France."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moved = (easter(year) + timedelta(days=days) for days in (1, 39, 50))
    return frozenset([*(date(year, month, day) for month, day in fixed), *moved])


def is_holiday(day: date) -> bool:
    """Whether France is closed that day."""
    return day in holidays(day.year)


def busyness(day: date) -> float:
    """How much is written that day, 1.0 being a Friday."""
    start_of_month = 1.12 if day.day <= 5 else 1.0
    return WEEKDAYS[day.weekday()] * start_of_month * (0.6 if is_holiday(day) else 1.0)


@cache
def rhythm(weekend: bool) -> tuple[float, ...]:
    """Running sums of the hours' shares."""
    hours = WEEKEND if weekend else WEEK
    return tuple(accumulate(value / sum(hours) for value in hours))


def hour_share(day: date, hour: int) -> float:
    """The part of a day's messages that starts in one hour."""
    sums = rhythm(day.weekday() >= 5 or is_holiday(day))
    return sums[hour] - (sums[hour - 1] if hour else 0.0)


def writing_second(day: date, rng: Random) -> int:
    """Draw when somebody writes."""
    hour = bisect(rhythm(day.weekday() >= 5 or is_holiday(day)), rng.random() * 0.999999)
    return hour * HOUR + int(rng.random() * HOUR)


@cache
def opening(day: date, evenings: bool) -> tuple[int, int] | None:
    """When the team is there: Mon-Fri 9-18, Sat 9-13; until 22 and 18 where it also watches in the evening."""
    if day.weekday() == 6 or is_holiday(day):
        return None
    saturday = day.weekday() == 5
    closes = (18 if saturday else 22) if evenings else (13 if saturday else 18)
    return at(day, 9 * HOUR), at(day, closes * HOUR)


def after_open(moment: int, seconds: float, evenings: bool) -> int:
    """The moment when `seconds` of opening time have gone by."""
    day, left = local_day(moment), int(seconds)
    while True:
        hours = opening(day, evenings)
        if hours:
            begins, ends = max(moment, hours[0]), hours[1]
            if begins + left < ends:
                return begins + left
            left -= max(ends - begins, 0)
        day += timedelta(days=1)
