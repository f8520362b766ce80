"""Finds every date in a page's text and attributes, and by the words before it what it is the date of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from flows.forumreader.dates.moments import guess_day_first, read_moment
from flows.forumreader.posts import Moment
from flows.forumreader.structure.outline import Item, Outline

MAX_MARKS = 3_000
SPACE = r"[^\S\n]"
TIME = rf"(?:[01]?\d|2[0-4]){SPACE}?(?:[:h]{SPACE}?[0-5]\d(?::[0-5]\d)?(?:{SPACE}?[ap]\.?m\b\.?)?|{SPACE}?[ap]m\b)"
MONTH = (
    r"(?:jan(?:v(?:ier)?|uary?|uari|eiro)?|ene(?:ro)?|gen(?:naio)?|f[eé]v(?:r(?:ier)?|ereiro)?|feb(?:r(?:uar[yi]?|ero|aio)?|ruar)?"
    r"|mar(?:s|ch|zo|ço)?|m[aä]r(?:z|zo)?|mrt|maart|a[pvb]r(?:il|ile)?|mai|may(?:o)?|maggio|mag|mei|maio|jui?n(?:e|i|io|ho)?|giu(?:gno)?"
    r"|jui?l(?:y|i|io|ho|let)?|lug(?:lio)?|aug(?:ust(?:us)?)?|ao[uû](?:t)?|ago(?:sto)?|sep(?:t(?:emb(?:er|re)|iembre)?)?"
    r"|set(?:embro|tembre|tiembre)?|o[ck]t(?:ob(?:er|re)|ubre)?|ott(?:obre)?|out(?:ubro)?|nov(?:embe?re?|iembre|embro)?"
    r"|d[eéi][czs](?:emb(?:er|re|ro)|iembre)?)\b\.?"
)
WEEKDAY = (
    r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|(?:lun|mar|mer|jeu|ven"
    r"|sam|dim|mon|tue|wed|thu|fri|sat|sun)\b\.?)"
)
DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|(?:{WEEKDAY},?{SPACE}*)?\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})(?!\d)"
    rf"|(?:{WEEKDAY},?{SPACE}*)?\d{{1,2}}(?:er|st|nd|rd|th|\.)?[-/\s]{SPACE}*(?:de |of )?{MONTH}"
    rf"(?:,?[-/\s]{SPACE}*(?:de )?(?:\d{{4}}|'?\d{{2}}(?!\d|{SPACE}*[:h])))?"
    rf"|(?:{WEEKDAY},?{SPACE}*)?{MONTH}{SPACE}*\d{{1,2}}(?:st|nd|rd|th)?(?!\d|{SPACE}?[:h]\d)(?:,?{SPACE}*(?:\d{{4}}))?)"
)
GLUE = rf"(?:(?:{SPACE}|[,;|»·•\-–—@T(]|à|at|um|kl|om|{SPACE}a las|alle){{0,8}}?)"
NEAR = r"(?:aujourd[’'`]?hui|avant-hier|hier|today|yesterday|heute|gestern|ayer|hoy|ieri|oggi)"
AGO = (
    rf"(?:il y a {SPACE}*(?:environ |moins d[e’'] ?|plus d[e’'] ?|presque )?(?:\d+|une?"
    rf"|quelques){SPACE}*[a-zé]{{1,9}}\.?"
    rf"(?:{SPACE}+et{SPACE}+\d+{SPACE}+[a-z]+)?"
    rf"|(?:\d+|\ban?|\bone|\ba few){SPACE}*(?:s|m|h|d|w|y|mo|secs?|mins?|hrs?|seconds?|minutes?|hours?"
    rf"|days?|weeks?|months?|years?)"
    rf"(?:,?{SPACE}+(?:and{SPACE}+)?\d+{SPACE}*(?:minutes?|hours?|days?|weeks?|months?))?{SPACE}+ago"
    rf"|(?:vor|hace){SPACE}+\d+{SPACE}+[a-zé]+|just now|moments? ago|à l[’']instant)"
)
DATE = re.compile(
    rf"(?<![\w./-])(?:{TIME}{GLUE})?{DAY}(?:Z|{GLUE}\n?{GLUE}(?P<time>{TIME})(?:{SPACE}?(?:UTC|GMT|Z|[+-]\d\d:?\d\d))?)?(?![\w/])"
    rf"|(?<!\w)(?:{NEAR}|{WEEKDAY}){GLUE}(?P<near>{TIME})"
    rf"|(?<!\w){AGO}|(?<!\w)(?P<bare>{NEAR})(?!\w)",
    re.IGNORECASE,
)
NOT_POSTED = re.compile(
    r"\b(inscri\w*|joined|join date|member since|membre depuis|regist\w+|arriv\w+|anniversaire|birth\w*"
    r"|n[ée]e? le|since|depuis"
    r"|dabei seit|last (?:seen|visit\w*|active|activity|login|logged in|online)|derni[èe]re (?:visite"
    r"|activit\w+|connexion)"
    r"|vu pour la derni\w+|active|messages? re[çc]us?)[\s:.(]*(?:le |on |the |at )?\s*$",
    re.IGNORECASE,
)
EDITED = re.compile(
    r"((?:last |derni[èe]re )?(?:edit\w*|[ée]dit\w*|modifi\w*|updated?|mis à jour|bearbeitet"
    r"|ge[äa]ndert)\b[^\n]{0,60})$",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"(©|copyright|powered by|generated|(?:il est|time is(?: now)?|nous sommes le|date actuelle\w*"
    r"|it is (?:now|currently))"
    r"[^\n]{0,20})[^\n]{0,30}$",
    re.IGNORECASE,
)
HALVES = re.compile(r"\d[-/.]\d{2,4}\b.*\d\s?[ap]\.?m\b", re.IGNORECASE)
LONG = re.compile(r"[^\n]{5000,}")
STAMPS = (
    "data-timestamp",
    "data-time",
    "data-epoch",
    "data-unixtime",
    "data-date",
    "data-created",
    "data-created-at",
)
LISTED = frozenset(("li", "dd", "dt"))
TAGS = frozenset(
    ["time", "abbr", "span", "a", "relative-time", "local-time", "small", "div", "p", "td", "li", "dd", "dt"]
)

MarkKind = Literal["posted", "edited", "other"]


@dataclass(slots=True, eq=False)
class DateMark:
    """A date on the page: the smallest element with all of it, what it says, and what it is the date of.

    `moment` is None where 01-05 may be 05-01 and nothing on the page tells.
    """

    item: Item
    said: str
    moment: Moment | None
    kind: MarkKind
    in_prose: bool

    @property
    def clock(self) -> bool:
        """Whether a time of day is said."""
        return self.moment is not None and self.moment.precision != "day"


def date_marks(outline: Outline, now: datetime, zone: tzinfo, language: str = "") -> list[DateMark]:
    """Find the page's dates in document order: attributes before text where both speak of the same.

    `language` is the page's, as its `lang` says: it helps to tell days from months. Raises ValueError for a page
    beyond MAX_MARKS.
    """
    found = [*_of_attributes(outline, now, zone)]
    taken = [(mark.item.place, mark.item.end) for mark in found]
    day_first = _day_first([match[0] for match in _matches(outline)], language)
    for match in _matches(outline):
        item = outline.owner(match.start(), match.end())
        if any(begin <= item.place < end for begin, end in _near(taken, item.place)):
            continue
        said = " ".join(match[0].split())
        moment = _read(said, now, zone, day_first)
        if moment is not None or (day_first is None and _read(said, now, zone, True) is not None):
            found.append(DateMark(item, said, moment, *_context(outline, match.start(), match.end())))
    return sorted(found, key=lambda mark: mark.item.place)


def _day_first(said: list[str], language: str) -> bool | None:
    """Whether days come before months: by the dates, the page's language, a clock of twelve hours (American)."""
    guess = guess_day_first(said)
    if guess is None and language:
        guess = None if language == "en" else language != "en-us"
    if guess is None and any(HALVES.search(each) for each in said):
        return False
    return guess


