"""Whom to answer: what can still be kept first, a decision a key; and every conversation, to find and read."""

from __future__ import annotations

from typing import Literal, get_args

import streamlit as st

from app.answer import deciding, everything, live, reader
from app.answer.rows import OPENED
from app.messages import waiting, who
from app.messages.waiting import Counts, Waiting
from app.shared import address, components, filters, listing, measures
from app.shared import format as fmt
from app.shared.language import N_, _

TAB = "tab"
Tab = Literal["can_be_kept", "missed_today", "backlog", "mine", "aside", "all"]
TABS: tuple[Tab, ...] = get_args(Tab)
NAMES: dict[Tab, str] = {
    "can_be_kept": N_("Can be kept"),
    "missed_today": N_("Missed today"),
    "backlog": N_("Backlog"),
    "mine": N_("Mine"),
    "aside": N_("Set aside"),
    "all": N_("All conversations"),
}


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    view = filters.current(extent)
    tab = address.choice(TAB, TABS, "can_be_kept")
    with st.container(horizontal=True, vertical_alignment="bottom", key="head"):
        about = _("as of now, whatever the period; press J to begin")
        components.head(_("To answer"), filters.about(view) if tab == "all" else about)
        with st.container(width=240):
            name = who.ask(st.container())
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="bar"
    ):  # fmt: skip
        _tabs(tab, waiting.counts(view, name))
        above = st.container(width="content")
    deciding.trouble()
    opened = address.given(OPENED)
    left, right = listing.halves(is_reading=bool(opened))
    found: list[Waiting] = []
    with left:
        if tab == "all":
            ids = everything.draw(view, extent)
        elif tab == "aside":
            ids = live.aside(view, extent)
        else:
            found = live.draw(view, tab, extent)
            ids = [each.conversation_id for each in found]
    with above:
        deciding.walk(ids)
    if opened:
        with right:
            reader.draw(opened, extent, ids, next((each for each in found if each.conversation_id == opened), None))


def _tabs(tab: Tab, counts: Counts) -> None:
    st.session_state[TAB] = tab
    st.segmented_control(
        _("Which requests"), TABS, key=TAB, required=True, on_change=_chosen, label_visibility="collapsed",
        format_func=lambda each: _named(each, counts),
    )  # fmt: skip


def _named(tab: Tab, counts: Counts) -> str:
    n = getattr(counts, tab, None)
    return _(NAMES[tab]) if n is None else f"{_(NAMES[tab])} {fmt.count(n)}"


def _chosen() -> None:
    # What narrows one list, and what was open in it, is of that list.
    listing.close(
        OPENED, listing.POSITION, listing.WORDS, live.TOPIC, live.SEVERITY, deciding.COPIES, everything.STATE
    )
    st.query_params[TAB] = st.session_state[TAB]


draw()
