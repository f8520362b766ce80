"""Whose decisions these are: who is signed in; without a sign-in a name that this browser remembers."""

from __future__ import annotations

import json
from typing import Literal
from urllib.parse import quote, unquote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import access
from app.shared.language import _

NAME, BOX, SAVED = "my_name", "who_am_i", "my_name_saved"
COOKIE = "vigie_name"
YEAR = 365 * 24 * 3600
LONGEST = 80


def name() -> str:
    """The reader's name, "" where it was not told."""
    if access.is_asked():
        reader = access.reader()
        return reader.name if reader else ""
    if NAME not in st.session_state:
        st.session_state[NAME] = _clean(unquote(_cookie()))
    return str(st.session_state[NAME])


def remember(given: str) -> str:
    """Take a name for this session's decisions; returns it as it is kept."""
    st.session_state[NAME] = _clean(given)
    return name()


def field(key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw the field of a form for the name; nothing for who is signed in."""
    if not access.is_asked():
        st.session_state.setdefault(key, name())
        st.text_input(_("Your name"), key=key, max_chars=LONGEST, width=width)


def said(key: str) -> str:
    """The name that the field of a form says, remembered; who is signed in, whatever it says."""
    return name() if access.is_asked() else remember(str(st.session_state.get(key) or ""))


def ask(place: DeltaGenerator) -> str:
    """Draw the box for the name, and keep what it says in this browser; nothing for who is signed in."""
    if access.is_asked():
        return name()
    st.session_state[BOX] = name()
    place.text_input(
        _("Your name"), key=BOX, max_chars=LONGEST, on_change=_told, icon=":material/badge:",
        placeholder=_("Your name, kept with decisions"), label_visibility="collapsed",
    )  # fmt: skip
    quoted = quote(name(), safe="")
    if st.session_state.get(SAVED, _cookie()) != quoted:
        st.session_state[SAVED] = quoted
        # Quoted for an address, it holds no sign that markup or a script could read.
        cookie = json.dumps(f"{COOKIE}={quoted}; path=/; max-age={YEAR}; samesite=strict")
        st.html(f"<script>document.cookie = {cookie}</script>", width="content", unsafe_allow_javascript=True)
    return name()


def _cookie() -> str:
    """The name as this browser keeps it, quoted; "" where none is kept, or nothing that is a text."""
    given = st.context.cookies.get(COOKIE, "")
    return given if isinstance(given, str) else ""


def _told() -> None:
    remember(str(st.session_state[BOX] or ""))


def _clean(given: str) -> str:
    return given.replace("\0", "").strip()[:LONGEST]
