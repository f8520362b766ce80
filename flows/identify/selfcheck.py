"""A check without labels: hide a fifth of what links with certainty, see what the rest finds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np

from flows.identify.contract import Kind, Known, Nodes, Policies, Previous, Values
from flows.identify.judging import STATUS
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.outcome import Resolution
from flows.identify.resolve import resolve
from flows.identify.values import rows

OF_FIVE = 5
HIDDEN = (Kind.CUSTOMER_NUMBER, Kind.EMAIL, Kind.ORDER_NUMBER, Kind.LINK, Kind.HANDLE)


@dataclass(frozen=True, slots=True)
class Checked:
    """Pairs that were one customer by hidden values alone, and what became of them without these."""

    hidden: int
    found: int  # are one customer by what is left
    asked: int  # a person would be asked
    denied: int  # were kept apart by a rule: look at these, they may be wrong merges


def self_check(nodes: Nodes, values: Values, policies: Policies, lexicon: Lexicon = EMPTY) -> Checked:
    """Resolve twice, with all and with four fifths of the certain values; nothing is kept."""
    whole = _resolved(nodes, values, policies, lexicon)
    certain = np.isin(values.kind, HIDDEN) & (values.known >= Known.DECLARED) & (values.code % OF_FIVE == 0)
    certain &= (values.kind != Kind.HANDLE) | (values.known == Known.DECLARED)  # its own handle an account keeps
    # A row of a CRM stays one, with its number: what others say of the number is hidden.
    certain &= ~((values.kind == Kind.CUSTOMER_NUMBER) & nodes.is_crm[values.node])
    part = _resolved(nodes, rows(values, ~certain), policies, lexicon)
    left = {pair for pair, _ in _pairs(part, certain=True)}
    status = dict(_pairs(part, certain=False))
    hidden = [
        pair
        for pair, state in _pairs(whole, certain=True)
        if state == STATUS["joined"]
        and pair not in left
        and whole.memberships[pair[0]] == whole.memberships[pair[1]]
    ]
    together = [part.memberships[a] == part.memberships[b] for a, b in hidden]
    states = [status.get(pair) for pair, is_one in zip(hidden, together, strict=True) if not is_one]
    return Checked(
        len(hidden),
        sum(together),
        states.count(STATUS["review"]),
        states.count(STATUS["blocked"]) + states.count(STATUS["cut"]),
    )


def _resolved(nodes: Nodes, values: Values, policies: Policies, lexicon: Lexicon) -> Resolution:
    numbers = count()
    return resolve(
        nodes, values, (), Previous(), policies=policies, draw=lambda: f"c_{next(numbers):016x}", lexicon=lexicon
    )


def _pairs(result: Resolution, certain: bool) -> list[tuple[tuple[str, str], int]]:
    """Pairs with their status: those that are certain, or all."""
    edges = result.edges
    chosen = np.flatnonzero(edges.certain) if certain else np.arange(len(edges))
    ids = edges.node_id
    return [
        ((ids[a], ids[b]), s)
        for a, b, s in zip(
            edges.left[chosen].tolist(),
            edges.right[chosen].tolist(),
            edges.status[chosen].tolist(),
            strict=True,
        )
    ]
