"""How mail programs introduce what they quote, by `languages.yml`: blocks of headers, "On … wrote:"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import yaml

LANGUAGES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    files("flows.sources.mailbox").joinpath("languages.yml").read_bytes()
)
LINE = re.compile(
    r"\s{0,12}\*{0,2}(?P<label>[^\W\d_][^:：<>@*]{0,24}?)\s?\*{0,2}(?::\*{0,2}(?=\s|$)|：|(?<=[^\x00-\x7f]):)"
)
DATED = re.compile(
    r"\d{1,4}[./-]\d{1,2}|(?<!\d)\d{1,2}[:h]\d{2}|(?<!\d)(?:19|20)\d{2}(?!\d)|\d\s?[年월月]", re.IGNORECASE
)
CLOCKED = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
ADDRESSED = re.compile(r"\S@\S")
ENDS_IN_ADDRESS = re.compile(r"[<(\[][^<>()\[\]\s]+@[^<>()\[\]\s]+[>)\]]\s*$")
SIGNS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"))
SIGNS[0xA0] = SIGNS[0x202F] = ord(" ")


@lru_cache(4096)
def folded(text: str) -> str:
    """Text in small letters without accents."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i").replace("ł", "l"))
    return " ".join("".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf")).split())


def _labels() -> dict[str, dict[str, str]]:
    """What each label says (sender, sent, to, copy, subject), by language."""
    found: dict[str, dict[str, str]] = {}
    for language, words in LANGUAGES.items():
        for role in ("sender", "sent", "to", "copy", "subject"):
            for label in words[role]:
                found.setdefault(folded(label), {})[language] = role
    return found


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(folded(word)) for word in words}, key=len, reverse=True)) or r"(?!)"


def _every(part: str) -> str:
    return _either(word for one in LANGUAGES.values() for word in one[part])


LABELS = _labels()
VERBS = rf"(?<!\w)(?:{_every('wrote')})(?!\w)|写道|寫道|작성"
WROTE = re.compile(VERBS)
OPENS = re.compile(rf"[-\s*]*(?:{_every('opens')})(?!\w)")
# A line that begins and goes on in one language: "In 2019 your adviser wrote:" is none, though Romanian begins so.
BOTH = [
    re.compile(rf"[-\s*]*(?:{_either(one['opens'])})(?!\w).*(?:{_either(one['wrote'])})", re.DOTALL)
    for one in LANGUAGES.values()
]
SEPARATOR = re.compile(
    rf"\s*(?:[-_=*]{{2,}}\s*(?:{_every('original')})\s*[-_=*]{{2,}}|(?:{_every('original')}) ?:)\s*"
)


def shown(line: str) -> str:
    """A line without the signs that only say in which direction it runs."""
    return line if line.isascii() else line.translate(SIGNS)


def label(line: str) -> dict[str, str]:
    """What the label with which a line begins says, by language; nothing where it begins with none."""
    found = LINE.match(line)
    return LABELS.get(folded(found["label"]), {}) if found else {}


def is_separator(line: str) -> bool:
    """A line that says that an older message follows."""
    return len(line) < 120 and SEPARATOR.fullmatch(folded(line)) is not None


def is_attribution(line: str, *, is_marked: bool) -> bool:
    """The line says who wrote what comes next. `is_marked`: that is marked as a quote.

    What nothing marks needs a sure sign: a date and a verb, with an address, a time of day or the word that such
    lines begin with; or a date, a time of day and an address at the end, as some languages have no verb there.
    """
    said = line.rstrip("*_ ")
    if not said.endswith((":", "：")):
        return False
    plain = folded(said)
    is_verb, is_dated, is_addressed = (bool(one.search(plain)) for one in (WROTE, DATED, ADDRESSED))
    if is_marked and (is_verb or is_dated or is_addressed):
        return True
    is_clocked = is_dated and CLOCKED.search(plain) is not None
    if is_clocked and ENDS_IN_ADDRESS.search(said[:-1]):
        return True
    return is_verb and is_dated and (is_addressed or _is_full(plain) or any(one.match(plain) for one in BOTH))


def _is_full(plain: str) -> bool:
    """A day and a time of day."""
    without = CLOCKED.sub(" ", plain, count=1)
    return without != plain and DATED.search(without) is not None
