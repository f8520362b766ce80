"""Who is this customer: found by anything, with the accounts and how they are known, and all that was said."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Literal, get_args

import pandas as pd
import streamlit as st

from app.customers import facts, known, looks, queries, sought, timeline
from app.customers.queries import Customer
from app.people import deciding, decisions
from app.people import queries as people
from app.shared import access, address, components, export, filters, listing, measures, memory, pool
from app.shared import format as fmt
from app.shared.channels import channel_names
from app.shared.language import N_, _, plural
from app.shared.measures import Extent

EVENTS, MOST, RATINGS = 100, 2000, 5
OPENED, FROM_CONVERSATION, MET = "customer", "conversation", "who"
Met = Literal["met", "never"]
METS: tuple[Met, ...] = get_args(Met)
MET_NAMES: dict[Met, str] = {"met": N_("Met"), "never": N_("Never met (CRM only)")}


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    filters.current(extent)
    components.head(_("Customers"), _("one person or household with all accounts, over all channels and all times"))
    words, met = _search()
    opened = address.given(OPENED)
    left, right = listing.halves(is_reading=bool(opened))
    with left:
        _list(words, met)
    if opened:
        with right:
            _read(opened, extent)
    else:
        looks.end()


def _search() -> tuple[str, Met]:
    met = address.choice(MET, METS, "met")
    words = sought.words()
    st.session_state[MET] = met
    left, right = st.columns([4, 8], gap="small", vertical_alignment="bottom")
    left.segmented_control(
        _("Who"),
        METS,
        key=MET,
        required=True,
        on_change=listing.update_url,
        args=(MET, "met"),
        format_func=lambda name: _(MET_NAMES[name]),
        width="stretch",
        help=_("Met: they wrote or answered a survey. Never met: the CRM alone knows them."),
    )
    right.text_input(
        _("Search customers"),
        key=listing.WORDS,
        on_change=sought.changed,
        max_chars=sought.LONGEST,
        icon=":material/search:",
        placeholder=_("A name, a handle, a customer number or a whole e-mail address"),
        help=_(
            "Names and handles are found by a part of them. E-mail addresses and telephone numbers are kept only "
            "as keyed hashes: they are found when they are given whole."
        ),
    )
    return words, met


def _list(words: str, met: Met) -> None:
    position, found = listing.found(lambda limit, offset: queries.customers(words, limit, offset, met == "met"))
    if not found:
        others = queries.customers(words, 1, 0, met != "met")
        others_met = _(MET_NAMES["never" if met == "met" else "met"])
        elsewhere = (
            escape(_("Under “{where}”: {n}.", where=others_met, n=fmt.count(others[0].total))) if others else ""
        )
        components.empty(
            _("No customer"), f"{escape(_('Nobody has this name, handle, number or address.'))} {elsewhere}"
        )
        return
    total = found[0].total
    with listing.head(
        plural("{n} customer, last seen first; choose a row", "{n} customers, last seen first; choose a row", total)
    ):
        _file(words, met)
    listing.table(
        _frame(found),
        [customer.customer_id for customer in found],
        parameter=OPENED,
        key=f"customers {words} {met} {position}",
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
            "channels": [channel_names(customer.channels) for customer in found],
            "messages": [customer.messages for customer in found],
            "seen": pd.to_datetime(
                pd.Series([customer.last_seen_at for customer in found], dtype=object), utc=True
            ),
        }
    )


def _file(words: str, met: Met) -> None:
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
            for each in memory.every(queries.customers)(words, None, 0, met == "met")
        ]  # fmt: skip

    export.button("customers", heads, rows, pool.company_zone())


def _read(opened: str, extent: Extent) -> None:
    customer = queries.customer(opened)
    if customer is None:
        components.empty(
            _("No such customer"), _("Accounts may have been joined or parted since this address was copied.")
        )
        return
    asked, opened = opened, customer.customer_id
    looks.keep(opened)
    with listing.reading("customer", _who(customer), OPENED, FROM_CONVERSATION):
        _led(asked, opened)
        came_from = address.given(FROM_CONVERSATION)
        if came_from and access.may_open("answer"):
            st.page_link(
                "answer/page.py",
                label=_("Back to the conversation"),
                icon=":material/arrow_back:",
                query_params=filters.link(conversation=came_from),
            )
        facts.waits(queries.waits_now(opened), extent.channels)
        _known(opened, customer, extent)
        facts.service(queries.service(opened), customer)
        facts.ratings(queries.ratings(opened, RATINGS), extent.channels)
        facts.products(customer)
        facts.household(queries.household(opened))
        _timeline(opened, customer, extent)


def _led(asked: str, customer_id: str) -> None:
    """Say where an older id led to this customer, and which others do."""
    if asked != customer_id:
        said = _("{old} leads here: since then two customers turned out to be one.", old=asked)
        st.html(f'<div class="v-left-out v-moves" role="status" data-testid="led">{escape(said)}</div>')
    former = [each.customer_id for each in queries.former_ids(customer_id)]
    ids = " · ".join([customer_id, *former])
    st.html(f'<div class="v-note" data-testid="ids">{escape(_("id {ids}", ids=ids))}</div>')


def _known(opened: str, customer: Customer, extent: Extent) -> None:
    deciding.report()
    accounts, nodes = queries.accounts(opened), people.nodes(opened)
    st.html(f"<h3>{escape(plural('{n} account', '{n} accounts', len(accounts)))}</h3>")
    known.moves(people.moved(opened), opened)
    if accounts:
        st.html(timeline.accounts(accounts, extent.channels))
    else:
        components.empty(_("Never met"), escape(_("The CRM knows them; no account is known to be theirs.")))
    known.why(nodes, people.links(opened))
    known.change(customer, nodes)
    said = decisions.of_customer(opened)
    if said:
        title = plural("{n} decision of who this is", "{n} decisions of who this is", len(said))
        with st.expander(title, icon=":material/gavel:", expanded=any(each.is_pending for each in said)):
            deciding.rows(said)


def _timeline(opened: str, customer: Customer, extent: Extent) -> None:
    order = _("the latest conversation first, each from its beginning")
    st.html(f"<h3>{escape(_('Timeline'))} <small>{escape(order)}</small></h3>")
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
            "{n} request, {answered} answered", "{n} requests, {answered} answered", customer.waits,
            answered=fmt.count(customer.answered_waits),
        )  # fmt: skip
    facts = (
        _("customer number {number}", number=customer.crm_number) if customer.crm_number else "",
        _("segment {segment}", segment=customer.segment) if customer.segment else "",
        _("language {language}", language=customer.language) if customer.language else "",
        _("customer since {day}", day=fmt.day(customer.customer_since)) if customer.customer_since else "",
        plural("{n} message", "{n} messages", customer.messages),
        waits,
        plural("{n} waits now", "{n} wait now", customer.open_waits) if customer.open_waits else "",
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
