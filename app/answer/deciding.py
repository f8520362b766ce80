"""One key, one decision: it is kept, the next request opens by itself, and it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

import streamlit as st

from app.answer import beside, rows
from app.answer.rows import OPENED
from app.messages import decisions, handling, who
from app.messages.decisions import Chosen, Taken
from app.messages.rows import Verdict
from app.shared import address, listing
from app.shared import format as fmt
from app.shared.language import N_, _, plural
from flows.errors import VigieError

# Streamlit keeps C and R for itself.
KEYS: dict[Verdict, str] = {"outside": "E", "not_for_us": "N", "noise": "X"}
COPY_KEY, SAME_KEY, ASSIGN_KEY, UNDO_KEY, NEXT_KEY, FORMER_KEY = "D", "S", "A", "U", "J", "K"
COPIES = "copies"
ICONS: dict[Verdict, str] = {
    "outside": ":material/call_made:",
    "not_for_us": ":material/person_off:",
    "noise": ":material/volume_off:",
}
REASONS = (
    N_("by phone"), N_("by private message"), N_("by mail"), N_("in person"), N_("advertising"),
    N_("for another company"), N_("asks nothing"),
)  # fmt: skip
QUICKER = N_("Somebody was quicker: see what was decided.")
REASON, DONE, TROUBLE = "d_reason", "d_done", "d_trouble"


class Waits(Protocol):
    """Something that waits, by its conversation and the message."""

    @property
    def conversation_id(self) -> str:
        """Its conversation."""

    @property
    def message_id(self) -> str:
        """The message that waits."""

    @property
    def assignee(self) -> str | None:
        """Who takes care of it."""


@dataclass(frozen=True, slots=True)
class Open:
    """The conversation that is read, with the message that waits in it, who takes care of it, and its copies."""

    conversation_id: str
    message_id: str
    assignee: str | None = None
    copies: int = 1
    copy_group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A decision of this session, as it is undone: on what, what it was called, and where one was."""

    ones: Sequence[Chosen] | Sequence[Taken]
    words: str
    opened: str


def walk(ids: Sequence[str]) -> None:
    """Draw the keys that go through a list, and the one that undoes the last decision."""
    # A conversation may have been set aside more than once.
    ids = list(dict.fromkeys(ids))
    opened = address.given(OPENED)
    place = ids.index(opened) if opened in ids else None
    following = (
        ids[0] if place is None and ids else ids[place + 1] if place is not None and place + 1 < len(ids) else ""
    )
    former = ids[place - 1] if place else ""
    with st.container(horizontal=True, key="walk", vertical_alignment="center"):
        for words, key, target in ((_("Next"), NEXT_KEY, following), (_("Previous"), FORMER_KEY, former)):
            st.button(
                words, shortcut=key, key=f"walk {key}", disabled=not target, type="tertiary",
                on_click=rows.go_to, args=(target,),
            )  # fmt: skip
        if done := _done():
            last = done[-1]
            told = plural("{what}: {n} request", "{what}: {n} requests", len(last.ones), what=last.words)
            st.html(f'<span class="v-note" role="status" data-testid="done">{escape(told)}</span>', width="content")
            st.button(_("Undo"), shortcut=UNDO_KEY, key=f"undo {len(done)}", icon=":material/undo:", on_click=_undo)


def trouble() -> None:
    """Say what stood in the way of the last decision."""
    if told := st.session_state.pop(TROUBLE, None):
        st.error(told)


