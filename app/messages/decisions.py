"""What people decided of waits: the app's only writing. Deciding and undoing are rows; no row ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st
from psycopg.sql import SQL

from app.messages.rows import Decision, Verdict, Wait
from app.shared.memory import kept
from app.shared.pool import select, writing
from app.shared.standing import CHANGED

# A decision is on a message, as the marts judge it: a wait's name changes when an older message of it arrives. Two
# people who decide at once take turns, and the second one's row is left out where the first said the same.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('decisions.handled ' || %(message_id)s, 0))"
DECIDE = """
    with last as (
        select h.decision_id, h.verdict <> 'undo' as is_standing from decisions.handled as h
        where h.message_id = %(message_id)s
        order by h.decision_id desc
        limit 1
    )
    insert into decisions.handled (wait_id, message_id, verdict, reason, answered_at, copy_of, decided_by)
    select %(wait_id)s, %(message_id)s, %(verdict)s, %(reason)s, %(answered_at)s, %(copy_of)s, %(decided_by)s
    where case
        when %(verdict)s = 'undo'
            then exists (select from last as l where l.is_standing and l.decision_id = %(decision_id)s)
        else not exists (select from last as l where l.is_standing)
    end
    returning decision_id
"""
# Who takes care of it by now is who the reader saw there: what a colleague took meanwhile stays theirs.
ASSIGN = """
    insert into decisions.assigned (message_id, assignee, decided_by)
    select %(message_id)s, %(after)s, %(decided_by)s
    where %(before)s::text is not distinct from (
        select t.assignee from marts.waits_assigned as t
        where t.conversation_id = %(conversation_id)s
            and t.posted_at >= (select m.posted_at from marts.fct_messages as m where m.message_id = %(message_id)s)
    )
    returning assignment_id
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


@dataclass(frozen=True, slots=True)
class _Assigned:
    assignee: str | None


@kept
def assignee(conversation_id: str, since: datetime | None) -> str | None:
    """Who takes care of what waits in a conversation since then, None where nobody does. Never cached."""
    found = select(
        _Assigned,
        """
        select assignee from marts.waits_assigned
        where conversation_id = %(id)s and posted_at >= %(since)s
        """,
        {"id": conversation_id, "since": since},
    )
    return found[0].assignee if found else None


def decide(
    wait: Wait,
    verdict: Verdict,
    reason: str,
    decided_by: str,
    answered_at: datetime | None,
    *,
    undone: Decision | None = None,
) -> bool:
    """Keep a decision on the message that opened a wait; to undo one, `undone` is that one.

    False where somebody was quicker: the wait is decided (to undo: undone, or decided anew) already.
    """
    one = Chosen(wait.wait_id, wait.opening_message_id)
    if undone:
        one = Chosen(wait.wait_id, undone.message_id, decision_id=undone.decision_id)
    return bool(decide_all([one], verdict, reason, decided_by, answered_at))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a decision is on: the wait as it is called, the message that waits; once it is kept, as what."""

    wait_id: str
    message_id: str
    copy_of: str | None = None
    decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Who takes care of a message that waits: as whoever assigns it sees it, and from then on; None is nobody."""

    conversation_id: str
    message_id: str
    before: str | None
    after: str | None


def chosen(conversation_id: str, message_id: str, copy_of: str | None = None) -> Chosen:
    """What is decided on, of a message that waits; the marts call its wait so."""
    return Chosen(f"{conversation_id}#{message_id}", message_id, copy_of)


def decide_all(
    ones: Sequence[Chosen], verdict: Verdict, reason: str, decided_by: str, answered_at: datetime | None = None
) -> list[Chosen]:
    """Keep one decision on each of these, all or none; what somebody else had decided already is left out.

    An undo takes back the decision of each one's `decision_id`, and no later one of somebody else.
    """
    done = []
    with writing() as connection:
        # In one order: two people who decide on the same ones never wait for each other in a circle.
        for one in sorted(ones, key=lambda each: each.message_id):
            given = {
                "wait_id": one.wait_id, "message_id": one.message_id, "verdict": verdict, "reason": reason,
                "decided_by": decided_by, "answered_at": answered_at, "decision_id": one.decision_id,
                "copy_of": one.copy_of if verdict == "copy" else None,
            }  # fmt: skip
            connection.execute(ONE_AT_A_TIME, given)
            if row := connection.execute(DECIDE, given).fetchone():
                done.append(replace(one, decision_id=row[0]))
    # Lists and counts of open waits follow at once.
    st.cache_data.clear()
    return done


def assign(ones: Sequence[Taken], decided_by: str) -> list[Taken]:
    """Say who takes care of these; what somebody else took meanwhile is left out."""
    done = []
    with writing() as connection:
        for one in sorted(ones, key=lambda each: each.message_id):
            given = {
                "conversation_id": one.conversation_id, "message_id": one.message_id, "before": one.before,
                "after": one.after, "decided_by": decided_by,
            }  # fmt: skip
            connection.execute(ONE_AT_A_TIME, given)
            if connection.execute(ASSIGN, given).fetchone():
                done.append(one)
    st.cache_data.clear()
    return done
