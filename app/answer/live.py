"""Who waits now, as a list to work through: what can still be kept first, one decision a key, all or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import get_args

import streamlit as st

from app.answer import deciding, rows
from app.answer.rows import Row, tag
from app.messages import decisions, handling, labels, understood, waiting, who
from app.messages.rows import Verdict
from app.messages.waiting import Aside, Narrowed, Severity, Stands, Waiting
from app.shared import address, components, export, listing, memory, pool
from app.shared import format as fmt
from app.shared.language import N_, _, plural
from app.shared.measures import Extent
from app.shared.period import View
from flows.errors import VigieError

STANDS: tuple[Stands, ...] = get_args(Stands)
TOPIC, SEVERITY = "topic", "severity"
SEVERITIES: dict[Severity, str] = {"high": N_("high"), "middle": N_("middle"), "low": N_("low")}
WHY = {
    **understood.INTENTS,
    "negative": N_("negative"),
    "missed": N_("promise missed"),
    "copies": N_("same text from several"),
}
EMPTY = {
    "can_be_kept": N_("Nothing that waits can still be kept: see what was missed today, then the backlog."),
    "missed_today": N_("No promise that fell due today was missed."),
    "backlog": N_("Nobody waits from before today."),
    "mine": N_("Nothing is assigned to you: open a request and press A."),
}
BULK, BULK_WHY = "bulk_verdict", "bulk_reason"


def draw(view: View, tab: str, extent: Extent) -> list[Waiting]:
    """Draw the list of a tab; returns the rows of its page in order."""
    mine = who.name()
    if tab == "mine" and not mine:
        components.empty(_("Who are you?"), escape(_("Say your name above: what you take is listed here.")))
        return []
    stands = next((each for each in STANDS if each == tab), None)
    narrowed = replace(_narrow(), stands=stands, assignee=mine if tab == "mine" else None)
    position, found = listing.found(lambda limit, offset: waiting.waiting(view, narrowed, limit, offset))
    if not found:
        components.empty(_("Nothing here"), escape(_(EMPTY[tab])))
        return []
    now = datetime.now(UTC)
    total = found[0].total
    told = plural("{n} request", "{n} requests", total)
    order = _("due first leads") if tab == "can_be_kept" else _("latest due first")
    with listing.head(f"{told} · {order}"):
        _bulk(view, narrowed, found[0])
        _file(view, tab, narrowed)
    rows.draw([_row(each, now, extent) for each in found], "waiting")
    listing.pages(total, position)
    return found


def _narrow() -> Narrowed:
    """What the list is narrowed to, as the URL says; each of it can be chosen."""
    topics = {each.topic: understood.topic(each) for each in labels.topics()}
    asked: dict[str, tuple[str, dict[str, str]]] = {
        TOPIC: (_("Topic"), dict(sorted(topics.items(), key=lambda one: one[1]))),
        SEVERITY: (_("Severity"), {name: _(word) for name, word in SEVERITIES.items()}),
    }
    copies = address.given(deciding.COPIES) or None
    with st.container(horizontal=True, key="narrow"):
        for name, (title, values) in asked.items():
            st.session_state[f"n_{name}"] = address.choice(name, list(values), "") or None
            st.selectbox(
                title, list(values), key=f"n_{name}", placeholder=title, format_func=values.__getitem__,
                label_visibility="collapsed", on_change=_narrowed, args=(name,), width=190,
            )  # fmt: skip
        if copies:
            st.button(_("Same text only"), icon=":material/close:", on_click=listing.close, args=(deciding.COPIES,))
    severity: Severity | None = st.session_state[f"n_{SEVERITY}"]
    return Narrowed(topic=st.session_state[f"n_{TOPIC}"], severity=severity, copies_of=copies)


def _narrowed(name: str) -> None:
    listing.close(listing.POSITION, name)
    if chosen := st.session_state[f"n_{name}"]:
        st.query_params[name] = chosen


def _row(one: Waiting, now: datetime, extent: Extent) -> Row:
    why = " · ".join(_(WHY[each]) for each in one.why)
    tags = [
        tag(_(SEVERITIES[one.severity]), f"severity {one.severity}", _("severity: {why}", why=why or fmt.NONE)),
        *(tag(_(WHY[each]), "why") for each in one.why if each != "missed"),
        *([tag(_topic(one.topic))] if one.topic else []),
        *([tag(f"×{fmt.count(one.copies)}", "copies", _("wait with the same text"))] if one.copies > 1 else []),
        *([tag(one.assignee, "assignee", _("takes care of it"))] if one.assignee else []),
    ]
    told, mood = left(one.due_at, now)
    waits = _("waiting {time}", time=fmt.since(one.waits_since, now))
    aside = f"<b>{escape(told)}</b><small>{escape(waits)}</small>{components.pill(one.channel, extent.channels)}"
    return Row(one.conversation_id, one.who, fmt.subject(one), aside, tags, mood)


def _topic(name: str) -> str:
    return next((understood.topic(each) for each in labels.topics() if each.topic == name), name)


def left(due: datetime | None, now: datetime) -> tuple[str, str]:
    """How long the promise still leaves, or by how much it was missed; red only in its last half hour."""
    if due is None:
        return _("no promise"), ""
    if due <= now:
        return _("missed by {time}", time=fmt.since(due, now)), ""
    is_urgent = (due - now).total_seconds() <= 1800
    return _("{time} left", time=fmt.since(now, due)), "v-bad" if is_urgent else ""


def _bulk(view: View, narrowed: Narrowed, first: Waiting) -> None:
    """Draw the way to set all of the filtered list aside at once."""
    total, listed = first.total, first.listed
    n = min(total, waiting.MOST)
    told = plural("Decide on {n}", "Decide on all {n}", n)
    if total > n:
        told = _("Decide on the first {n}", n=fmt.count(n))
    with st.popover(told, icon=":material/done_all:", key="bulk"):
        st.radio(_("These requests"), list(handling.VERDICTS), key=BULK, format_func=_verdict)
        st.text_input(_("Reason"), key=BULK_WHY, max_chars=500)
        st.caption(_("What the filters leave, on every page, up to {n}; it can be undone as one.", n=waiting.MOST))
        st.button(
            plural("Set {n} aside", "Set {n} aside", n), type="primary", key=f"bulk-go {listed}",
            on_click=_decide_all, args=(view, narrowed, listed),
        )  # fmt: skip
        st.button(
            plural("Assign {n} to me", "Assign {n} to me", n), key=f"bulk-assign {listed}",
            on_click=_assign_all, args=(view, narrowed, listed),
        )  # fmt: skip


def _verdict(verdict: Verdict) -> str:
    return _(handling.VERDICTS[verdict])


def _all(view: View, narrowed: Narrowed, listed: int) -> Sequence[Waiting]:
    """What the list held when it was drawn; nothing where it is another by now: nobody has seen what came since."""
    found = waiting.waiting(view, narrowed, waiting.MOST, 0)
    if found and found[0].listed == listed:
        return found
    deciding.say_trouble(_("The list has changed meanwhile: look at it, then decide again."))
    return []


def _decide_all(view: View, narrowed: Narrowed, listed: int) -> None:
    verdict, reason = st.session_state[BULK], str(st.session_state[BULK_WHY] or "").replace("\0", "").strip()
    if not (reason and who.name()):
        deciding.say_trouble(_("A reason and a name are needed, so that whoever reads this later can ask."))
        return
    try:
        found = _all(view, narrowed, listed)
        if not found:
            return
        ones = [decisions.chosen(each.conversation_id, each.message_id) for each in found]
        done = decisions.decide_all(ones, verdict, reason, who.name())
    except VigieError as error:
        deciding.say_trouble(_(str(error)))
        return
    st.session_state[BULK_WHY] = ""
    deciding.remember_done(done, _verdict(verdict))
    listing.close(rows.OPENED, listing.POSITION)


def _assign_all(view: View, narrowed: Narrowed, listed: int) -> None:
    try:
        found = _all(view, narrowed, listed)
    except VigieError as error:
        deciding.say_trouble(_(str(error)))
        return
    if found:
        # What a colleague has taken stays theirs.
        deciding.assign([each for each in found if each.assignee is None], who.name() or None)


def aside(view: View, extent: Extent) -> list[str]:
    """Draw what people set aside, the latest decision first."""
    position, found = listing.found(lambda limit, offset: waiting.put_aside(view, limit, offset))
    if not found:
        components.empty(_("Nothing here"), escape(_("Nobody has set a request aside.")))
        return []
    total = found[0].total
    with listing.head(f"{plural('{n} request', '{n} requests', total)} · {_('latest decision first')}"):
        pass
    rows.draw([_aside_row(each, extent) for each in found], "aside")
    listing.pages(total, position)
    return [each.conversation_id for each in found]


def _aside_row(one: Aside, extent: Extent) -> Row:
    told = _("{who}, {when}", who=one.decided_by, when=fmt.short(one.decided_at, pool.company_zone()))
    verdict = _(handling.TOLD[one.verdict])
    side = f"<b>{escape(verdict)}</b><small>{escape(told)}</small>{components.pill(one.channel, extent.channels)}"
    return Row(one.conversation_id, one.who, fmt.subject(one), side, [tag(one.reason)])


def _file(view: View, tab: str, narrowed: Narrowed) -> None:
    heads = [_("Customer"), _("Channel"), _("Waits since"), _("Promise due"), _("Severity"), _("Why"), _("Topic")]
    heads += [_("Same text"), _("Taken by"), _("What waits"), "conversation_id"]

    def lines() -> list[list[export.Cell]]:
        return [
            [
                one.who, one.channel, one.waits_since, one.due_at, _(SEVERITIES[one.severity]),
                ", ".join(_(WHY[each]) for each in one.why), one.topic and _topic(one.topic), one.copies,
                one.assignee, fmt.subject(one), one.conversation_id,
            ]
            for one in memory.every(waiting.waiting)(view, narrowed, None, 0)
        ]  # fmt: skip

    export.button(f"to-answer-{tab}", heads, lines, pool.company_zone())
