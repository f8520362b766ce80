"""The words forums write dates with (words.yml), and the normal form in which they are looked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import yaml

TABLE: dict[str, Any] = yaml.safe_load(files("flows.forumreader.dates").joinpath("words.yml").read_bytes())
LANGUAGES: dict[str, dict[str, Any]] = TABLE["languages"]


def _words(part: str) -> frozenset[str]:
    return frozenset(word for language in LANGUAGES.values() for word in language[part])


def _begun(lists: Iterable[list[str]]) -> dict[str, int]:
    """Every name, and every beginning of three letters or more that means one number only in all these lists."""
    meant: dict[str, set[int]] = {}
    whole: dict[str, int] = {}
    for names in lists:
        for number, name in enumerate(names):
            whole[name] = number
            for end in range(3, len(name) + 1):
                meant.setdefault(name[:end], set()).add(number)
    return {word: next(iter(numbers)) for word, numbers in meant.items() if len(numbers) == 1} | whole


def _short(part: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for language in LANGUAGES.values():
        found |= language.get("short", {}).get(part, {})
    return found


MONTH = {word: n + 1 for word, n in _begun(one["months"] for one in LANGUAGES.values()).items()} | _short("months")
WEEKDAY = _begun(one["weekdays"] for one in LANGUAGES.values())
BY_DATE = _short("weekdays")  # too short to be weekdays elsewhere than beside a date
ENGLISH_WEEKDAY = frozenset(_begun([LANGUAGES["en"]["weekdays"]]))
ENGLISH_TOO = frozenset(TABLE["english_too"])
DAYS: dict[str, int] = {word: n for one in LANGUAGES.values() for word, n in one["days"].items()}
UNIT: dict[str, str] = {
    word: unit for one in LANGUAGES.values() for unit, words in one["units"].items() for word in words
}
ONE, JUST_NOW, CUES = _words("one"), _words("now"), _words("cues")
BESIDE = _words("beside") | CUES
FOREIGN = frozenset(  # of languages that write the day before the month
    word for name, one in LANGUAGES.items() if name != "en" for word in (*one["beside"], *one["cues"])
) - frozenset((*LANGUAGES["en"]["beside"], *LANGUAGES["en"]["cues"]))
ZONES: dict[str, int] = TABLE["zones"]


def either(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) + ")"


QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
GENDER = re.compile(r"\((e?s?)\)")  # "posté(e)"
HALVES = re.compile(r"\b([ap])\. ?m\b\.?")
DOTTED = re.compile(r"(?<=[a-z])\.(?=[\s\d,/-]|$)")


def plain(said: str) -> str:
    """The text in small letters without accents, marks of direction, or dots of short forms; spaces are single."""
    marked = unicodedata.normalize("NFKD", said.translate(QUOTES))
    kept = "".join(c for c in marked if unicodedata.category(c) not in ("Mn", "Cf"))
    text = GENDER.sub(r"\1", HALVES.sub(r"\1m", kept.casefold()))
    return " ".join(DOTTED.sub(" ", text).split())
