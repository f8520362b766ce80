"""What is known of a customer besides their words: what waits, how we treated them, ratings, their household."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from app.customers.queries import Beside, Customer, Rating, Service, Waiting
from app.messages.thread import stars
from app.shared import access, components, filters, pool
from app.shared import format as fmt
from app.shared.channels import channel_names
from app.shared.language import N_, _, plural

RATINGS = {
    "review": N_("review"),
    "csat": N_("satisfaction survey"),
    "nps": N_("NPS survey"),
}


FIRST = 4  # waits that stand open


def heading(title: str, under: str = "") -> None:
    """Write the title of a part."""
    note = f" <small>{escape(under)}</small>" if under else ""
    st.html(f"<h3>{escape(title)}{note}</h3>")


def waits(found: Sequence[Waiting], every: tuple[str, ...]) -> None:
    """Draw what waits now, the longest first, each with the way to answer it."""
    if not found:
        return
    heading(_("Waits now"), plural("{n} conversation", "{n} conversations", len(found)))
    for wait in found[:FIRST]:
        _wait(wait, every)
    if rest := found[FIRST:]:
        with st.expander(plural("{n} more", "{n} more", len(rest))):
            for wait in rest:
                _wait(wait, every)


def _wait(wait: Waiting, every: tuple[str, ...]) -> None:
    now, due, late = datetime.now(UTC), "", ""
    if wait.promise_due_at and wait.promise_due_at <= now:
        due, late = _("promise missed by {time}", time=fmt.since(wait.promise_due_at, now)), ' class="v-bad"'
    elif wait.promise_due_at:
        due = _("due {when}", when=fmt.short(wait.promise_due_at, pool.company_zone()))
    with st.container(horizontal=True, vertical_alignment="center", key=f"now-{wait.conversation_id}"):
        since = _("waits {time}", time=fmt.since(wait.since, now))
        st.html(
            f'<div class="v-now" data-testid="waits-now">{components.pill(wait.channel, every)}'
            f"<b>{escape(fmt.subject(wait))}</b><small>{escape(since)}</small>"
            f"<small{late}>{escape(due)}</small></div>"
        )
        if access.may_open("answer"):
            st.page_link(
                "answer/page.py",
                label=_("Open"),
                icon=":material/reply:",
                query_params=filters.link(conversation=wait.conversation_id),
            )


def service(found: Service | None, customer: Customer) -> None:
    """Draw how the company treated them, each figure with its n."""
    if found is None:
        return
    row: list[tuple[str, str, str]] = []
    if found.promises_due:
        share, kept = fmt.rate(found.promises_kept / found.promises_due, 0), fmt.count(found.promises_kept)
        row.append((_("Promises kept"), share, _("{kept} of {n}", kept=kept, n=fmt.count(found.promises_due))))
    if found.responses:
        n = _("n {n}", n=fmt.count(found.responses))
        row.append((_("Median response"), fmt.minutes(found.response_minutes), n))
        row.append((_("Longest response"), fmt.minutes(found.longest_response_minutes), ""))
    if customer.complaints:
        n = _("of {n} messages", n=fmt.count(customer.messages))
        row.append((_("Complaints"), fmt.count(customer.complaints), n))
    if not row:
        return
    heading(_("How we treated them"), _("over all times and channels"))
    cells = "".join(
        f'<div data-testid="treated"><dt>{escape(name)}</dt>'
        f"<dd><b>{escape(value)}</b> <small>{escape(n)}</small></dd></div>"
        for name, value, n in row
    )
    st.html(f'<dl class="v-figures">{cells}</dl>')


def ratings(found: Sequence[Rating], every: tuple[str, ...]) -> None:
    """Draw the last ratings, the latest first."""
    if not found:
        return
    heading(_("Ratings"), _("the latest first"))
    zone = pool.company_zone()
    lines = "".join(
        f'<li class="v-account" data-testid="rated">{components.pill(each.channel, every)}'
        f"<small>{escape(_(RATINGS.get(each.kind, each.kind)))}</small>{stars(each.value, each.scale_max)}"
        f"<small>{escape(fmt.day(each.at.astimezone(zone).date()))}</small></li>"
        for each in found
    )
    st.html(f'<ul class="v-accounts">{lines}</ul>')


def household(found: Sequence[Beside]) -> None:
    """Draw who lives with them: another link than being one person."""
    if not found:
        return
    heading(_("Household"), _("shares an address or telephone and a family name; other people, never added up"))
    lines = []
    for each in found:
        there = escape(urlencode(filters.link(customer=each.customer_id)))
        lines.append(
            f'<li class="v-account" data-testid="household"><a href="customers?{there}" target="_self">'
            f"{escape(each.name or each.customer_id)}</a><small>{escape(channel_names(each.channels))}</small></li>"
        )
    st.html(f'<ul class="v-accounts">{"".join(lines)}</ul>')


def products(customer: Customer) -> None:
    """Draw the products that they named."""
    if customer.products:
        tags = "".join(f'<span class="v-tag">{escape(name)}</span>' for name in customer.products)
        heading(_("Products they speak of"))
        st.html(f'<div data-testid="products">{tags}</div>')
