"""What a person decides of an open wait: answered elsewhere, not for us or noise, with a reason and a name."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import cast

import streamlit as st

from app.messages import decisions, who
from app.messages.rows import Decision, Verdict, Wait
from app.shared import format as fmt
from app.shared import pool
from app.shared.language import N_, _
from flows.errors import VigieError

VERDICTS: dict[Verdict, str] = {
    "outside": N_("Answered elsewhere"),
    "not_for_us": N_("Not for us"),
    "noise": N_("Noise"),
}
TOLD: dict[Verdict, str] = {
    "outside": N_("answered elsewhere"),
    "not_for_us": N_("not for us"),
    "noise": N_("noise"),
    "copy": N_("a copy of another request"),
    "undo": N_("undone: it waits again"),
}
VERDICT, REASON, WHEN, WHO, TROUBLE = "h_verdict", "h_reason", "h_when", "h_who", "h_trouble"


def mark(decision: Decision) -> str:
    """Markup of a decision, as a line of its thread: what, who, when, why."""
    zone = pool.company_zone()
    what = _(TOLD[decision.verdict])
    if decision.verdict == "outside" and decision.answered_at:
        what = _("answered elsewhere on {when}", when=fmt.moment(decision.answered_at, zone))
    by = _("{who}, {when}", who=decision.decided_by, when=fmt.moment(decision.decided_at, zone))
    return (
        f'<div class="v-decision" data-testid="decision"><b>{escape(what)}</b> '
        f"<span>{escape(decision.reason)}</span><small>{escape(by)}</small></div>"
    )


def draw(waits: list[Wait], given: list[Decision]) -> None:
    """Draw the way to set the last wait aside where nobody answered it, or to undo that."""
    if not waits or (waits[-1].closing_kind and waits[-1].decision_id is None):
        return
    _form(waits[-1], decisions.decided(waits[-1], given))
    if trouble := st.session_state.pop(TROUBLE, None):
        st.error(trouble)


def _form(wait: Wait, decision: Decision | None) -> None:
    label = _("Undo what was decided") if decision else _("Handled elsewhere, or not for us?")
    icon = ":material/undo:" if decision else ":material/task_alt:"
    # Named by the decision, so that it closes over what has just been decided.
    form = f"decide {wait.opening_message_id} {decision.decision_id if decision else ''}"
    with st.popover(label, icon=icon, key=f"{form} open"), st.form(form, border=False):
        if decision is None:
            st.radio(
                _("This request"), list(VERDICTS), key=VERDICT, format_func=lambda verdict: _(VERDICTS[verdict])
            )
            st.datetime_input(
                _("Answered on"),
                value=None,
                key=WHEN,
                format="DD/MM/YYYY",
                help=_("Where it was answered elsewhere and you know when; times in {zone}.", zone=_zone()),
            )
        st.text_input(_("Reason"), key=REASON, max_chars=500, placeholder=_("We rang her back"))
        who.field(WHO)
        st.caption(
            _(
                "Kept with your name and the time, and can be undone. What waits follows at once, the other "
                "figures with the next refresh."
            )
        )
        st.form_submit_button(
            _("Undo") if decision else _("Set it aside"),
            type="primary",
            on_click=_decided,
            args=(wait, decision),
        )


def _zone() -> str:
    return pool.company_zone().key


def _decided(wait: Wait, undone: Decision | None) -> None:
    """Keep what the form says, or say what it lacks."""
    verdict = cast(Verdict, "undo" if undone else st.session_state[VERDICT])
    reason, by = str(st.session_state[REASON] or "").replace("\0", "").strip(), who.said(WHO)
    when: datetime | None = st.session_state.get(WHEN) if verdict == "outside" else None
    answered = when.replace(tzinfo=pool.company_zone()) if when else None
    if not (reason and by):
        st.session_state[TROUBLE] = _("A reason and a name are needed, so that whoever reads this later can ask.")
        return
    if answered and not wait.opened_at <= answered <= datetime.now(UTC):
        st.session_state[TROUBLE] = _(
            "It cannot have been answered before the request was made, nor in the future."
        )
        return
    try:
        is_kept = decisions.decide(wait, verdict, reason, by, answered, undone=undone)
    except VigieError as error:
        st.session_state[TROUBLE] = _(str(error))
        return
    st.session_state[REASON] = ""
    if not is_kept:
        st.session_state[TROUBLE] = _("Somebody was quicker: see what was decided.")
