"""What people decided of waits: the app's only writing. Deciding and undoing are rows; no row ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from psycopg.sql import SQL

from app.messages.rows import Decision, Verdict, Wait
from app.shared.memory import kept
from app.shared.pool import pool, select, translate_db_errors
from app.shared.standing import CHANGED

# A decision is on a message, as the marts judge it: a wait's name changes when an older message of it arrives. Two
# people who decide at once take turns, and the second one's row is left out where the first said the same.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('decisions.handled ' || %(message_id)s, 0))"
DECIDE = """
    insert into decisions.handled (wait_id, message_id, verdict, reason, answered_at, decided_by)
    select %(wait_id)s, %(message_id)s, %(verdict)s, %(reason)s, %(answered_at)s, %(decided_by)s
    where (%(verdict)s = 'undo') = coalesce(
        (
            select h.verdict <> 'undo' from decisions.handled as h
            where h.message_id = %(message_id)s
            order by h.decision_id desc
            limit 1
        ), false
    )
    returning decision_id
"""


@kept
def given(conversation_id: str) -> list[Decision]:
    """All decisions on a conversation's messages, oldest first. Never cached: who decides sees it at once."""
    return select(
        Decision,
        """
        select
            h.decision_id, h.message_id, m.posted_at, h.verdict, h.reason, h.answered_at, h.decided_by,
            h.decided_at,
            (
                select min(x.posted_at) from marts.fct_messages as x
                where x.conversation_id = m.conversation_id and x.direction = 'customer' and x.is_answerable
                    and x.posted_at > greatest(coalesce(h.answered_at, h.decided_at), m.posted_at)
            ) as waits_again_at
        from marts.fct_messages as m
        inner join decisions.handled as h on m.message_id = h.message_id
        where m.conversation_id = %(id)s
        order by h.decision_id
        """,
        {"id": conversation_id},
    )


def decided(wait: Wait, given: Sequence[Decision]) -> Decision | None:
    """The decision in force on a wait, None where there is none.

    A wait that the marts know as closed is, unless its decision was undone since. On one that they know as open,
    it is the last decision on a message of it.
    """
    last = {decision.message_id: decision for decision in given}
    in_force = [decision for decision in last.values() if decision.verdict != "undo"]
    if wait.closed_at is not None:
        messages = {decision.message_id for decision in given if decision.decision_id == wait.decision_id}
        return next((decision for decision in in_force if decision.message_id in messages), None)
    of_wait = [decision for decision in in_force if decision.posted_at >= wait.opened_at]
    return max(of_wait, key=lambda decision: decision.decision_id, default=None)


def waiting_since(wait: Wait, given: Sequence[Decision]) -> datetime | None:
    """Since when somebody still waits, None where nobody does.

    Nothing closed the wait, or what a person decided of it was undone since, or the customer wrote after the answer
    that was given elsewhere: what they wrote waits.
    """
    if wait.closed_at is not None and wait.decision_id is None:
        return None
    decision = decided(wait, given)
    if decision is None:
        return wait.opened_at
    return decision.waits_again_at if wait.closed_at is None else None


def is_waiting(wait: Wait, given: Sequence[Decision]) -> bool:
    """Whether somebody still waits."""
    return waiting_since(wait, given) is not None


@dataclass(frozen=True, slots=True)
class _Aside:
    conversation_id: str


@kept
def set_aside(conversation_ids: Sequence[str]) -> set[str]:
    """Those of these conversations whose open wait somebody set aside."""
    found = select(
        _Aside,
        SQL("with {changed} ").format(changed=CHANGED)
        + SQL(
            "select c.conversation_id from changed as c"
            " where c.conversation_id = any(%(ids)s) and c.waiting_since is not null and c.waits_since is null"
        ),
        {"ids": list(conversation_ids)},
    )
    return {row.conversation_id for row in found}


def decide(
    wait: Wait,
    verdict: Verdict,
    reason: str,
    decided_by: str,
    answered_at: datetime | None,
    *,
    undone: str | None = None,
) -> bool:
    """Keep a decision on the message that opened a wait; to undo one, `undone` names the message that it is on.

    False where somebody was quicker: the wait is decided (to undo: undone) already.
    """
    given = {
        "wait_id": wait.wait_id,
        "message_id": undone or wait.opening_message_id,
        "verdict": verdict,
        "reason": reason,
        "decided_by": decided_by,
        "answered_at": answered_at,
    }
    with translate_db_errors(), pool().connection() as connection, connection.transaction():
        connection.execute("set transaction read write")
        connection.execute(ONE_AT_A_TIME, given)
        is_kept = connection.execute(DECIDE, given).fetchone() is not None
    # Lists and counts of open waits follow at once.
    st.cache_data.clear()
    return is_kept
