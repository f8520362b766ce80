"""Zones as people write them beside a time: letters, offsets, names.

RFC 822 defines the letters of North America; those of other places stand in feeds and mails all the same. Where
several countries use the same letters, the country of whoever wrote tells, or a moment that the time must lie near
to; else the first listed is taken, and the doubt is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Hours from UTC. A lone letter is a military zone that RFC 2822 takes for no zone known; Z is UTC.
ALONE = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1,
    "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "MSD": 4, "TRT": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "IDT": 3,
    "PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7, "WITA": 8, "WIT": 9, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8,
    "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "NST": -3.5,
    "NDT": -2.5, "AKST": -9, "AKDT": -8, "HST": -10, "BRT": -3, "BRST": -2, "ART": -3, "CLT": -4, "CLST": -3,
    "COT": -5, "PET": -5, "VET": -4, "UYT": -3, "EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7,
}  # fmt: skip
SHARED: dict[str, dict[str, float]] = {
    "IST": {"in": 5.5, "ie": 1, "il": 2}, "BST": {"gb": 1, "bd": 6}, "EST": {"us": -5, "au": 10},
    "CST": {"us": -6, "cn": 8, "tw": 8, "cu": -5, "au": 9.5}, "MST": {"us": -7, "my": 8, "mm": 6.5},
    "PST": {"us": -8, "ph": 8, "pk": 5}, "AST": {"ca": -4, "sa": 3, "ae": 4}, "GST": {"ae": 4, "gs": -2},
    "ADT": {"ca": -3, "sa": 4}, "AMT": {"br": -4, "am": 4}, "ECT": {"ec": -5, "fr": 1}, "SST": {"ws": -11, "sg": 8},
    "WST": {"au": 8, "ws": 13, "eh": 1},
}  # fmt: skip
DEFINED = frozenset({"EST", "CST", "MST", "PST"})  # by RFC 822: no doubt where nothing speaks against it
# Countries where a language alone says enough: whose zones it means, or in which order it writes day and month.
SPOKEN = {
    "fr": "fr", "de": "de", "es": "es", "it": "it", "pt": "pt", "nl": "nl", "pl": "pl", "ru": "ru", "he": "il",
    "hi": "in", "ta": "in", "te": "in", "mr": "in", "bn": "bd", "ga": "ie", "zh": "cn", "ms": "my", "my": "mm",
    "fil": "ph", "tl": "ph", "ur": "pk", "ar": "sa", "hy": "am",
}  # fmt: skip
ENDINGS = {"uk": "gb"}  # of addresses, where they are not the country's code
FARTHEST = timedelta(hours=14)
NEAR = timedelta(hours=2)  # how long after it was written a mail usually arrives, and how far clocks are wrong
ZONE = re.compile(
    r"[\s,]*(?P<place>[A-Z][A-Za-z]+/[A-Za-z_/+-]+[A-Za-z\d])"
    r"|[\s,]*(?P<name>(?i:utc|gmt)|[A-Z]{1,5}(?![A-Za-z])|z\b)?\s*"
    r"(?P<offset>(?P<sign>[+-])(?:\s(?=\d{4}\b))?(?P<hours>\d{1,2}?)(?::?(?P<minutes>\d{2}))?(?![\d:]))?"
)
LONG_NAME = re.compile(r"\b(?:[A-Z][a-z.]+\s){1,3}Time\b")


@dataclass(frozen=True)
class Zone:
    """A zone that was read, and what is uncertain about it."""

    zone: tzinfo
    doubt: str | None = None


def countries(*, languages: Iterable[str | None] = (), hosts: Iterable[str | None] = ()) -> tuple[str, ...]:
    """Countries (two small letters) that language tags (`en-IE`, `he`) and hosts (`example.co.uk`) speak for."""
    found: list[str] = []
    for tag in filter(None, languages):
        parts = re.split(r"[-_]", tag.strip().lower())
        found += [part for part in parts[1:] if len(part) == 2 and part.isalpha()]
        found += [SPOKEN[parts[0]]] if parts[0] in SPOKEN else []
    for host in filter(None, hosts):
        ending = host.rstrip(".").lower().rpartition(".")[2]
        found += [ENDINGS.get(ending, ending)] if len(ending) == 2 and ending.isalpha() else []
    return tuple(dict.fromkeys(found))


def read_zone(found: re.Match[str], at: datetime, where: Sequence[str], near: datetime | None) -> Zone | None:
    """The zone that `ZONE` found beside the time `at`; None for none. Raises ValueError for one that cannot be."""
    if found["place"]:
        try:
            return Zone(ZoneInfo(found["place"]))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return Zone(UTC, f"the zone {found['place']} is not known, UTC is taken")
    if found["offset"]:
        ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        if ahead > FARTHEST or int(found["minutes"] or 0) > 59:
            raise ValueError("no zone is so far from UTC")
        return Zone(timezone(-ahead if found["sign"] == "-" else ahead))
    return by_letters(found["name"].upper(), at, where, near) if found["name"] else None


def by_letters(name: str, at: datetime, where: Sequence[str], near: datetime | None) -> Zone:
    """What letters mean beside a time: by the country, by the moment that the time lies near to, or as is usual."""
    if name in ALONE:
        return Zone(_zone(ALONE[name]))
    if len(name) == 1:
        return Zone(UTC)
    if name not in SHARED:
        return Zone(UTC, f"the zone {name} is not known, UTC is taken")
    meant = SHARED[name]
    for country in where:
        if country in meant:
            return Zone(_zone(meant[country]))
    if near is not None:
        hours = min(meant.values(), key=lambda one: abs(at.replace(tzinfo=_zone(one)) - near))
        if abs(at.replace(tzinfo=_zone(hours)) - near) <= NEAR:
            return Zone(_zone(hours))
    country, hours = next(iter(meant.items()))
    told = f"{name} is a zone of several countries ({', '.join(meant).upper()}), that of {country.upper()} is taken"
    return Zone(_zone(hours), None if name in DEFINED else told)


def _zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours)) if hours else UTC
