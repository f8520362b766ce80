"""Whose decisions these are: a name, asked for once and remembered by this browser until people sign in."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared.language import _

NAME, BOX, SAVED = "my_name", "who_am_i", "my_name_saved"
COOKIE = "vigie_name"
YEAR = 365 * 24 * 3600
LONGEST = 80


def name() -> str:
    """The reader's name, "" where it was not told."""
    if NAME not in st.session_state:
        st.session_state[NAME] = _clean(unquote(_cookie()))
    return str(st.session_state[NAME])


def remember(given: str) -> str:
    """Take a name for this session's decisions; returns it as it is kept."""
    st.session_state[NAME] = _clean(given)
    return name()


def ask(place: DeltaGenerator) -> str:
    """Draw the box for the name, and keep what it says in this browser."""
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
