"""What people decided of waits: the app's only writing. Deciding and undoing are rows; no row ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.data.memory import kept
from app.data.pool import pool, select, told
from app.rows import Decision, Verdict, Wait

# Two people who decide at once take turns, and the second one's row is left out where the first said the same.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('decisions.handled ' || %(wait_id)s, 0))"
DECIDE = """
    insert into decisions.handled (wait_id, message_id, verdict, reason, answered_at, decided_by)
    select %(wait_id)s, %(message_id)s, %(verdict)s, %(reason)s, %(answered_at)s, %(decided_by)s
    where (%(verdict)s = 'undo') = coalesce(
        (
            select h.verdict <> 'undo' from decisions.handled as h
            where h.wait_id = %(wait_id)s
            order by h.decision_id desc
            limit 1
        ), false
    )
    returning decision_id
"""


@kept
def decisions(wait_ids: Sequence[str]) -> list[Decision]:
    """All decisions on these waits, oldest first. Never cached: who decides sees it at once."""
    return select(
        Decision,
        """
        select h.decision_id, h.wait_id, h.verdict, h.reason, h.answered_at, h.decided_by, h.decided_at
        from decisions.handled as h
        where h.wait_id = any(%(wait_ids)s)
        order by h.decision_id
        """,
        {"wait_ids": list(wait_ids)},
    )


def standing(given: Sequence[Decision]) -> dict[str, Decision]:
    """The decision in force of each wait that has one: the last, unless that undid what was before it."""
    last = {decision.wait_id: decision for decision in given}
    return {wait_id: decision for wait_id, decision in last.items() if decision.verdict != "undo"}


@dataclass(frozen=True, slots=True)
class _Aside:
    conversation_id: str


@kept
def set_aside(conversation_ids: Sequence[str]) -> set[str]:
    """Those of these conversations whose open wait somebody set aside."""
    found = select(
        _Aside,
        """
        select w.conversation_id
        from marts.fct_waits as w
        cross join lateral (
            select h.verdict from decisions.handled as h
            where h.wait_id = w.wait_id
            order by h.decision_id desc
            limit 1
        ) as last
        where w.conversation_id = any(%(ids)s) and w.closed_at is null and last.verdict <> 'undo'
        """,
        {"ids": list(conversation_ids)},
    )
    return {row.conversation_id for row in found}


def decide(wait: Wait, verdict: Verdict, reason: str, decided_by: str, answered_at: datetime | None) -> bool:
    """Keep a decision. False where somebody was quicker: the wait is decided (to undo: undone) already."""
    given = {
        "wait_id": wait.wait_id,
        "message_id": wait.opening_message_id,
        "verdict": verdict,
        "reason": reason,
        "decided_by": decided_by,
        "answered_at": answered_at,
    }
    with told(), pool().connection() as connection, connection.transaction():
        connection.execute("set transaction read write")
        connection.execute(ONE_AT_A_TIME, given)
        return connection.execute(DECIDE, given).fetchone() is not None
