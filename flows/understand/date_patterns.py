"""How dates are written in French and English, as patterns over folded text; month names in five more languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel import Locale

from flows.understand.folding import fold
from flows.understand.lists import read

LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt")  # whose months are read
ABBREVIATED = ("fr", "en")  # whose short months are, too: "10 out" is October in Portuguese, and a mark elsewhere

_LISTS = read("dates")
NUMBERS: dict[str, int] = _LISTS["numbers"]
UNITS: dict[str, str] = _LISTS["units"]
NEAR_DAYS: dict[str, int] = _LISTS["near"]
TURNS: dict[str, int] = _LISTS["turns"]


def _names(kind: str, languages: Iterable[str], *widths: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for language in languages:
        locale = Locale(language)
        for width in widths:
            found = locale.months["format"][width] if kind == "months" else locale.days["format"][width]
            names |= {fold(name).plain.rstrip("."): number for number, name in found.items()}
    return names


ENGLISH_MONTHS = _names("months", ["en"], "wide", "abbreviated") | {"sept": 9}
MONTHS = (
    _names("months", LANGUAGES, "wide")
    | _names("months", ABBREVIATED, "abbreviated")
    | {"sept": 9, "juill": 7, "fev": 2}
)
WEEKDAYS = _names("days", ABBREVIATED, "wide")  # 0 is Monday


def _any(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _words(name: str) -> str:
    return "|".join(_LISTS[name].split())


MONTH, ENGLISH_MONTH, WEEKDAY, UNIT = _any(MONTHS), _any(ENGLISH_MONTHS), _any(WEEKDAYS), _any(UNITS)
NUMBER = rf"\d{{1,3}}|{_any(NUMBERS)}"
YEAR = r"(?P<year>(?:19|20)\d\d)"
NO_HABIT = "".join(rf"(?<!\b{word} )" for word in ("le", "les", "du", "au", "to", "chaque", "every", "un", "a"))

# Which side of the message's day a date is on, as the words before it say.
WAYS = re.compile(
    rf"\b(?:(?P<since>{_words('since')})|(?P<behind>{_words('behind')})|(?P<ahead>{_words('ahead')}))\b"
)

# What a text must have for a date to be in it, which is quick to see.
FIGURES = re.compile(r"\d[/.-]\d")
DATE_WORDS = frozenset(
    word for names in (NEAR_DAYS, WEEKDAYS, MONTHS, UNITS) for name in names for word in re.split(r"[ '-]", name)
) - {"ce", "cet", "this", "after", "before", "apres", "avant"}

# The parts of a date by name; a digit at the end of a name only tells groups of one pattern apart, and `at` is
# where the date begins. Of patterns that overlap the first counts.
_PATTERNS = (
    ("written", rf"{YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?:[t ]\d\d:\d\d\S{{0,20}})?"),
    ("figures", rf"(?P<one>\d{{1,2}})(?P<mark>[/.-])(?P<two>\d{{1,2}})(?P=mark){YEAR}"),
    ("figures", r"(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d\d)"),
    (
        "figures",
        rf"\b(?:{_words('before_figures')}|{WEEKDAY}) (?P<at>)(?!24/7|24/24|7/7|[123]/[234] (?:de|of))"
        r"(?P<one>\d{1,2})/(?P<two>\d{1,2})",
    ),
    (
        "named",
        rf"(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|\.)? (?:of |de )?"
        rf"(?P<month>{MONTH})\b\.?(?:,? (?:de )?{YEAR})?",
    ),
    ("named", rf"(?P<month>{ENGLISH_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? {YEAR})?"),
    ("month", rf"(?P<month>{MONTH})\.? {YEAR}"),
    ("month", rf"(?P<month>{MONTH}) (?P<turn>dernier|prochain)|(?P<turn2>last|next) (?P<month2>{MONTH})"),
    ("month", rf"\b(?:{_words('before_months')}) (?P<at>)(?P<month>{MONTH})"),
    ("near", rf"(?P<near>{_any(NEAR_DAYS)})"),
    (
        "weekday",
        rf"(?P<weekday>{WEEKDAY}) (?P<turn>prochain|dernier|passe)"
        rf"|(?P<turn2>next|last|this coming|coming|this|ce) (?P<weekday2>{WEEKDAY})",
    ),
    ("weekday", rf"{NO_HABIT}(?P<weekday>{WEEKDAY})(?! (?:to|au|-|and|et) (?:{WEEKDAY}))"),
    ("ago", rf"il y a (?P<number>{NUMBER}) (?P<unit>{UNIT})|(?P<number2>{NUMBER}) (?P<unit2>{UNIT}) ago"),
    (
        "ahead",
        rf"dans (?P<number>{NUMBER}) (?P<unit>{UNIT})"
        rf"|in (?P<number2>{NUMBER}) (?P<unit2>days?|weeks?|months?)(?! or)",
    ),
    (
        "turn",
        r"(?P<unit>semaine|mois|annee) (?P<turn>dernier|derniere|prochain|prochaine|passee?)"
        r"|(?P<unit3>an) (?P<turn3>dernier|prochain)"
        r"|(?P<turn2>last|next|this|cette|ce) (?P<unit2>week|month|year|semaine|mois|annee)",
    ),
)
PATTERNS = tuple((kind, re.compile(rf"(?<![\w/.,:-])(?:{own})(?![\w/]|[.,:-]\d)")) for kind, own in _PATTERNS)
