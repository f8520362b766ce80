"""Pairs that may be one person, and how far customers are made out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.shared.memory import kept
from app.shared.pool import select


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts or rows of the CRM that may be one person; `total` counts all, `unsure` who could not tell."""

    pair_id: str
    one: str
    other: str
    one_customer_id: str
    other_customer_id: str
    probability: float
    bits: float
    evidence: Mapping[str, float]
    usefulness: float
    unsure: int
    total: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of identity_quality."""

    measure: str
    value: float


# Nothing of an account stands in the address of a pair: a hash does.
ASKED = """
    select p.*, left(md5(p.one || ' ' || p.other), 16) as pair_id,
        coalesce(u.times, 0)::integer as unsure, (count(*) over ())::integer as total
    from marts.identity_review as p
    left join (
        select x.one, x.other, count(*) as times, max(x.unsure_id) as last
        from decisions.unsure_pairs as x
        group by x.one, x.other
    ) as u on p.one = u.one and p.other = u.other
"""


@kept
def asked(opened: str) -> Pair | None:
    """The pair of this address where it is still asked, else the most useful one that nobody was unsure of.

    Those that somebody could not tell come after all others, who waited longest first. Never cached: who answers
    sees the next.
    """
    found = select(
        Pair,
        ASKED
        + """
        order by left(md5(p.one || ' ' || p.other), 16) = %(opened)s desc, u.last nulls first,
            p.usefulness desc, p.one collate "C", p.other collate "C"
        limit 1
        """,
        {"opened": opened},
        wide=True,
    )
    return found[0] if found else None


@kept
def quality() -> list[Measure]:
    """How far customers are made out."""
    return select(Measure, "select q.measure, q.value from marts.identity_quality as q")
