"""What Vigie is not sure of: two accounts that may be one person, side by side, answered by one key."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Literal, get_args

import streamlit as st

from app.messages import who as myself
from app.people import deciding, decisions, waterfall
from app.people import queries as people
from app.people.queries import Link
from app.review import quality, queries, sides
from app.review.queries import Pair
from app.shared import address, components, filters, listing, measures, pool
from app.shared import format as fmt
from app.shared.language import N_, _, plural

Tab = Literal["pairs", "decided", "quality"]
TABS: tuple[Tab, ...] = get_args(Tab)
TAB_NAMES: dict[Tab, str] = {"pairs": N_("Pairs"), "decided": N_("Decided"), "quality": N_("Quality")}
TAB, OPENED, WHO, REASON, SHOWN = "tab", "pair", "r_who", "r_reason", "r_shown"
Answer = Literal["same", "not_same", "unsure"]
# Streamlit keeps C and R for itself.
ANSWERS: dict[Answer, tuple[str, str, str]] = {
    "same": (N_("Same person"), "S", ":material/join_inner:"),
    "not_same": (N_("Not the same"), "N", ":material/call_split:"),
    "unsure": (N_("Don't know"), "D", ":material/help:"),
}
ANSWERED = N_("The pair you looked at was answered meanwhile: this is the next one.")


def draw() -> None:
    """Draw the page."""
    extent = measures.extent()
    filters.current(extent)
    components.head(_("Review"), _("what Vigie is not sure of; a person has the last word, and can take it back"))
    tab = address.choice(TAB, TABS, "pairs")
    st.session_state[TAB] = tab
    st.segmented_control(
        _("What to see"),
        TABS,
        key=TAB,
        required=True,
        on_change=listing.update_url,
        args=(TAB, "pairs"),
        format_func=lambda name: _(TAB_NAMES[name]),
        label_visibility="collapsed",
    )
    if tab == "pairs":
        _pairs(extent.channels)
    elif tab == "decided":
        _decided()
    else:
        st.html(quality.markup(queries.quality()))


def _pairs(every: tuple[str, ...]) -> None:
    opened = address.given(OPENED)
    # The pair that is looked at stays until it is answered, whatever a refresh or a colleague does meanwhile.
    looked_at = opened or st.session_state.get(SHOWN, "")
    pair = queries.asked(looked_at)
    if looked_at and (pair is None or pair.pair_id != looked_at):
        st.session_state[REASON] = ""
        if opened:
            address.leave_out(OPENED, opened)
            listing.close(OPENED)
        elif pair:
            st.session_state.setdefault(deciding.TROUBLE, _(ANSWERED))
    st.session_state[SHOWN] = pair.pair_id if pair else ""
    _progress(pair.total if pair else 0)
    deciding.report()
    if pair is None:
        components.empty(
            _("Nothing to review"),
            escape(_("No two customers are as likely one person as two. What was decided stands under “Decided”.")),
        )
        return
    found = {node.node_id: node for node in people.sides([pair.one, pair.other])}
    if len(found) < 2:
        components.empty(_("Just gone"), escape(_("One of the two was erased a moment ago. Load the page again.")))
        return
    _answers(pair)
    left, right = found[pair.one], found[pair.other]
    st.html(sides.markup(left, right, people.samples([pair.one, pair.other]), every))
    components.section(_("What speaks for and against"))
    st.html(waterfall.markup(_link(pair)))


def _link(pair: Pair) -> Link:
    return Link(
        pair.one, pair.other, pair.one_customer_id, pair.other_customer_id, "review", pair.probability, pair.bits,
        pair.evidence, rule=None, verdict=None, decided_by=None, decided_at=None,
    )  # fmt: skip


def _progress(left: int) -> None:
    """Say how many are left, and who answered how many today."""
    zone = pool.company_zone()
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    parts = [plural("{n} pair left", "{n} pairs left", left)]
    done = decisions.done_since(today)
    decided, unsure = sum(each.decided for each in done), sum(each.unsure for each in done)
    if done:
        who = ", ".join(f"{each.decided_by} {fmt.count(each.decided + each.unsure)}" for each in done)
        parts.append(
            plural("{n} decided today", "{n} decided today", decided)
            + (", " + plural("{n} left open", "{n} left open", unsure) if unsure else "")
            + f" ({who})"
        )
    st.html(f'<div class="v-note" role="status" data-testid="progress">{escape(" · ".join(parts))}</div>')


def _answers(pair: Pair) -> None:
    question = _("Is this one person?")
    if pair.unsure:
        question = f"{question} {plural('{n} person could not tell.', '{n} people could not tell.', pair.unsure)}"
    with st.container(key="card-answer"):
        st.html(f'<h2 class="v-question">{escape(question)}</h2>')
        with st.container(horizontal=True, vertical_alignment="bottom", key="answers"):
            for answer, (label, key, icon) in ANSWERS.items():
                st.button(
                    _(label),
                    # Named by the pair: a second click that was meant for this one never falls on the next.
                    key=f"r_{answer} {pair.pair_id}",
                    icon=icon,
                    shortcut=key,
                    type="primary" if answer == "same" else "secondary",
                    on_click=_answered,
                    args=(pair, answer),
                )
            myself.field(WHO, width=180)
            st.text_input(
                _("Reason, where there is one to tell"), key=REASON, max_chars=500, width=280,
                placeholder=_("looked at side by side"),
            )  # fmt: skip


def _answered(pair: Pair, answer: Answer) -> None:
    """Keep an answer, and go on to the next pair."""
    who, why = myself.said(WHO), str(st.session_state.get(REASON) or "").replace("\0", "").strip()
    if not who:
        st.session_state[deciding.TROUBLE] = _("A name is needed, so that whoever reads this later can ask.")
        return
    reason, two = why or _("looked at side by side"), (pair.one, pair.other)
    if answer == "unsure":
        is_kept = deciding.keep(
            lambda: decisions.leave_open(two, why, who), _("Left open: it is asked again after the others.")
        )
    else:
        told = _("Kept: they are one person.") if answer == "same" else _("Kept: they are two people.")
        is_kept = deciding.keep(lambda: decisions.decide(answer, [two], reason, who, only_open=True), told)
    if is_kept:
        st.session_state[REASON] = ""
    st.session_state.pop(SHOWN, None)
    listing.close(OPENED)


def _decided() -> None:
    position, found = listing.found(decisions.latest)
    deciding.report()
    if not found:
        components.empty(
            _("Nothing decided"), escape(_("What people answer is listed here, and can be taken back."))
        )
        return
    told = plural("{n} decision, the last first", "{n} decisions, the last first", found[0].total)
    st.html(f'<div class="v-note">{escape(told)}</div>')
    with st.container(key="card-decided"):
        deciding.rows(found)
    listing.pages(found[0].total, position)


draw()
