"""What was decided of who is who as rows to read, each with its way back; and what a decision needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape

import streamlit as st

from app.messages import who as myself
from app.people import decisions
from app.people.decisions import Decision
from app.shared import format as fmt
from app.shared import pool
from app.shared.language import N_, _
from flows.errors import VigieError

TROUBLE, TOLD = "p_trouble", "p_told"
AT_ONCE = timedelta(seconds=1)
VERDICTS = {
    "same": N_("one person"),
    "not_same": N_("two people"),
    "pin": N_("pinned"),
    "block": N_("stands for nobody"),
}
NEEDED = N_("A reason and a name are needed, so that whoever reads this later can ask.")
QUICKER = N_("Somebody was quicker: see what was decided.")


def asked(reason_key: str, who_key: str) -> tuple[str, str] | None:
    """The reason and the name that were given, None where one is missing: that is said."""
    reason = str(st.session_state.get(reason_key) or "").replace("\0", "").strip()
    who = myself.said(who_key)
    if not (reason and who):
        st.session_state[TROUBLE] = _(NEEDED)
        return None
    return reason, who


def keep(write: Callable[[], int], told: str = "") -> bool:
    """Write a decision; say where nothing was kept, or what stands in the way."""
    try:
        n = write()
    except VigieError as error:
        st.session_state[TROUBLE] = _(str(error))
        return False
    if n:
        st.session_state[TOLD] = told
    else:
        st.session_state[TROUBLE] = _(QUICKER)
    return bool(n)


def ask_why(reason_key: str, who_key: str, placeholder: str) -> None:
    """Draw the fields of a reason and a name."""
    st.text_input(_("Reason"), key=reason_key, max_chars=500, placeholder=placeholder)
    myself.field(who_key)


def report() -> None:
    """Say once what the last decision did, or why it was not kept."""
    if trouble := st.session_state.pop(TROUBLE, None):
        st.error(trouble)
    if told := st.session_state.pop(TOLD, None):
        st.success(told, icon=":material/check:")


def rows(found: Sequence[Decision]) -> None:
    """Draw decisions, the last first; what was said at once stands on one line, and is taken back at once."""
    for group in groups(found):
        with st.container(horizontal=True, vertical_alignment="center", key=f"said-{group[0].decision_id}"):
            st.html(_line(group))
            if group[0].is_standing:
                _undo([decision.decision_id for decision in group])


def groups(found: Sequence[Decision]) -> list[list[Decision]]:
    """Decisions that one person made of one account at one go, such as taking it out of its customer."""
    made: list[list[Decision]] = []
    for decision in found:
        if made and _alike(made[-1][-1]) == _alike(decision) and _is_at_once(made[-1][-1], decision):
            made[-1].append(decision)
        else:
            made.append([decision])
    return made


def _alike(decision: Decision) -> tuple[object, ...]:
    return (
        decision.verdict, decision.one, decision.reason, decision.decided_by, decision.undone_by,
        decision.is_standing, decision.is_pending,
    )  # fmt: skip


def _is_at_once(later: Decision, earlier: Decision) -> bool:
    return later.decided_at - earlier.decided_at < AT_ONCE


def _line(group: Sequence[Decision]) -> str:
    decision, zone = group[0], pool.company_zone()
    what = _(VERDICTS[decision.verdict])
    if decision.verdict == "pin":
        what = f"{what}: {decision.kind} {decision.value}"
    elif decision.verdict == "block":
        what = f"{decision.kind}: {what}"
    one = _called(decision.one_name, decision.one, decision.one_channel)
    others = [_called(each.other_name, each.other, each.other_channel) for each in group]
    pair = " ↔ ".join(filter(None, (one, ", ".join(filter(None, others)))))
    by = _("{who}, {when}", who=decision.decided_by, when=fmt.moment(decision.decided_at, zone))
    after = ""
    if decision.undone_by and decision.undone_at:
        when = fmt.moment(decision.undone_at, zone)
        after = _(
            "taken back by {who}, {when}: {why}", who=decision.undone_by, when=when, why=decision.undone_reason
        )
    elif not decision.is_standing:
        after = _("a later decision on the same two counts")
    pending = f'<span class="v-tag">{escape(_("figures follow with the next refresh"))}</span>'
    return (
        f'<div class="v-said{"" if decision.is_standing else " v-gone"}" data-testid="said"><b>{escape(what)}</b> '
        f"<span>{escape(pair)}</span><small>{escape(decision.reason)}</small><small>{escape(by)}</small>"
        + (f"<small>{escape(after)}</small>" if after else "")
        + (pending if decision.is_pending else "")
        + "</div>"
    )


def _called(name: str | None, node: str | None, channel: str | None) -> str:
    if not node:
        return ""
    return f"{name or node} ({channel})" if channel else name or node


def _undo(numbers: Sequence[int]) -> None:
    reason, who = (f"undo {name} {numbers[0]}" for name in ("why", "who"))
    with (
        st.popover(_("Undo"), icon=":material/undo:", key=f"undo {numbers[0]}"),
        st.form(f"undo {numbers[0]} form", border=False),
    ):
        ask_why(reason, who, _("It was another person after all"))
        st.form_submit_button(
            _("Take it back"), type="primary", on_click=_taken_back, args=(tuple(numbers), reason, who)
        )


def _taken_back(numbers: Sequence[int], reason_key: str, who_key: str) -> None:
    given = asked(reason_key, who_key)
    if given:
        keep(lambda: decisions.undo(numbers, *given), _("Taken back: accounts are whose they were."))
