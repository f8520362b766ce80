"""Find a conversation and read it whole, with its waits marked where they opened and closed."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import get_args

import pandas as pd
import streamlit as st

from app import data, export, filters, handling, listing, look
from app import format as fmt
from app.language import _, later, plural
from app.period import View
from app.rows import Conversation, Extent
from app.thread import thread

MESSAGES = 200
STATES: tuple[data.State, ...] = get_args(data.State)
STATE_NAMES: dict[data.State, str] = {
    "all": later("All"),
    "waiting": later("Waiting"),
    "answered": later("Answered"),
}
STATE, OPENED = "state", "conversation"


def page() -> None:
    """Draw the page."""
    extent = data.extent()
    view = filters.current(extent)
    look.head(_("Conversations"), filters.about(view))
    state, words = _search()
    opened = st.query_params.get(OPENED)
    left, right = listing.halves(is_reading=bool(opened))
    with left:
        _list(view, state, words)
    with right:
        _read(opened, extent)


def _search() -> tuple[data.State, str]:
    wanted = st.query_params.get(STATE, "all")
    state: data.State = next((known for known in STATES if known == wanted), "all")
    words = listing.words()
    st.session_state[STATE] = state
    left, right = st.columns([2, 5], gap="small", vertical_alignment="bottom")
    left.segmented_control(
        _("State"),
        STATES,
        key=STATE,
        required=True,
        on_change=listing.asked,
        args=(STATE, "all"),
        format_func=lambda state: _(STATE_NAMES[state]),
        width="stretch",
        help=_(
            "All: somebody wrote in the period. Waiting: a wait opened in the period is still open. Answered: "
            "somebody wrote in the period, and every wait was answered."
        ),
    )
    listing.search(right, _("Search"), _('Words, "an exact phrase", -without, or a handle'))
    return state, words


def _list(view: View, state: data.State, words: str) -> None:
    position, found = listing.found(lambda limit, offset: data.conversations(view, state, words, limit, offset))
    if not found:
        look.empty(_("No conversation"), _("Nothing fits this period, these channels, this state and these words."))
        return
    total = found[0].total
    first = (position - 1) * listing.PAGE + 1
    order = _("longest waiting first") if state == "waiting" else _("latest first")
    places = f"{fmt.count(first)} – {fmt.count(first + len(found) - 1)}"
    ids = [conversation.conversation_id for conversation in found]
    aside = data.set_aside(ids)
    wide = 155 if st.query_params.get(OPENED) else 230  # all columns at 1440 pixels
    said = _(
        "{places} of {total}, {order}; choose a row to read it", places=places, total=fmt.count(total), order=order
    )
    with listing.head(said):
        _file(found, aside)
    listing.table(
        _frame(found, aside),
        ids,
        parameter=OPENED,
        key=f"list {view} {state} {words} {position}",
        moment="opened",
        columns={
            "state": st.column_config.TextColumn(_("State"), width=100),
            "who": st.column_config.TextColumn(_("Customer"), width=118),
            "text": st.column_config.TextColumn(_("First message"), width=wide),
            "channel": st.column_config.TextColumn(_("Channel"), width=80),
            "opened": st.column_config.Column(_("Opened"), width=135),
        },
        only_wide=["channel", "opened"],
    )
    listing.pages(total, position)


def _frame(found: list[Conversation], aside: set[str]) -> pd.DataFrame:
    now = datetime.now(UTC)
    return pd.DataFrame(
        {
            "state": [_state(conversation, aside, now) for conversation in found],
            "who": [conversation.who for conversation in found],
            "channel": [conversation.channel for conversation in found],
            "text": [fmt.subject(conversation) for conversation in found],
            "opened": pd.to_datetime([conversation.opened_at for conversation in found], utc=True),
        }
    )


def _file(found: list[Conversation], aside: set[str]) -> None:
    heads = [_("Opened"), _("Last message"), _("State"), _("Customer"), _("Channel"), _("Source")]
    heads += [_("First message"), _("Waits"), _("Answered"), "conversation_id"]
    now = datetime.now(UTC)
    rows: list[list[export.Cell]] = [
        [
            each.opened_at, each.last_customer_message_at, _state(each, aside, now), each.who, each.channel,
            each.source, fmt.subject(each), each.waits, each.answered_waits, each.conversation_id,
        ]
        for each in found
    ]  # fmt: skip
    export.button("conversations", heads, rows, data.company_zone())


def _state(conversation: Conversation, aside: set[str], now: datetime) -> str:
    if conversation.waiting_since and conversation.conversation_id in aside:
        return _("○ set aside")
    if conversation.waiting_since:
        return _("● waits {time}", time=fmt.since(conversation.waiting_since, now))
    if conversation.answered_waits < conversation.waits:
        return _("○ closed without our answer")
    return _("✓ answered") if conversation.waits else fmt.NONE


def _read(opened: str | None, extent: Extent) -> None:
    if not opened:
        look.empty(_("Choose a conversation"), _("It opens here, and its address can be shared."))
        return
    conversation = data.conversation(opened)
    if conversation is None:
        look.empty(_("No such conversation"), _("It may have been removed since this address was copied."))
        return
    with listing.reading("thread", _who(conversation, extent), OPENED):
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
        waits = data.waits(opened)
        decisions = data.decisions(opened)
        st.html(thread(messages, waits, decisions, data.company_zone(), datetime.now(UTC)))
        handling.draw(waits, decisions)


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