def _near(taken: list[tuple[int, int]], place: int) -> list[tuple[int, int]]:
    from bisect import bisect_right

    at = bisect_right(taken, (place, 1 << 40))
    return taken[max(0, at - 3) : at]


def _matches(outline: Outline) -> Iterator[re.Match[str]]:
    text, chunks, last = outline.text, [], 0
    for line in LONG.finditer(text):  # prose, and costly: dates of posts stand in short lines
        chunks.append((last, line.start()))
        last = line.end()
    chunks.append((last, len(text)))
    for count, match in enumerate(match for begin, end in chunks for match in DATE.finditer(text, begin, end)):
        if count >= MAX_MARKS:
            raise ValueError(f"the page has more than {MAX_MARKS:,} dates")
        if match["bare"]:
            begin, end = _line(outline.text, match.start(), match.end())
            if len(outline.text[begin:end].strip(" \t.,:;|·•()-–")) > len(match[0]):
                continue
        yield match


def _line(text: str, begins: int, ends: int) -> tuple[int, int]:
    begin = text.rfind("\n", 0, begins) + 1
    end = text.find("\n", ends)
    return begin, end if end >= 0 else len(text)


def _context(outline: Outline, begins: int, ends: int) -> tuple[MarkKind, bool]:
    """What a date is of, by the words before it; and whether it stands within a longer text."""
    text = outline.text
    begin, end = _line(text, begins, ends)
    before = text[begin:begins]
    if not before.strip(" :-|,("):  # its label may stand in the block before
        previous = text[max(0, begin - 60) : begin].rstrip().rsplit("\n", 1)[-1]
        before = previous if previous.rstrip().endswith(":") or len(previous) < 25 else ""
    said = before[-80:]
    if CLOCK.search(said):
        return "other", False
    if NOT_POSTED.search(said):
        return "other", False
    if EDITED.search(said):
        return "edited", False
    return "posted", (end - begin) - (ends - begins) > 160


