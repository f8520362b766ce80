"""One click says what a message really says: kept with a name, used at once, learned from at the next training."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.messages import labels, understood, who
from app.messages.rows import Message
from app.shared import format as fmt
from app.shared.language import _
from flows.errors import VigieError

WHICH, WHO, TROUBLE = "c_message", "c_who", "c_trouble"
SHOWN = 60


def draw(messages: Sequence[Message]) -> None:
    """Draw the way to correct the labels of the messages of a conversation, the latest first."""
    own = {m.message_id: m for m in reversed(messages) if m.is_own and m.direction in understood.TASKS}
    if not any(value for m in own.values() for value, _probability in m.labels.values()):
        return
    with st.popover(_("Understood wrongly?"), icon=":material/edit:", key="correct"):
        who.field(WHO)
        chosen = st.selectbox(_("Message"), list(own), key=WHICH, format_func=lambda name: _short(own[name]))
        if chosen in own:
            for task in understood.TASKS[own[chosen].direction]:
                _task(own[chosen], task)
        st.caption(_("Kept with your name and the time. This page follows at once, figures with the next refresh."))
        if trouble := st.session_state.pop(TROUBLE, None):
            st.error(trouble)


def _short(message: Message) -> str:
    text = fmt.flat(message.body or message.title or "")
    return f"{message.who}: {text[:SHOWN]}{'…' if len(text) > SHOWN else ''}"


def _task(message: Message, task: str) -> None:
    names = understood.TASKS[message.direction][task]
    value, _probability = message.labels.get(task, (None, None))
    key = f"c {task} {message.message_id}"
    st.session_state[key] = value if value in names else None
    st.pills(
        _(understood.TASK_NAMES[task]),
        list(names),
        key=key,
        format_func=lambda one: _(names[one]),
        on_change=_said,
        args=(message.message_id, task, key),
    )


def _said(message_id: str, task: str, key: str) -> None:
    by = who.said(WHO)
    if not by:
        st.session_state[TROUBLE] = _("A name is needed, so that whoever reads this later can ask.")
        return
    try:
        # A click on what is chosen takes back what a person said: the analyser's word counts again.
        labels.correct(message_id, task, st.session_state[key], by)
    except VigieError as error:
        st.session_state[TROUBLE] = _(str(error))
