"""What comes out of the recognition of customers: edges with their evidence, memberships, events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flows.identify.contract import RULES, Bools, Customer, Floats, Ints, Small

Status = Literal["joined", "review", "rejected", "cut", "blocked"]
STATUSES: tuple[Status, ...] = ("joined", "review", "rejected", "cut", "blocked")


@dataclass(frozen=True, slots=True)
class Edges:
    """Links that were weighed, a row each; `left` and `right` are places in `node_id`, which ascends."""

    node_id: Sequence[str]
    left: Ints
    right: Ints
    bits: Floats  # prior and evidence together: log2 of the odds that both are one person
    status: Small  # place in STATUSES
    rule: Small  # place in RULES_OF_EDGES: what decided it
    certain: Bools  # deterministic
    evidence: Mapping[str, Floats]  # bits by feature; "prior" is one; 0 where a feature says nothing

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.left)

    def rows(self) -> Iterator[dict[str, Any]]:
        """As rows: left, right, bits, status, rule, certain, evidence (what is not 0), rule_version."""
        columns = {name: bits.tolist() for name, bits in self.evidence.items()}
        for n in range(len(self)):
            yield {
                "left": self.node_id[int(self.left[n])],
                "right": self.node_id[int(self.right[n])],
                "bits": round(float(self.bits[n]), 2),
                "status": STATUSES[int(self.status[n])],
                "rule": RULES_OF_EDGES[int(self.rule[n])],
                "certain": bool(self.certain[n]),
                "evidence": {name: round(bits[n], 2) for name, bits in columns.items() if bits[n]},
                "rule_version": RULES,
            }


RULES_OF_EDGES = (
    "",  # judged by its weight
    "decided_same",
    "decided_different",
    "another_crm_number",
    "pseudonymous_to_named",
    "household",
    "most_accounts",
    "most_of_a_channel",
    "most_crm",
    "never_together",  # a person said of two accounts of the two sides that they are not the same
    "other_name",  # the two sides bear names of different people
    "quarantine",
    "by_others",  # both are one customer already, through other links
    "contradicted_later",  # an older decision that a newer one contradicts
)

Happened = Literal["created", "merged", "split", "moved", "revived"]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a customer: `other` is the loser of a merge, the source of a split or of a move."""

    what: Happened
    customer_id: str
    other: str = ""
    node_id: str = ""  # of a move
    cause: str = ""  # the link that did it: rule or strongest evidence


@dataclass(frozen=True, slots=True)
class Resolution:
    """What came of it, in an order that depends on nothing but the input's content."""

    edges: Edges
    memberships: Mapping[str, str]  # node_id → customer_id, every node given; sorted by node_id
    customers: Mapping[str, Customer]  # those given and those drawn, as they now stand
    anchors: Mapping[str, str]  # customer_id → the row of the CRM that it is anchored in, or ""
    households: Sequence[tuple[str, str]]  # pairs that live together: a link of its own kind, never a merge
    events: Sequence[Event]
    flagged: Sequence[tuple[int, int, str]]  # (kind, code, why): values that came out as generic in this run
    contradicted: Sequence[str]  # decisions that a newer one contradicts: they stand, and do nothing
    counts: Mapping[str, int]  # nodes, pairs, joined, review, rejected, cut, blocked, customers, quarantined
