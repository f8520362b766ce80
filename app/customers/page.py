"""Who is this customer: found by anything, with the accounts and how they are known, and all that was said."""

from __future__ import annotations

from datetime import datetime
from html import escape

import pandas as pd
import streamlit as st

from app.customers import queries, timeline
from app.customers.queries import Account, Customer
from app.shared import address, components, export, filters, listing, measures, memory, pool
from app.shared import format as fmt
from app.shared.language import _, plural
from app.shared.measures import Extent

EVENTS, MOST = 100, 2000
OPENED, FROM_CONVERSATION = "customer", "conversation"


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    filters.current(extent)
    components.head(_("Customers"), _("one person or household with all accounts, over all channels and all times"))
    words = listing.words()
    listing.search(
        st.container(),
        _("Search customers"),
        _("A name, a handle, a customer number or a whole e-mail address"),
        _(
            "Names and handles are found by a part of them. E-mail addresses and telephone numbers are kept only "
            "as keyed hashes: they are found when they are given whole."
        ),
    )
    opened = address.given(OPENED)
    left, right = listing.halves(is_reading=bool(opened))
    with left:
        _list(words)
    if opened:
        with right:
            _read(opened, extent)


def _list(words: str) -> None:
    position, found = listing.found(lambda limit, offset: queries.customers(words, limit, offset))
    if not found:
        components.empty(_("No customer"), _("Nobody has this name, handle, number or address."))
        return
    total = found[0].total
    with listing.head(
        plural("{n} customer, last seen first; choose a row", "{n} customers, last seen first; choose a row", total)
    ):
        _file(words)
    listing.table(
        _frame(found),
        [customer.customer_id for customer in found],
        parameter=OPENED,
        key=f"customers {words} {position}",
        moment="seen",
        columns={
            "who": st.column_config.TextColumn(_("Customer"), width=140),
            "channels": st.column_config.TextColumn(_("Channels"), width=100),
            "messages": st.column_config.Column(_("Messages"), width=75),
            "seen": st.column_config.Column(_("Last seen"), width=125),
        },
        only_wide=["messages"],
        forgotten=[FROM_CONVERSATION],
    )
    listing.pages(total, position)


def _frame(found: list[Customer]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "who": [customer.name or customer.customer_id for customer in found],
            "channels": [", ".join(customer.channels) for customer in found],
            "messages": [customer.messages for customer in found],
            "seen": pd.to_datetime(
                pd.Series([customer.last_seen_at for customer in found], dtype=object), utc=True
            ),
        }
    )


def _file(words: str) -> None:
    heads = [
        _("Customer"), "customer_id", _("Customer number"), _("Segment"), _("Channels"), _("Accounts"),
        _("Messages"), _("First seen"), _("Last seen"), _("Waits"), _("Answered"), _("Open waits"),
    ]  # fmt: skip

    def rows() -> list[list[export.Cell]]:
        return [
            [
                each.name, each.customer_id, each.crm_number, each.segment, ", ".join(each.channels), each.accounts,
                each.messages, each.first_seen_at, each.last_seen_at, each.waits, each.answered_waits,
                each.open_waits,
            ]
            for each in memory.every(queries.customers)(words, None, 0)
        ]  # fmt: skip

    export.button("customers", heads, rows, pool.company_zone())


def _read(opened: str, extent: Extent) -> None:
    customer = queries.customer(opened)
    if customer is None:
        components.empty(
            _("No such customer"), _("Accounts may have been joined or parted since this address was copied.")
        )
        return
    opened = customer.customer_id  # an older id leads to it
    with listing.reading("customer", _who(customer), OPENED, FROM_CONVERSATION):
        came_from = address.given(FROM_CONVERSATION)
        if came_from:
            st.page_link(
                "conversations/page.py",
                label=_("Back to the conversation"),
                icon=":material/arrow_back:",
                query_params=filters.link(conversation=came_from),
            )
        known = queries.accounts(opened)
        st.html(f"<h3>{escape(plural('{n} account', '{n} accounts', len(known)))}</h3>")
        st.html(timeline.accounts(known, extent.channels))
        _timeline(opened, customer, known, extent)


def _timeline(opened: str, customer: Customer, known: list[Account], extent: Extent) -> None:
    st.html(f"<h3>{escape(_('Timeline'))} <small>{escape(_('the latest first'))}</small></h3>")
    is_whole = st.session_state.get("whole_customer") == opened
    try:
        events = queries.timeline(opened, MOST if is_whole else EVENTS)
    except pool.NotReadyError as trouble:
        components.not_ready(_(str(trouble)))
        return
    if not events:
        components.empty(_("Nothing said"), _("No message, answer or rating of this customer is kept."))
        return
    st.html(timeline.markup(events, extent.channels, pool.company_zone()))
    with st.container(horizontal=True):
        if len(events) == EVENTS and not is_whole and st.button(_("Show earlier messages")):
            st.session_state["whole_customer"] = opened
            st.rerun()
        _events_file(opened)


def _events_file(opened: str) -> None:
    heads = [_("When"), _("Kind"), _("Channel"), _("Source"), _("Title"), _("Text"), _("Rating"), _("Address")]

    def rows() -> list[list[export.Cell]]:
        return [
            [each.at, each.kind, each.channel, each.source, each.title, each.body, each.value, each.url]
            for each in memory.every(queries.timeline)(opened, None)
        ]

    export.button("timeline", heads, rows, pool.company_zone())


def _day(moment: datetime) -> str:
    return fmt.day(moment.astimezone(pool.company_zone()).date())


def _who(customer: Customer) -> str:
    waits = ""
    if customer.waits is not None:
        waits = plural(
            "{n} wait, answered {answered}", "{n} waits, answered {answered}", customer.waits,
            answered=fmt.count(customer.answered_waits),
        )  # fmt: skip
    facts = (
        _("customer number {number}", number=customer.crm_number) if customer.crm_number else "",
        _("segment {segment}", segment=customer.segment) if customer.segment else "",
        _("language {language}", language=customer.language) if customer.language else "",
        _("customer since {day}", day=fmt.day(customer.customer_since)) if customer.customer_since else "",
        plural("{n} message", "{n} messages", customer.messages),
        waits,
        plural("{n} open wait", "{n} open waits", customer.open_waits) if customer.open_waits else "",
        plural("{n} rating", "{n} ratings", customer.ratings) if customer.ratings else "",
        _("first seen {day}", day=_day(customer.first_seen_at)) if customer.first_seen_at else "",
        _("times in {zone}", zone=pool.company_zone().key),
    )
    spans = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return (
        f'<div class="v-person" data-testid="customer">{escape(customer.name or customer.customer_id)}</div>'
        f'<div class="v-facts">{spans}</div>'
    )


draw()
