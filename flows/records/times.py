"""When something says it was written: the many ways in which feeds, mails and APIs write a moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, TypeAlias

from flows.records.making import Unusable

Precision: TypeAlias = Literal["second", "minute", "day"]
# RFC 822 knows North American zones only; these stand in feeds all the same and mean one thing.
ZONES = {
    "CET": "+0100", "CEST": "+0200", "MET": "+0100", "MEST": "+0200", "WET": "+0000", "WEST": "+0100",
    "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "UTC": "+0000", "JST": "+0900", "KST": "+0900",
}  # fmt: skip
ZONE = re.compile(r"\b([A-Z]{3,4})$")
SLACK = timedelta(days=1)  # how far ahead a moment may lie: clocks are wrong, zones mistaken
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before that, a date in a feed is an unset field


def read_time(text: str | None) -> tuple[datetime, Precision] | None:
    """Return the moment (UTC; where no zone is written, UTC is meant) and how precise it is written.

    None where nothing is written, or nothing that can be a moment.
    """
    if not text or not text.strip():
        return None
    written = ZONE.sub(lambda found: ZONES.get(found.group(1), found.group(1)), text.strip())
    moment = _iso(written) or _rfc822(written)
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return (moment, _precision(written)) if moment >= EARLIEST else None


def check_written(moment: datetime, now: datetime, more: str = "") -> None:
    """Raise Unusable for a moment that is still to come; `more` is added to what it says."""
    if moment > now + SLACK:
        raise Unusable("date in the future", f"it says it was written at {moment.isoformat()}{more}")


def _precision(written: str) -> Precision:
    if re.search(r"\d{1,2}:\d{2}:\d{2}|T\d{6}", written):
        return "second"
    return "minute" if re.search(r"\d{1,2}:\d{2}", written) else "day"


def _iso(written: str) -> datetime | None:
    """W3CDTF: a year and month alone are its first day."""
    if re.fullmatch(r"\d{4}-\d{2}", written):
        written += "-01"
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def _rfc822(written: str) -> datetime | None:
    try:
        return parsedate_to_datetime(written)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
