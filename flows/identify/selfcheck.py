"""A check without labels: hide a fifth of what links with certainty, see what the rest finds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np

from flows.identify.contract import Kind, Known, Nodes, Policies, Previous, Values
from flows.identify.judging import STATUS
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.outcome import RULES_OF_EDGES, Resolution
from flows.identify.resolve import resolve
from flows.identify.values import rows

OF_FIVE = 5
MOST_EXAMPLES = 20
HIDDEN = (Kind.CUSTOMER_NUMBER, Kind.EMAIL, Kind.ORDER_NUMBER, Kind.LINK, Kind.HANDLE)


@dataclass(frozen=True, slots=True)
class Checked:
    """Pairs that were one customer by hidden values alone, and what became of them without these."""

    hidden: int
    found: int  # are one customer by what is left
    asked: int  # a person would be asked
    denied: int  # were kept apart by a rule: look at these, they may be wrong merges
    examples: tuple[tuple[str, str, str], ...] = ()  # of those that were denied: both nodes and the rule


def self_check(nodes: Nodes, values: Values, policies: Policies, lexicon: Lexicon = EMPTY) -> Checked:
    """Resolve twice, with all and with four fifths of the certain values; nothing is kept."""
    whole = _resolved(nodes, values, policies, lexicon)
    certain = np.isin(values.kind, HIDDEN) & (values.known >= Known.DECLARED) & (values.code % OF_FIVE == 0)
    certain &= (values.kind != Kind.HANDLE) | (values.known == Known.DECLARED)  # its own handle an account keeps
    # A row of a CRM stays one, with its number: what others say of the number is hidden.
    certain &= ~((values.kind == Kind.CUSTOMER_NUMBER) & nodes.is_crm[values.node])
    part = _resolved(nodes, rows(values, ~certain), policies, lexicon)
    left = {pair for pair, _, _ in _pairs(part, certain=True)}
    after = {pair: (state, rule) for pair, state, rule in _pairs(part, certain=False)}
    hidden = [
        pair
        for pair, state, _ in _pairs(whole, certain=True)
        if state == STATUS["joined"]
        and pair not in left
        and whole.memberships[pair[0]] == whole.memberships[pair[1]]
    ]
    open_ = [pair for pair in hidden if part.memberships[pair[0]] != part.memberships[pair[1]]]
    states = [after.get(pair, (-1, 0)) for pair in open_]
    denied = [
        (*pair, RULES_OF_EDGES[rule])
        for pair, (state, rule) in zip(open_, states, strict=True)
        if state in (STATUS["blocked"], STATUS["cut"])
    ]
    return Checked(
        len(hidden),
        len(hidden) - len(open_),
        sum(state == STATUS["review"] for state, _ in states),
        len(denied),
        tuple(denied[:MOST_EXAMPLES]),
    )


def _resolved(nodes: Nodes, values: Values, policies: Policies, lexicon: Lexicon) -> Resolution:
    numbers = count()
    return resolve(
        nodes, values, (), Previous(), policies=policies, draw=lambda: f"c_{next(numbers):016x}", lexicon=lexicon
    )


def _pairs(result: Resolution, certain: bool) -> list[tuple[tuple[str, str], int, int]]:
    """Pairs with their status and rule: those that are certain, or all."""
    edges = result.edges
    chosen = np.flatnonzero(edges.certain) if certain else np.arange(len(edges))
    ids = edges.node_id
    return [
        ((ids[a], ids[b]), status, rule)
        for a, b, status, rule in zip(
            edges.left[chosen].tolist(),
            edges.right[chosen].tolist(),
            edges.status[chosen].tolist(),
            edges.rule[chosen].tolist(),
            strict=True,
        )
    ]