def _read(said: str, now: datetime, zone: tzinfo, day_first: bool | None = None) -> Moment | None:
    try:
        moment = read_moment(said, now, zone, day_first)
    except (ValueError, OverflowError):
        return None
    if moment is None or not datetime(1985, 1, 1, tzinfo=UTC) < moment.at < now + timedelta(days=400):
        return None
    return moment


def _of_attributes(outline: Outline, now: datetime, zone: tzinfo) -> Iterator[DateMark]:
    """Dates in `<time datetime>`, in titles that are nothing but a date, and in stamps of seconds."""
    last = -1
    for item in outline.items:
        if item.tag not in TAGS or item.place < last or not item.attributes:
            continue
        moment, said = _of_element(item, now, zone)
        if moment is not None:
            last = item.end
            kind, _ = _context(outline, item.begins, max(item.ends, item.begins + 1))
            yield DateMark(item, said, moment, kind, False)


def _of_element(item: Item, now: datetime, zone: tzinfo) -> tuple[Moment | None, str]:
    if item.ends - item.begins > 120:
        return None, ""
    said = item.attributes.get("datetime", "").strip()
    if said and (moment := _read(said, now, zone)):
        return moment, said
    title = item.attributes.get("title", "").strip() or item.attributes.get("data-original-title", "").strip()
    if 6 <= len(title) <= 60 and (match := DATE.search(title)) and len(match[0]) >= len(title) - 12:
        moment = _read(match[0], now, zone)
        if moment is not None and (moment.precision != "day" or re.search(r"\d{4}", title)):
            return moment, title
    for stamp in () if item.tag in LISTED else STAMPS:  # of a whole post, not of its date
        value = item.attributes.get(stamp, "")
        if re.fullmatch(r"\d{10}(\d{3})?", value):
            return Moment(datetime.fromtimestamp(int(value[:10]), UTC), "second"), value
        if "T" in value and (moment := _read(value, now, zone)):
            return moment, value
    return None, ""
