"""A small world for tests: accounts and rows of a CRM in few words, and what comes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from flows.identify.contract import Customer, Decision, Nodes, Policies, Previous, Values
from flows.identify.outcome import Resolution
from flows.identify.resolve import resolve
from flows.identify.values import coded, counted, derived, together


@dataclass
class World:
    """What is known, and how it stood after the last run."""

    nodes: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    previous: Previous = field(default_factory=Previous)
    policies: Policies = field(default_factory=Policies)
    drawn: Any = field(default_factory=lambda: count(1))
    ended: list[tuple[str, str]] = field(default_factory=list)

    def account(self, node_id: str, name: str = "", handle: str = "", **more: Any) -> str:
        """Add an account; `email="a"` and the like give values, a pair says how it is known."""
        kinds = ("customer_number", "email", "phone", "order_number", "link", "site", "avatar", "birth_date")
        given = {kind: more.pop(kind) for kind in kinds if kind in more}
        channel = node_id.partition(":")[0]
        row = {"node_id": node_id, "site": channel, "channel": channel, "name": name, "handle": handle}
        self.nodes.append(row | {"first_seen": float(len(self.nodes))} | more)
        if handle:
            self.holds(node_id, "handle", f"{channel}/{handle}", "verified")
        for kind, value in given.items():
            for one in value if isinstance(value, list) else [value]:
                text, known = one if isinstance(one, tuple) else (one, "unverified")
                self.holds(node_id, kind, text, known)
        return node_id

    def crm(self, number: str, name: str = "", site: str = "shop", **more: Any) -> str:
        """Add a row of a CRM."""
        node_id = f"crm:{site}:{number}"
        handles = more.pop("handles", [])
        self.account(node_id, name, is_crm=True, **more)
        self.nodes[-1] |= {"site": site, "channel": "crm"}
        self.holds(node_id, "customer_number", f"{site}/{number}", "verified")
        for handle in handles:
            self.holds(node_id, "handle", handle, "declared")
        return node_id

    def holds(self, node_id: str, kind: str, value: str, how_known: str = "unverified", **more: Any) -> None:
        """A node holds a value."""
        self.values.append(
            {"node_id": node_id, "kind": kind, "code": coded(f"{kind}/{value}"), "how_known": how_known} | more
        )
        if kind in ("handle", "link"):
            self.values[-1]["code"] = coded(f"account/{value}")

    def says(self, what: Any, left: str, right: str, at: float | None = None) -> str:
        """A person decides."""
        key = f"d{len(self.decisions)}"
        when = float(len(self.decisions)) if at is None else at
        self.decisions.append(Decision(key, what, when, left, right))
        return key

    def takes_back(self, decision: str) -> str:
        """A person takes a decision back."""
        key = f"d{len(self.decisions)}"
        self.decisions.append(Decision(key, "undo", float(len(self.decisions)), undoes=decision))
        return key

    def input(self) -> tuple[Nodes, Values]:
        """The columns."""
        nodes = Nodes.of(self.nodes)
        return nodes, counted(nodes, together([Values.of(nodes, self.values), derived(nodes)]))

    def run(self, previous: Previous | None = None) -> Resolution:
        """Resolve, without keeping what came of it."""
        nodes, values = self.input()
        return resolve(
            nodes,
            values,
            self.decisions,
            self.previous if previous is None else previous,
            policies=self.policies,
            draw=lambda: f"c_{next(self.drawn):016x}",
        )

    def goes_on(self) -> Resolution:
        """Resolve and keep it, as a refresh does."""
        result = self.run()
        before = self.previous.memberships
        self.ended += sorted((n, before[n]) for n in before if result.memberships.get(n, before[n]) != before[n])
        self.previous = Previous(
            dict(result.memberships),
            dict(result.customers),
            list(self.ended),
            max((c.issued for c in result.customers.values()), default=0),
        )
        return result


def people(result: Resolution) -> set[frozenset[str]]:
    """Customers with several nodes, as sets."""
    found: Mapping[str, set[str]] = defaultdict(set)
    for node, customer in result.memberships.items():
        found[customer].add(node)
    return {frozenset(nodes) for nodes in found.values() if len(nodes) > 1}


def together_(result: Resolution, *nodes: str) -> bool:
    """Whether they are one customer."""
    return len({result.memberships[node] for node in nodes}) == 1


def edge(result: Resolution, left: str, right: str) -> dict[str, Any]:
    """The link between two nodes."""
    pair = {left, right}
    return next(row for row in result.edges.rows() if {row["left"], row["right"]} == pair)


def outcome(result: Resolution) -> tuple[Any, ...]:
    """All that must be the same byte for byte."""
    return (
        tuple(result.memberships.items()),
        tuple(sorted(result.customers.items())),
        tuple(map(str, result.edges.rows())),
        tuple(result.events),
        tuple(result.households),
        tuple(result.flagged),
    )


def shuffled(rows: Sequence[dict[str, Any]], order: Iterable[int]) -> list[dict[str, Any]]:
    """Rows in another order."""
    return [rows[n] for n in order]


__all__ = ["Customer", "World", "edge", "outcome", "people", "replace", "shuffled", "together_"]
