"""Two accounts side by side, as a person compares them: names, where, since when, and how they write."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from app.messages.thread import words
from app.people.queries import Node, Sample
from app.shared import components, filters, pool
from app.shared import format as fmt
from app.shared.language import _

CUT = 240


def markup(left: Node, right: Node, samples: Sequence[Sample], every: tuple[str, ...]) -> str:
    """Markup of both, in two columns; what is equal on both sides is marked."""
    both = "".join(_side(one, other, samples, every) for one, other in ((left, right), (right, left)))
    return f'<div class="v-sides" data-testid="sides">{both}</div>'


def _side(node: Node, other: Node, samples: Sequence[Sample], every: tuple[str, ...]) -> str:
    zone = pool.company_zone()
    days = [fmt.day(at.astimezone(zone).date()) for at in (node.first_seen_at, node.last_seen_at) if at]
    facts = (
        (_("Name"), node.name, other.name),
        (_("Handle"), f"@{node.handle}" if node.handle else None, f"@{other.handle}" if other.handle else None),
        (_("Site"), node.site, None),
        (_("Town"), node.town, other.town),
        (_("Customer number"), node.crm_number, None),
        (_("Messages"), None if node.messages is None else fmt.count(node.messages), None),
        (_("First and last seen"), " – ".join(dict.fromkeys(days)) or None, None),
    )
    lines = "".join(
        f"<div><dt>{escape(name)}</dt>{_value(value, is_equal=value == beside)}</div>"
        for name, value, beside in facts
        if value
    )
    there = escape(urlencode(filters.link(customer=node.customer_id)))
    called = escape(_("customer {name} ↗", name=node.customer_name or node.customer_id))
    customer = f'<a href="customers?{there}" target="_blank">{called}</a>'
    where = f"<b>{escape(_('CRM'))}</b>" if node.is_crm else components.pill(node.channel, every)
    return (
        f'<section class="v-side" data-testid="side"><header>{where}{customer}</header>'
        f"<h3>{escape(node.shown)}</h3><dl>{lines}</dl>{_said(node, samples)}</section>"
    )


def _value(value: str, *, is_equal: bool) -> str:
    mark = f' class="v-same" title="{escape(_("the same on both sides"))}"' if is_equal else ""
    return f"<dd{mark}>{escape(value)}</dd>"


def _said(node: Node, samples: Sequence[Sample]) -> str:
    own = [sample for sample in samples if sample.account_id == node.node_id]
    if not own:
        return f'<p class="v-note">{escape(_("wrote nothing that is kept"))}</p>'
    zone = pool.company_zone()
    parts = []
    for sample in own:
        body = " ".join((sample.body or "").split())
        cut = body if len(body) <= CUT else body[:CUT].rstrip() + "…"
        title = f"<b>{escape(fmt.line(sample.title, 90))}</b>" if sample.title and not sample.text_withheld else ""
        text = ""
        if cut or not title:
            text = words(cut, is_withheld=sample.text_withheld, missing=sample.body_missing)
        when = escape(fmt.short(sample.posted_at, zone))
        parts.append(f'<article class="v-sample" data-testid="sample"><time>{when}</time>{title}{text}</article>')
    return "".join(parts)
