"""A conversation beside the list: at the message that waits, with who the customer is and what can be decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from app.answer import beside, deciding, queries
from app.answer.deciding import Open
from app.answer.queries import Conversation
from app.answer.rows import OPENED
from app.messages import correcting, decisions, handling, thread
from app.messages.waiting import Waiting
from app.shared import access, components, filters, listing, pool
from app.shared import format as fmt
from app.shared.channels import channel_names
from app.shared.language import _, plural
from app.shared.measures import Extent

MESSAGES = 200


def draw(opened: str, extent: Extent, ids: Sequence[str], row: Waiting | None) -> None:
    """Draw the conversation; `ids` are those of the list, in its order, `row` is its own where the list has it."""
    conversation = queries.conversation(opened)
    if conversation is None:
        components.empty(_("No such conversation"), _("It may have been removed since this address was copied."))
        return
    with listing.reading("thread", _who(conversation, extent), OPENED):
        everything = st.session_state.get("whole") == opened
        waits = queries.waits(opened)
        decided = decisions.given(opened)
        since = next((at for wait in reversed(waits) if (at := decisions.waiting_since(wait, decided))), None)
        waiting = queries.waiting_message(opened, since) if since else None
        messages = queries.messages(opened, conversation.thread_id, 100_000 if everything else MESSAGES, waiting)
        if waiting:
            copies = (row.copies, row.copy_group_id) if row else (1, None)
            deciding.draw(Open(opened, waiting, decisions.assignee(opened, since), *copies), ids)
        if len(messages) >= MESSAGES and not everything and st.button(_("Show earlier messages")):
            st.session_state["whole"] = opened
            st.rerun()
        st.html(thread.markup(messages, waits, decided, pool.company_zone(), datetime.now(UTC), at=waiting))
        with st.container(horizontal=True):
            if conversation.customer_id and access.may_open("customers"):
                st.page_link(
                    "customers/page.py",
                    label=_("See the customer, on all channels"),
                    icon=":material/person:",
                    query_params=filters.link(customer=conversation.customer_id, conversation=opened),
                )
            handling.draw(waits, decided)
            correcting.draw(messages)


def _who(conversation: Conversation, extent: Extent) -> str:
    handle = f"<small>@{escape(conversation.handle)}</small>" if conversation.handle != conversation.who else ""
    waits = plural(
        "{n} request here, answered {answered}",
        "{n} requests here, answered {answered}",
        conversation.waits,
        answered=fmt.count(conversation.answered_waits),
    )
    wrote = _(
        "customer wrote {customer}, we {brand}",
        customer=fmt.count(conversation.customer_messages),
        brand=fmt.count(conversation.brand_messages),
    )
    facts = (
        components.pill(conversation.channel, extent.channels),
        escape(_("source {source}", source=conversation.source)),
        escape(waits),
        escape(wrote),
        escape(_("times in {zone}", zone=pool.company_zone().key)),
        components.link(conversation.url, _("open the original ↗")),
    )
    return (
        f'<div class="v-person">{escape(conversation.who)}{handle}</div>'
        f'<div class="v-facts">{"".join(f"<span>{fact}</span>" for fact in facts if fact)}</div>'
        f"{_customer(conversation)}"
    )


def _customer(conversation: Conversation) -> str:
    """Markup of who the customer is over all channels, "" where nothing is known."""
    person = beside.person(conversation.customer_id) if conversation.customer_id else None
    if person is None:
        return ""
    asked = plural(
        "{n} request in all, {answered} answered",
        "{n} requests in all, {answered} answered",
        person.waits,
        answered=fmt.count(person.answered_waits),
    )
    known = person.customer_since or (person.first_seen_at.date() if person.first_seen_at else None)
    since = _("customer since {day}") if person.customer_since else _("first seen {day}")
    facts = [
        since.format(day=fmt.day(known)) if known else "",
        person.segment or "",
        asked,
        plural("{n} waits now", "{n} wait now", person.open_waits) if person.open_waits else "",
        plural("{n} rating", "{n} ratings", person.ratings) if person.ratings else "",
        channel_names(person.channels) if len(person.channels) > 1 else "",
    ]
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return f'<div class="v-facts v-customer" data-testid="who">{told}</div>'
