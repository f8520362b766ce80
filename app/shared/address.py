"""What the address asks for: read here alone, so that nothing unreadable passes, and what is left out is said."""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from typing import TypeVar

import streamlit as st

from app.shared.language import _

Choice = TypeVar("Choice", bound=str)
LEFT_OUT = "left_out"
SHOWN = 60


def given(name: str) -> str:
    """A parameter's text, "" without one. No text in Postgres holds NUL: a sign of the unreadable stands in."""
    return st.query_params.get(name, "").replace("\0", "\ufffd")


def choice(name: str, known: Collection[Choice], usual: Choice) -> Choice:
    """A parameter that is one of `known`; another is left out and said."""
    wanted = given(name)
    found = next((one for one in known if one == wanted), None)
    if found is None and wanted:
        leave_out(name, wanted)
        st.query_params.pop(name, None)
    return usual if found is None else found


def leave_out(name: str, value: str) -> None:
    """Note that what the address asks for is not there: the page shows what it would without it."""
    noted: list[tuple[str, str]] = st.session_state.setdefault(LEFT_OUT, [])
    if (name, value) not in noted:
        noted.append((name, value))


def left_out() -> list[str]:
    """What was left out in this run, as `name=value`; it is told once."""
    noted: list[tuple[str, str]] = st.session_state.pop(LEFT_OUT, [])
    return [f"{name}={value[:SHOWN]}{'…' if len(value) > SHOWN else ''}" for name, value in noted]


def notice() -> str:
    """Markup that says what was left out, "" where nothing was."""
    found = left_out()
    if not found:
        return ""
    said = _("Left out, since there is no such thing here: {what}", what=" · ".join(found))
    return f'<div class="v-left-out" role="status" data-testid="left-out">{escape(said)}</div>'
