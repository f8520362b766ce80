"""Find a conversation and read it whole, with its waits marked where they opened and closed."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import get_args

import pandas as pd
import streamlit as st

from app import data, export, filters, look
from app import format as fmt
from app.language import _, later, plural
from app.period import View
from app.rows import Conversation, Extent
from app.thread import thread

PAGE = 50
MESSAGES = 200
STATES: tuple[data.State, ...] = get_args(data.State)
STATE_NAMES: dict[data.State, str] = {
    "all": later("All"),
    "waiting": later("Waiting"),
    "answered": later("Answered"),
}
STATE, WORDS, POSITION, OPENED = "state", "q", "page", "conversation"


def page() -> None:
    """Draw the page."""
    extent = data.extent()
    view = filters.current(extent)
    look.head(_("Conversations"), filters.about(view))
    state, words = _search()
    opened = st.query_params.get(OPENED)
    with st.container(key="split-reading" if opened else "split"):
        left, right = st.columns(2, gap="medium")
        with left:
            _list(view, state, words, opened)
        with right:
            _read(opened, extent)


def _search() -> tuple[data.State, str]:
    wanted = st.query_params.get(STATE, "all")
    state: data.State = next((known for known in STATES if known == wanted), "all")
    words = st.query_params.get(WORDS, "")[:200]
    st.session_state[STATE], st.session_state[WORDS] = state, words
    left, right = st.columns([2, 5], gap="small", vertical_alignment="bottom")
    left.segmented_control(
        _("State"),
        STATES,
        key=STATE,
        required=True,
        on_change=_asked,
        format_func=lambda state: _(STATE_NAMES[state]),
        width="stretch",
        help=_(
            "All: somebody wrote in the period. Waiting: a wait opened in the period is still open. Answered: "
            "somebody wrote in the period, and every wait was answered."
        ),
    )
    right.text_input(
        _("Search"),
        key=WORDS,
        on_change=_asked,
        max_chars=200,
        icon=":material/search:",
        placeholder=_('Words, "an exact phrase", -without, or a handle'),
    )
    return state, words


def _asked() -> None:
    st.query_params.pop(POSITION, None)
    for name, usual in ((STATE, "all"), (WORDS, "")):
        value = (st.session_state[name] or "").strip()
        if value and value != usual:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def _list(view: View, state: data.State, words: str, opened: str | None) -> None:
    position = _position()
    found = data.conversations(view, state, words, PAGE, (position - 1) * PAGE)
    if not found and position > 1:
        position = 1
        found = data.conversations(view, state, words, PAGE, 0)
    if not found:
        look.empty(_("No conversation"), _("Nothing fits this period, these channels, this state and these words."))
        return
    total = found[0].total
    first = (position - 1) * PAGE + 1
    order = _("longest waiting first") if state == "waiting" else _("latest first")
    places = f"{fmt.count(first)} – {fmt.count(first + len(found) - 1)}"
    said = _(
        "{places} of {total}, {order}; choose a row to read it", places=places, total=fmt.count(total), order=order
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f'<div class="v-note" data-testid="found">{escape(said)}</div>', width="content")
        _file(found)
    ids = [conversation.conversation_id for conversation in found]
    key = f"list {view} {state} {words} {position}"
    chosen = [ids.index(opened)] if opened in ids else []
    # The row follows the URL: a link that opens a conversation selects its row, closing it lets go.
    st.session_state[key] = {"selection": {"rows": chosen, "columns": [], "cells": []}}
    st.dataframe(
        look.styled(_frame(found), "opened"),
        hide_index=True,
        key=key,
        on_select=lambda: _chosen(key, ids),
        selection_mode="single-row",
        height=min(640, 38 * (len(found) + 1) + 2),
        row_height=38,
        column_order=("state", "who", "text", "channel", "opened"),
        column_config={
            "state": st.column_config.TextColumn(_("State"), width=105),
            "who": st.column_config.TextColumn(_("Customer"), width=125),
            "text": st.column_config.TextColumn(_("First message"), width=235),
            "channel": st.column_config.TextColumn(_("Channel"), width=75),
            "opened": st.column_config.Column(_("Opened"), width=130),
        },
    )
    pages = -(-total // PAGE)
    if pages > 1:
        key = f"{POSITION}-{position}"
        st.pagination(pages, default=position, key=key, on_change=_turned, args=(key,))


def _position() -> int:
    given = st.query_params.get(POSITION, "1")
    return max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1


def _turned(key: str) -> None:
    st.query_params[POSITION] = str(st.session_state[key])


def _chosen(key: str, ids: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        st.query_params[OPENED] = ids[rows[0]]
    else:
        st.query_params.pop(OPENED, None)


def _frame(found: list[Conversation]) -> pd.DataFrame:
    now = datetime.now(UTC)
    return pd.DataFrame(
        {
            "state": [_state(conversation, now) for conversation in found],
            "who": [conversation.who for conversation in found],
            "channel": [conversation.channel for conversation in found],
            "text": [fmt.line(conversation.title or conversation.body) for conversation in found],
            "opened": pd.to_datetime([conversation.opened_at for conversation in found], utc=True),
        }
    )


def _file(found: list[Conversation]) -> None:
    heads = [_("Opened"), _("Last message"), _("State"), _("Customer"), _("Channel"), _("Source")]
    heads += [_("First message"), _("Waits"), _("Answered"), "conversation_id"]
    now = datetime.now(UTC)
    rows: list[list[export.Cell]] = [
        [
            each.opened_at, each.last_customer_message_at, _state(each, now), each.who, each.channel, each.source,
            fmt.line(each.title or each.body), each.waits, each.answered_waits, each.conversation_id,
        ]
        for each in found
    ]  # fmt: skip
    export.button("conversations", heads, rows, data.company_zone())


def _state(conversation: Conversation, now: datetime) -> str:
    if conversation.waiting_since:
        return _("● waits {time}", time=fmt.since(conversation.waiting_since, now))
    return _("✓ answered") if conversation.waits else fmt.NONE


def _read(opened: str | None, extent: Extent) -> None:
    if not opened:
        look.empty(_("Choose a conversation"), _("It opens here, and its address can be shared."))
        return
    conversation = data.conversation(opened)
    if conversation is None:
        look.empty(_("No such conversation"), _("It may have been removed since this address was copied."))
        return
    with st.container(key="card-thread"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(_who(conversation, extent))
            st.button(_("Close"), icon=":material/close:", key="close", on_click=_closed, type="tertiary")
        if conversation.customer_id:
            st.page_link(
                "screens/customers.py",
                label=_("See the customer, on all channels"),
                icon=":material/person:",
                query_params=filters.link(customer=conversation.customer_id, conversation=opened),
            )
        everything = st.session_state.get("whole") == opened
        messages = data.messages(opened, conversation.thread_id, 100_000 if everything else MESSAGES)
        if len(messages) == MESSAGES and not everything and st.button(_("Show earlier messages")):
            st.session_state["whole"] = opened
            st.rerun()
        st.html(thread(messages, data.waits(opened), data.company_zone(), datetime.now(UTC)))


def _closed() -> None:
    st.query_params.pop(OPENED, None)


def _who(conversation: Conversation, extent: Extent) -> str:
    handle = f"<small>@{escape(conversation.handle)}</small>" if conversation.handle != conversation.who else ""
    waits = plural(
        "{n} wait, answered {answered}",
        "{n} waits, answered {answered}",
        conversation.waits,
        answered=fmt.count(conversation.answered_waits),
    )
    wrote = _(
        "customer wrote {customer}, we {brand}",
        customer=fmt.count(conversation.customer_messages),
        brand=fmt.count(conversation.brand_messages),
    )
    facts = (
        look.pill(conversation.channel, extent.channels),
        escape(_("source {source}", source=conversation.source)),
        escape(waits),
        escape(wrote),
        escape(_("times in {zone}", zone=data.company_zone().key)),
        look.link(conversation.url, _("open the original ↗")),
    )
    return (
        f'<div class="v-person">{escape(conversation.who)}{handle}</div>'
        f'<div class="v-facts">{"".join(f"<span>{fact}</span>" for fact in facts if fact)}</div>'
    )


page()
