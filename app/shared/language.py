"""The language of the run: which one is asked for, the words in it, and how it writes numbers.

Words stand in the code in English; `locale/fr.yml` has the French of each. A test holds that none is missing.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import streamlit as st
import yaml

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LOCALE = Path(__file__).parent / "locale"
LANG, SWITCH = "lang", "language_switch"
SPACE, THIN = "\u00a0", "\u202f"
_RUN: ContextVar[Language] = ContextVar("language", default="en")


def current() -> Language:
    """The language of this run."""
    return _RUN.get()


def use(language: Language) -> None:
    """Write in this language from now on, in this run."""
    _RUN.set(language)


@lru_cache
def catalog(language: Language) -> dict[str, str | list[str]]:
    """The words of a language by their English; a plural has two."""
    file = LOCALE / f"{language}.yml"
    given = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {
        english: [spaced(form) for form in words] if isinstance(words, list) else spaced(words)
        for english, words in given.items()
    }


def spaced(text: str) -> str:
    """French that is written with plain spaces, with the unbreakable ones that its typography asks for."""
    return re.sub(r" (?=[:;!?%»])|(?<=«) ", SPACE, text)


def N_(text: str) -> str:
    """Mark words that are put into the reader's language only where they are shown, by `_`."""
    return text


def _(text: str, /, **words: object) -> str:
    """Put words into the language of this run, and `words` into their {places}."""
    found = catalog(current()).get(text, text)
    said = found if isinstance(found, str) else found[0]
    return said.format(**words) if words else said


def plural(one: str, many: str, n: int, /, **words: object) -> str:
    """The words for one or for many, as the language of this run tells them apart; {n} is the number."""
    found = catalog(current()).get(one, [one, many])
    is_one = n < 2 if current() == "fr" else n == 1
    return found[0 if is_one else 1].format(n=number(n), **words)


def number(value: float, decimals: int = 0) -> str:
    """Write a number as the language does: 1,234.5 in English, 1 234,5 in French."""
    text = f"{value:,.{decimals}f}"
    return text if current() == "en" else text.replace(",", THIN).replace(".", ",")


def choose() -> None:
    """Settle the language of this run: the URL's, else the one chosen before, else the browser's."""
    wanted = _known(st.query_params.get(LANG)) or _known(st.session_state.get(LANG))
    use(wanted or _of_browser())
    if not wanted:
        st.query_params.pop(LANG, None)  # a language that Vigie doesn't speak
    if wanted:
        # Only a choice is in the address: a link without one opens in its reader's own language.
        st.session_state[LANG] = wanted
        if st.query_params.get(LANG) != wanted:
            st.query_params[LANG] = wanted


def parameters() -> dict[str, str]:
    """What the URL says of the language: nothing where it was not chosen."""
    return {LANG: st.session_state[LANG]} if LANG in st.session_state else {}


def _known(given: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == (given or "").lower()[:2]), None)


def _asked_by_browser() -> str:
    return st.context.headers.get("Accept-Language") or st.context.locale or ""


def _of_browser() -> Language:
    wanted = (_known(part.strip()) for part in _asked_by_browser().split(","))
    return next(filter(None, wanted), "en")


def switch() -> None:
    """Draw the switch between the languages in the sidebar."""
    st.session_state[SWITCH] = current()
    st.sidebar.segmented_control(
        _("Language"),
        LANGUAGES,
        key=SWITCH,
        format_func=str.upper,
        on_change=_switched,
        required=True,
        label_visibility="collapsed",
    )


def _switched() -> None:
    st.session_state[LANG] = st.query_params[LANG] = st.session_state[SWITCH]
