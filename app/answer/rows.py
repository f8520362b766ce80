"""Rows that people read and act on: each is opened by a click anywhere on it, or by Tab and Enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from app.shared import address, listing
from app.shared import format as fmt
from app.shared.language import _

OPENED = "conversation"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what opens, who it is of, and its markup; every word of a user's in it is escaped."""

    conversation_id: str
    who: str
    text: str
    aside: str
    tags: Sequence[str] = ()
    mood: str = ""


def draw(rows: Sequence[Row], testid: str) -> None:
    """Draw the rows; opening one puts it into the URL."""
    opened = address.given(OPENED)
    with st.container(key=f"rows-{testid}", gap=None):
        for place, row in enumerate(rows):
            is_open = row.conversation_id == opened
            with st.container(key=f"row-{'open' if is_open else 'shut'}-{place}", gap=None):
                st.html(_markup(row, is_open=is_open))
                st.button(
                    _("Open {who}", who=fmt.plain(row.who)),
                    key=f"open {testid} {place} {row.conversation_id}",
                    on_click=go_to, args=(row.conversation_id,), width="stretch",
                )  # fmt: skip


def go_to(conversation_id: str) -> None:
    """Open a conversation beside the list; "" closes it."""
    if conversation_id:
        st.query_params[OPENED] = conversation_id
    else:
        listing.close(OPENED)


def _markup(row: Row, *, is_open: bool) -> str:
    tags = "".join(row.tags)
    return (
        f'<div class="v-row{" open" if is_open else ""}" data-testid="row">'
        f'<div class="v-row-main"><div class="v-row-head"><b data-testid="row-who">{escape(row.who)}</b>'
        f"{tags}</div>"
        f'<div class="v-row-text" data-testid="row-text">{escape(row.text)}</div></div>'
        f'<div class="v-row-aside {row.mood}" data-testid="row-aside">{row.aside}</div></div>'
    )


def tag(words: str, kind: str = "", title: str = "") -> str:
    """Markup of a small word beside a name."""
    told = f' title="{escape(title)}"' if title else ""
    return f'<span class="v-tag {kind}"{told}>{escape(words)}</span>'
