"""The zone a forum says its times are in: a name, or hours from UTC with or without summer time."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NAME = re.compile(
    r"\b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_/+-]+"
)
OFFSET = re.compile(r"\b(?:UTC|GMT)\b\s*(?:([+\u2212\u2013-])\s*(\d{1,2})(?:[:.h](\d{1,2}))?)?", re.IGNORECASE)
CONTINENTS = {
    "Europa/": "Europe/",
    "Amerika/": "America/",
    "Afrika/": "Africa/",
    "Asien/": "Asia/",
}  # as translated
LETTERS = {  # as phpBB 2 names its zones, without summer time
    "HST (Hawaii)": -10.0,
    "PST (U.S./Canada)": -8.0,
    "MST (U.S./Canada)": -7.0,
    "CST (U.S./Canada)": -6.0,
    "EST (U.S./Canada)": -5.0,
    "CET (Europe)": 1.0,
    "EET (Europe)": 2.0,
    "WST (Australia)": 8.0,
    "CST (Australia)": 9.5,
    "EST (Australia)": 10.0,
}
SUMMER = re.compile(
    r"\[\s*(?:DST|heure d.?été|Sommerzeit|summer|zomertijd|ora legale|verano)|\bDST\b", re.IGNORECASE
)


def read_zone(said: str) -> tzinfo | None:
    """Read "Europe/Paris", "UTC+02:00", "UTC + 1 heure [ Heure d'été ]", "GMT -5"; None for anything else."""
    for foreign, english in CONTINENTS.items():
        said = said.replace(foreign, english)
    if found := NAME.search(said):
        try:
            return ZoneInfo(found[0])
        except (ZoneInfoNotFoundError, ValueError):
            return None
    for letters, east in LETTERS.items():
        if letters in said:
            return timezone(timedelta(hours=east))
    if not (found := OFFSET.search(said)):
        return None
    hours, minutes = int(found[2] or 0), found[3] or "0"
    part = int(minutes) * 6 if found[3] and len(minutes) == 1 else int(minutes)  # 5.5 hours are 5:30
    offset = timedelta(hours=hours, minutes=part) * (-1 if found[1] and found[1] != "+" else 1)
    offset += timedelta(hours=1) if SUMMER.search(said) else timedelta()
    if abs(offset) >= timedelta(hours=24):
        return None
    return timezone(offset) if offset else UTC
