"""Times of files, in the formats that their mapping names; a format that would read another time is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.records.times import read_time

DAY_OR_MONTH = re.compile(r"%-?[dm]")
DIRECTIVE = re.compile(r"%-?(.)")
IN_UTC = re.compile(r"(?:^|[^A-Za-z])(?:Z|UTC|GMT|[+]00:?00)\s*$")  # what a format's own signs may end in
UTC_WORD = re.compile(r"\b(?:UTC|GMT)\b", re.IGNORECASE)
WITH_CLOCK = frozenset("HIcX")
FIRST_SECOND = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_FORMAT = 100


class Doubtful(ValueError):
    """A time that was read, and can be another."""


class Unzoned(ValueError):
    """A time that was read, and nothing says in which zone."""


def parse_time(text: str, formats: list[str], zone: str | None) -> datetime:
    """Read a time as `parse_written` does, in UTC."""
    return parse_written(text, formats, zone).astimezone(UTC)


def says_day(text: str, formats: list[str]) -> bool:
    """Whether a time that one of the formats reads is a day alone."""
    for wanted in formats:
        try:
            moment = _parse_one(text, wanted)
        except (ValueError, OverflowError):
            continue
        if moment.time() != time.min or wanted in {"epoch", "epoch_ms"}:
            return False
        if wanted == "iso":
            return ":" not in text and "T" not in text
        if wanted == "written":
            found = read_time(text)
            return found is not None and found.precision == "day"
        return WITH_CLOCK.isdisjoint(DIRECTIVE.findall(wanted))
    return False


def parse_written(text: str, formats: list[str], zone: str | None) -> datetime:
    """Read a time in the first format that fits, in its own zone; `zone` stands in where the text has none.

    Raises ValueError when no format fits or a time has no zone at all.
    """
    for wanted in formats:
        try:
            moment = _parse_one(text, wanted)
        except Doubtful:
            raise
        except (ValueError, OverflowError):
            continue
        if moment.tzinfo is None:
            if zone is None:
                raise Unzoned("it has no zone and the mapping names none")
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment
    raise ValueError(f"expected {' or '.join(formats)}")


def _parse_one(text: str, wanted: str) -> datetime:
    if wanted == "iso":
        return datetime.fromisoformat(text)
    if wanted == "written":
        return _written(text)
    if wanted in {"epoch", "epoch_ms"}:
        return FIRST_SECOND + timedelta(seconds=float(text) / (1000 if wanted == "epoch_ms" else 1))
    moment = datetime.strptime(text, wanted)
    # strptime forgets the zone that it read, and reads letters of this machine's own zone besides.
    if "%Z" in wanted and not UTC_WORD.search(text):
        raise ValueError("%Z reads UTC and GMT")
    is_utc = "%Z" in wanted or (moment.tzinfo is None and IN_UTC.search(DIRECTIVE.sub("\0", wanted)))
    return moment.replace(tzinfo=UTC) if is_utc else moment


def _written(text: str) -> datetime:
    """A time as people, feeds and mails write it. Raises Doubtful where it can be read in several ways."""
    found = read_time(text)
    if found is None:
        raise ValueError("no time that can be read")
    if found.doubt:
        raise Doubtful(f"{found.doubt}: write it as 2026-11-02T10:15:30+01:00")
    return found.moment if found.has_zone else found.moment.replace(tzinfo=None)


def check_format(wanted: str) -> None:
    """Raise ValueError for a time format that no time could be read in."""
    if wanted in {"iso", "written", "epoch", "epoch_ms"}:
        return
    if len(wanted) > LONGEST_FORMAT:
        raise ValueError(f"a time format has at most {LONGEST_FORMAT} characters")
    try:
        datetime.strptime("", wanted)
    except re.error as error:  # a directive that stands there twice
        raise ValueError(f"{wanted!r} is no time format: {error}") from error
    except ValueError as error:
        if not str(error).startswith("time data"):  # that says only that '' is no time
            raise ValueError(f"{wanted!r} is no time format: {error}") from error
    if trouble := _misread(set(DIRECTIVE.findall(wanted))):
        raise ValueError(f"{wanted!r} would read times wrong: {trouble}")


def _misread(used: set[str]) -> str | None:
    """What a format leaves to chance: strptime takes 1900, January, the first, the morning."""
    if ("p" in used) != ("I" in used):
        return "%I (hours to 12) and %p (AM, PM) go together"
    is_week = used & set("UWV") and used & set("aAwu")
    if not used & set("YyGcx"):
        return "it has no year (%Y)"
    if not (is_week or used & set("mbBjcx")):
        return "it has no month (%m; %M are minutes)"
    if not (is_week or used & set("djcx")):
        return "it has no day (%d)"
    return None


def check_order(formats: list[str]) -> None:
    """Raise ValueError for formats that read one day and month in both orders: 02/03 would be what stands first."""
    seen: dict[str, str] = {}
    for wanted in formats:
        other = seen.setdefault(DAY_OR_MONTH.sub("%d", wanted), wanted)
        if other != wanted:
            raise ValueError(f"{other!r} and {wanted!r} read one date in two ways: name the one that the file has")
