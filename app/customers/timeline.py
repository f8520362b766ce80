"""Everything a customer said, was told and rated on all channels, as one column in time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from app.customers.facts import RATINGS
from app.customers.queries import Account, Event
from app.messages.thread import stars, words
from app.shared import access, components, filters
from app.shared import format as fmt
from app.shared.language import N_, _

# How an account came to be a customer's, as `marts.customer_accounts` names it.
HOW = {
    "single": N_("its only known account"),
    "customer_number": N_("same customer number"),
    "verified_email": N_("same verified e-mail address"),
    "crm_handle": N_("handle declared in the CRM"),
    "site": N_("same web site, shown to be theirs"),
    "likely": N_("as good as certain"),
    "decision": N_("decided by a person"),
}
CUT = 1200


def accounts(rows: Sequence[Account], every: tuple[str, ...]) -> str:
    """Markup of a customer's accounts, each with how it is known to be theirs."""
    parts = []
    for row in rows:
        name = row.display_name or row.handle or row.account_id
        handle = f" <small>@{escape(row.handle)}</small>" if row.handle and row.handle != name else ""
        how = _(HOW.get(row.how, row.how))
        proof = evidence(row.evidence)
        why = f"{how} ({proof})" if proof else how
        wrote = _("messages {n}, last {when}", n=fmt.count(row.messages), when=fmt.day(row.last_seen_at.date()))
        parts.append(
            f'<li class="v-account" data-testid="account">{components.pill(row.channel, every)}'
            f"<b>{escape(name)}</b>{handle}"
            f"<small>{escape(why)}</small><small>{escape(wrote)}</small></li>"
        )
    return f'<ul class="v-accounts" data-testid="accounts">{"".join(parts)}</ul>'


def evidence(given: Any) -> str:
    """What joins an account to its customer, in one line."""
    if not given:
        return ""
    if isinstance(given, dict):
        return " · ".join(f"{name} {value}" for name, value in given.items())[:200]
    return (given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))[:200]


def markup(events: Sequence[Event], every: tuple[str, ...], zone: ZoneInfo) -> str:
    """Markup of events given latest first: the latest conversation first, each from its beginning, named once."""
    parts: list[str] = []
    told: str | None = None
    # A survey's or a review's words are a message and the rating's too: they are shown once, with the rating.
    rated = {(event.at, event.channel, event.body) for event in events if event.kind == "rating"}
    for event in _conversations(events):
        if event.kind == "message" and (event.at, event.channel, event.body) in rated:
            continue
        if event.conversation_id != told or event.kind == "rating":
            parts.append(_where(event, every))
        told = event.conversation_id
        parts.append(_event(event, zone))
    return f'<div class="v-thread v-timeline" data-testid="timeline">{"".join(parts)}</div>'


def _conversations(events: Sequence[Event]) -> list[Event]:
    """Events of one conversation together and in the order of time; who spoke last comes first."""
    groups: dict[object, list[Event]] = {}
    for n, event in enumerate(events):
        groups.setdefault(event.conversation_id or n, []).append(event)
    return [event for group in groups.values() for event in reversed(group)]


def _where(event: Event, every: tuple[str, ...]) -> str:
    link = ""
    if event.conversation_id and access.may_open("answer"):
        asked = urlencode(filters.link(conversation=event.conversation_id))
        link = f'<a href="answer?{escape(asked)}" target="_self">{escape(_("read the conversation"))}</a>'
    title = f"<b>{escape(fmt.line(event.title, 90))}</b>" if event.title else ""
    return f'<div class="v-where">{components.pill(event.channel, every)}{title}{link}</div>'


def _event(event: Event, zone: ZoneInfo) -> str:
    who = {"message": _("the customer"), "answer": _("us"), "rating": _("rating")}.get(event.kind, event.kind)
    kind = "brand" if event.kind == "answer" else "customer"
    rated = ""
    if event.value is not None:
        name = RATINGS.get(event.rating_kind or "", event.rating_kind or "")
        rated = f"<div><small>{escape(_(name) if name else '')}</small></div>{stars(event.value, event.scale_max)}"
    body = event.body or ""
    cut = body if len(body) <= CUT else body[:CUT].rstrip() + "…"
    facts = (
        f"<b>{escape(who)}</b>",
        f"<time>{escape(fmt.moment(event.at, zone))}</time>",
        components.link(event.url, _("original ↗")),
    )
    return (
        f'<article class="v-bubble {kind}" data-testid="event-{escape(event.kind)}"><header>'
        + " ".join(f"<span>{fact}</span>" for fact in facts if fact)
        + f"</header>{rated}{words(cut, is_withheld=event.text_withheld, missing=event.body_missing)}</article>"
    )
