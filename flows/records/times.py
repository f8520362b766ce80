"""When something says it was written: the one reader of the ways in which feeds, mails, files and APIs write it.

Days first: a text without a day is no moment, and none is guessed (`02/03/2026` is two). Where no zone is written,
UTC is meant. Names of months are those of Unicode's CLDR.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import product
from typing import Literal, NamedTuple, TypeAlias

from flows.records.making import Unusable
from flows.records.zones import FARTHEST, LONG_NAME, ZONE, Zone, by_letters, read_zone

Precision: TypeAlias = Literal["second", "minute", "hour", "day"]
SLACK = timedelta(days=1)  # how far ahead a moment may lie: clocks are wrong, zones mistaken
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before that, a date in a feed is an unset field
LONGEST = 150  # characters of a written moment

ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# Languages whose months are read, the most used first: where a word is two months in two of them, the first counts.
LOCALES = (
    "en", "fr", "de", "es", "it", "pt", "nl", "ru", "pl", "tr", "sv", "da", "nb", "fi", "cs", "el", "hu", "ro",
    "uk", "bg", "sk", "ca", "id", "vi", "ar", "he", "fa", "hi", "th",
)  # fmt: skip
COMMENT = re.compile(r"\(([^()]*)\)")
HALF = r"[ap]\.?\s?m\b\.?|[πμ]\.\s?μ\.|[صم](?!\w)"
HALF_BEFORE = "上午|下午|午前|午後|오전|오후"
AFTERNOON = re.compile(r"p|μ\.\s?μ|م|下午|午後|오후", re.IGNORECASE)
CLOCK = re.compile(
    rf"(?<![\d:.+-])(?:(?P<half1>{HALF_BEFORE})\s?)?(?:(?P<h>\d{{1,2}})\s?(?::|h(?=\s?\d\d))\s?(?P<m>\d{{1,2}})"
    rf"(?:\s?:\s?(?P<s>\d{{1,2}})(?:[.,]\d{{1,9}})?)?(?!\d)\s*(?P<half2>{HALF})?|(?P<h2>\d{{1,2}})\s?(?P<half3>[ap]\.?\s?m\b\.?))",
    re.IGNORECASE,
)
DOTTED = re.compile(r"(?<![\d.])(?P<h>\d{1,2})\.(?P<m>\d{2})(?:\.(?P<s>\d{2}))?(?![\d.])")
WORD = r"(?P<name>[^\W\d_]{2,20})\.?"
YEAR = r"(?P<y>'?\d{4}|'?\d{2,3})(?!\d)"
DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<![\d:])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|[.ºª])?[\s,/-]*(?:de\s|of\s|d')?{WORD}[\s,/-]*(?:de[l]?\s)?{YEAR}"
    ),
    re.compile(rf"{WORD}[\s,/-]{{1,4}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,/-]{{1,4}}{YEAR}"),
    re.compile(rf"(?<!\d)(?P<y>\d{{4}})[.\s,/-]{{1,4}}{WORD}[\s,/-]{{1,4}}(?P<d>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<a>\d{{1,2}})(?P<mark>\.\s?|/|-)(?P<b>\d{{1,2}})(?P=mark){YEAR}"),
)
AROUND, DIGIT = " ,.;-", re.compile(r"\d")
NOT_UNDERSTOOD = "a part of the date is not understood"
SIGNED = re.compile(r"\s?[+-]\d")
MINUS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
# Hours, minutes and seconds as Chinese, Japanese and Korean write them.
HOURS, MINUTES = re.compile(r"(?<=\d)\s?[時时點点시]\s?(?=\d)"), re.compile(r"(?<=\d)\s?[分분]\s?(?=\d)")
UNITS = re.compile(r"(?<=\d)[分분秒초]")
EPOCH = re.compile(r"1\d{9}(?:\d{3})?|1\d{9}\.\d+")
MONTH_FIRST = frozenset({"us", "ph"})  # countries where 02/03/2026 is in February


class Written(NamedTuple):
    """A moment (UTC), how precise it is written, what is uncertain about it, and whether a zone stands there."""

    moment: datetime
    precision: Precision
    doubt: str | None = None
    has_zone: bool = True


def read_time(text: str | None, *, where: Sequence[str] = (), near: datetime | None = None) -> Written | None:
    """Return what a text says as a moment; None where nothing is written, or nothing that can be a moment.

    `where` are countries of whoever wrote (see `zones.countries`), `near` is a moment that it lies close to: they
    say what letters mean that are the zones of several countries.
    """
    if not text or len(text) > 10 * LONGEST:
        return None
    try:
        return _read(text, tuple(where), near)
    except (ValueError, OverflowError):
        return None


def check_written(moment: datetime, now: datetime, more: str = "") -> None:
    """Raise Unusable for a moment that is still to come; `more` is added to what it says."""
    if moment > now + SLACK:
        raise Unusable("date in the future", f"it says it was written at {moment.isoformat()}{more}")


def _read(text: str, where: tuple[str, ...], near: datetime | None) -> Written | None:
    stripped = text.strip()
    if EPOCH.fullmatch(stripped):
        seconds = float(stripped) / (1000 if len(stripped) == 13 else 1)
        return _written(datetime.fromtimestamp(seconds, UTC), "second", None)
    if (moment := _iso(stripped)) is not None:
        return _written(moment, _precision(stripped), None)
    return _in_words(stripped, where, near)


def _in_words(text: str, where: tuple[str, ...], near: datetime | None) -> Written | None:
    """A day and perhaps a time of day, in words and numbers."""
    tidy = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    comments = COMMENT.findall(tidy)
    left = COMMENT.sub(" ", UNITS.sub(" ", MINUTES.sub(":", HOURS.sub(":", tidy.translate(MINUS)))))
    if len(left) > LONGEST:
        return None
    clock = CLOCK.search(left)
    zone = ZONE.match(left, clock.end()) if clock else None
    ends = zone.end() if zone else 0
    if SIGNED.match(left, ends):
        return None  # half an offset
    day, rest = _day(f"{left[: clock.start()]} {left[ends:]}" if clock else left, where)
    if day is None:
        return None
    if clock is None and (clock := DOTTED.search(rest)):
        zone, ends = ZONE.match(rest, clock.end()), clock.end()
        rest = rest[: clock.start()] + rest[zone.end() if zone else ends :]
    is_whole = not DIGIT.search(rest) or ZONE.fullmatch(rest.strip(AROUND)) is not None
    if clock is None:
        # A day is that day, whatever the zone, but for a time of day beside it that nobody understands.
        return _written(day, "day", None if is_whole else NOT_UNDERSTOOD)
    at = day + _of_day(clock)
    precision: Precision = "second" if clock["s"] else "minute" if clock["m"] else "hour"
    found = _zone(zone, [rest, *comments], at, where, near)
    doubt = found.doubt if found else None
    if not is_whole:
        doubt = doubt or NOT_UNDERSTOOD
    return _written(at.replace(tzinfo=found.zone if found else None), precision, doubt)


def _written(moment: datetime, precision: Precision, doubt: str | None) -> Written | None:
    has_zone = moment.tzinfo is not None
    moment = moment if has_zone else moment.replace(tzinfo=UTC)
    if abs(moment.utcoffset() or timedelta()) > FARTHEST:
        return None
    moment = moment.astimezone(UTC)
    return Written(moment, precision, doubt, has_zone) if moment >= EARLIEST else None


def _zone(
    beside: re.Match[str] | None, elsewhere: list[str], at: datetime, where: tuple[str, ...], near: datetime | None
) -> Zone | None:
    """The zone beside the time of day; else one that stands alone in the rest, or in a comment."""
    for match in (beside, *(ZONE.fullmatch(text.strip(AROUND)) for text in elsewhere)):
        if match and (found := read_zone(match, at, where, near)):
            return found
    named = next((match.group() for text in elsewhere if (match := LONG_NAME.search(text))), None)
    return by_letters("".join(word[0] for word in named.split()), at, where, near) if named else None


def _day(text: str, where: tuple[str, ...]) -> tuple[datetime | None, str]:
    """The day in a text, at midnight, and the text without it."""
    for shape in DATES:
        for found in shape.finditer(text):
            parts = found.groupdict()
            year = _year(parts["y"].lstrip("'"))
            month, number = _month_and_day(parts, where)
            if month:
                return datetime(year, month, number), f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def _month_and_day(parts: dict[str, str], where: tuple[str, ...]) -> tuple[int, int]:
    """Month and day of what one of DATES found; a month of 0 where the word is none."""
    if parts.get("a"):
        return _in_order(int(parts["a"]), int(parts["b"]), "." in parts["mark"], where)
    return int(parts["m"]) if parts.get("m") else _month(parts["name"]) or 0, int(parts["d"])


def _year(said: str) -> int:
    """RFC 2822: three figures count from 1900, as two do that would lie far ahead."""
    year = int(said)
    return year if len(said) == 4 else year + (2000 if year < 69 else 1900)


def _in_order(a: int, b: int, is_dotted: bool, where: tuple[str, ...]) -> tuple[int, int]:
    """Month and day of two numbers, by what they can be, else by the country; a month of 0 where nothing tells."""
    if a > 12 or is_dotted or a == b:
        return b, a
    if b > 12:
        return a, b
    return (0, 0) if not where else (a, b) if where[0] in MONTH_FIRST else (b, a)


def _of_day(found: re.Match[str]) -> timedelta:
    """The time since midnight. Raises ValueError for one that no day has."""
    parts = found.groupdict()
    hour, minute = int(parts["h"] or parts["h2"]), int(parts["m"] or 0)
    second = min(int(parts["s"] or 0), 59) if parts["s"] != "60" else 59  # a leap second
    if hour > 24 or minute > 59 or int(parts["s"] or 0) > 60 or (hour == 24 and minute + second):
        raise ValueError("no time of day")
    half = parts.get("half1") or parts.get("half2") or parts.get("half3")
    if half and hour <= 12:
        hour = hour % 12 + (12 if AFTERNOON.match(half) else 0)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _month(name: str) -> int | None:
    word = _plain(name)
    return _english().get(word) or _months().get(word)


@cache
def _english() -> dict[str, int]:
    return _begun(ENGLISH) | {"sept": 9}


@cache
def _months() -> dict[str, int]:
    """Names of months in the languages that are read; loaded when an English one is not found."""
    from babel.dates import get_month_names

    found: dict[str, int] = {}
    forms: tuple[tuple[Literal["wide", "abbreviated"], Literal["format", "stand-alone"]], ...] = (
        ("abbreviated", "format"), ("abbreviated", "stand-alone"), ("wide", "format"), ("wide", "stand-alone"),
    )  # fmt: skip
    for locale, (width, context) in product(LOCALES, forms):
        names = get_month_names(width, context, locale)
        found = _begun([_plain(names[number]) for number in range(1, 13)]) | found
    return found


def _begun(names: Sequence[str]) -> dict[str, int]:
    """The months' names, and every beginning of three letters or more that is one of them only."""
    meant: dict[str, set[int]] = {}
    for number, name in enumerate(names, 1):
        for end in range(3, len(name) + 1):
            meant.setdefault(name[:end], set()).add(number)
    one = {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}
    return one | {name: number for number, name in enumerate(names, 1) if not name.isdecimal()}


@lru_cache(4096)
def _plain(word: str) -> str:
    """A word in small letters, without accents and dots."""
    kept = (
        c for c in unicodedata.normalize("NFKD", word.casefold()) if unicodedata.category(c) not in ("Mn", "Cf")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip(". ")


def _precision(written: str) -> Precision:
    if re.search(r"\d{1,2}:\d{2}:\d{2}|T\d{6}", written):
        return "second"
    return "minute" if re.search(r"\d{1,2}:\d{2}", written) else "day"


def _iso(written: str) -> datetime | None:
    """W3CDTF: a year and month alone are their first day."""
    if re.fullmatch(r"\d{4}-\d{2}", written):
        written += "-01"
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None