def draw(one: Open, ids: Sequence[str]) -> None:
    """Draw the decisions on what waits in the conversation that is read."""
    st.pills(
        _("Why"), REASONS, key=REASON, format_func=_, label_visibility="collapsed",
        help=_("The next decision keeps it as its reason."),
    )  # fmt: skip
    # Named by what it is on: a second click that was meant for this one never falls on the next.
    on = one.message_id
    with st.container(horizontal=True, key="decide-bar"):
        for verdict, key in KEYS.items():
            st.button(
                _(handling.VERDICTS[verdict]), shortcut=key, key=f"decide-{verdict} {on}", icon=ICONS[verdict],
                on_click=_decided, args=(one, verdict, ids, None),
            )  # fmt: skip
        original = beside.original(one.message_id)
        if original:
            st.button(
                _("Copy of {who}", who=fmt.plain(original.who)), shortcut=COPY_KEY, key=f"decide-copy {on}",
                icon=":material/content_copy:", on_click=_decided, args=(one, "copy", ids, original.message_id),
            )  # fmt: skip
        if one.copies > 1 and one.copy_group_id and not address.given(COPIES):
            st.button(
                plural("{n} with this text", "{n} with this text", one.copies), shortcut=SAME_KEY, key="same text",
                icon=":material/filter_list:", on_click=_only_copies, args=(one.copy_group_id,),
            )  # fmt: skip
        is_mine = bool(one.assignee) and one.assignee == who.name()
        st.button(
            _("Give back") if is_mine else _("Assign to me"), shortcut=ASSIGN_KEY,
            key=f"decide-assign {on} {is_mine}", icon=":material/person_add:", on_click=assign,
            args=([one], None if is_mine else who.name() or None),
            kwargs={"gives_back": is_mine},
        )  # fmt: skip


def _only_copies(group: str) -> None:
    listing.close(listing.POSITION)
    st.query_params[COPIES] = group


def say_trouble(what: str) -> None:
    """Say at the next run what stood in the way of a decision."""
    st.session_state[TROUBLE] = what


def remember_done(ones: Sequence[Chosen] | Sequence[Taken], words: str) -> None:
    """Keep what was done, so that one key undoes it; say where somebody was quicker."""
    if not ones:
        say_trouble(_(QUICKER))
        return
    _done().append(Done(ones, words, address.given(OPENED)))


def _done() -> list[Done]:
    """What this session decided, the last at the end: a key that is held down is undone one by one."""
    found: list[Done] = st.session_state.setdefault(DONE, [])
    return found


def _decided(one: Open, verdict: Verdict, ids: Sequence[str], copy_of: str | None) -> None:
    if not who.name():
        say_trouble(_("Say your name first, at the top: it is kept with each decision."))
        return
    reason = _(st.session_state.get(REASON) or handling.TOLD[verdict])
    try:
        ones = [decisions.chosen(one.conversation_id, one.message_id, copy_of)]
        done = decisions.decide_all(ones, verdict, reason, who.name())
    except VigieError as error:
        say_trouble(_(str(error)))
        return
    if done or not _is_done(one.message_id):
        remember_done(done, _(handling.TOLD[verdict]))
    st.session_state[REASON] = None
    rows.go_to(_after(one.conversation_id, ids))


def _is_done(message_id: str) -> bool:
    """Whether the last decision of this session was on this message: a second click says nothing new."""
    return any(one.message_id == message_id for done in _done()[-1:] for one in done.ones)


def _after(opened: str, ids: Sequence[str]) -> str:
    """The conversation that follows in the list; at its end the one before, "" where it was the only one."""
    if opened not in ids:
        return ids[0] if ids else ""
    place = ids.index(opened)
    return ids[place + 1] if place + 1 < len(ids) else ids[place - 1] if place else ""


def assign(waits: Sequence[Waits], assignee: str | None, *, gives_back: bool = False) -> None:
    """Say who takes care of these; None gives them back."""
    if not who.name() or (assignee is None and not gives_back):
        say_trouble(_("Say your name first, at the top: it is kept with each decision."))
        return
    ones = [Taken(one.conversation_id, one.message_id, one.assignee, assignee) for one in waits]
    try:
        done = decisions.assign(ones, who.name())
    except VigieError as error:
        say_trouble(_(str(error)))
        return
    remember_done(done, _("given back") if assignee is None else _("assigned to you"))


def _undo() -> None:
    if not _done():
        return
    done = _done().pop()
    try:
        undone = _taken_back(done.ones)
    except VigieError as error:
        _done().append(done)
        say_trouble(_(str(error)))
        return
    if not undone:
        say_trouble(_(QUICKER))
    if done.opened:
        rows.go_to(done.opened)


def _taken_back(ones: Sequence[Chosen] | Sequence[Taken]) -> int:
    """Take back what this session did, where nobody did otherwise since; on how many."""
    taken = [Taken(t.conversation_id, t.message_id, t.after, t.before) for t in ones if isinstance(t, Taken)]
    if taken:
        return len(decisions.assign(taken, who.name()))
    decided = [one for one in ones if isinstance(one, Chosen)]
    return len(decisions.decide_all(decided, "undo", _("undone at once"), who.name()))
