"""What people say of who is who: a row a pair, with who and why. Taking back is another row; none ever changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString

import streamlit as st

from app.shared.memory import kept
from app.shared.persons import Name, Secret, Text
from app.shared.pool import select, writing

Verdict = Literal["same", "not_same"]
Pair = tuple[str, str]
# People who decide at once take turns: who comes second sees what the first one said.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('decisions.identity', 0))"
DECIDE = """
    insert into decisions.identity (verdict, one, other, reason, decided_by)
    select %(verdict)s, %(one)s, %(other)s, %(reason)s, %(by)s
    where not exists (
        select from marts.identity_decisions as s
        where s.is_standing and (s.verdict = %(verdict)s or (%(only_open)s and s.verdict in ('same', 'not_same')))
            and least(s.one collate "C", s.other) = least(%(one)s collate "C", %(other)s)
            and greatest(s.one collate "C", s.other) = greatest(%(one)s collate "C", %(other)s)
    )
    returning decision_id
"""
UNDO = """
    insert into decisions.identity (verdict, undoes, reason, decided_by)
    select 'undo', d.decision_id, %(reason)s, %(by)s
    from decisions.identity as d
    where d.decision_id = %(number)s and d.verdict <> 'undo'
        and not exists (select from decisions.identity as u where u.undoes = d.decision_id)
    returning decision_id
"""
UNSURE = """
    insert into decisions.unsure_pairs (one, other, reason, decided_by)
    select least(%(one)s collate "C", %(other)s), greatest(%(one)s collate "C", %(other)s), %(reason)s, %(by)s
    returning unsure_id
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody said, whether it is in force, and who took it back; `total` counts all of a list."""

    decision_id: int
    verdict: str
    one: str | None
    other: str | None
    kind: str | None
    value: Secret | None
    reason: Text
    decided_by: str
    decided_at: datetime
    one_customer_id: str | None
    other_customer_id: str | None
    one_name: Name | None
    one_channel: str | None
    other_name: Name | None
    other_channel: str | None
    undone_reason: Text | None
    undone_by: str | None
    undone_at: datetime | None
    is_standing: bool
    is_pending: bool
    total: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """How many pairs somebody answered since a moment."""

    decided_by: str
    decided: int
    unsure: int


@kept
def of_customer(customer_id: str) -> list[Decision]:
    """Decisions on anything that is this customer, the last first. Never cached: who decides sees it at once."""
    return select(
        Decision,
        """
        select d.* from marts.identity_decisions as d
        where d.one_customer_id = %(id)s or d.other_customer_id = %(id)s
        order by d.decision_id desc
        """,
        {"id": customer_id},
        wide=True,
    )


@kept
def latest(limit: int, offset: int) -> list[Decision]:
    """A page of all decisions on pairs, the last first."""
    return select(
        Decision,
        """
        select d.*, (count(*) over ())::integer as total from marts.identity_decisions as d
        where d.verdict in ('same', 'not_same')
        order by d.decision_id desc
        limit %(limit)s offset %(offset)s
        """,
        {"limit": limit, "offset": offset},
        wide=True,
    )


@kept
def done_since(moment: datetime) -> list[Done]:
    """Who answered how many pairs since then, and of how many they could not tell."""
    return select(
        Done,
        """
        select a.decided_by, (count(*) filter (where a.is_sure))::integer as decided,
            (count(*) filter (where not a.is_sure))::integer as unsure
        from (
            select d.decided_by, d.decided_at, true as is_sure from decisions.identity as d
            where d.verdict in ('same', 'not_same')
            union all
            select u.decided_by, u.decided_at, false from decisions.unsure_pairs as u
        ) as a
        where a.decided_at >= %(moment)s
        group by a.decided_by
        order by count(*) desc, a.decided_by
        """,
        {"moment": moment},
    )


def decide(verdict: Verdict, pairs: Iterable[Pair], reason: str, by: str, *, only_open: bool = False) -> int:
    """Keep that pairs are the same, or are not, all or none; how many of them say anything new.

    `only_open`: only of pairs on which nobody's word stands.
    """
    given = [
        {"verdict": verdict, "one": one, "other": other, "reason": reason, "by": by, "only_open": only_open}
        for one, other in pairs
    ]
    return _write(DECIDE, given)


def undo(numbers: Sequence[int], reason: str, by: str) -> int:
    """Take decisions back; how many were in force."""
    return _write(UNDO, [{"number": number, "reason": reason, "by": by} for number in numbers])


def leave_open(pair: Pair, reason: str, by: str) -> int:
    """Keep that somebody could not tell: the pair is asked again after all others."""
    return _write(UNSURE, [{"one": pair[0], "other": pair[1], "reason": reason, "by": by}])


def _write(statement: LiteralString, rows: Sequence[dict[str, object]]) -> int:
    with writing() as connection:
        connection.execute(ONE_AT_A_TIME)
        n = sum(connection.execute(statement, row).fetchone() is not None for row in rows)
    st.cache_data.clear()
    return n
