"""Links become customers: people's decisions first, the strongest link next; none that breaks a limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.identify.components import Facts, doubtful, hang_together
from flows.identify.contract import Bools, Decision, Floats, Ints, Policies, Small
from flows.identify.limits import Part, forbidden, strangers, united
from flows.identify.names import Words
from flows.identify.outcome import RULES_OF_EDGES
from flows.identify.relations import Names, relations

RULE = {name: number for number, name in enumerate(RULES_OF_EDGES)}
LARGEST_WITH_NAMES = 200  # different names in a component that are compared with each other


@dataclass(slots=True)
class Links:
    """Links strong enough to join, a row each."""

    left: Ints
    right: Ints
    bits: Floats
    certain: Bools
    one: Bools  # evidence that outweighs another name
    beside: Ints  # pairs of nodes, a column each, of two people who share an address or a telephone
    rule: Small = field(init=False)  # why one was cut; 0 where it joins

    def __post_init__(self) -> None:
        """Nothing is cut yet."""
        self.rule = np.zeros(len(self.left), np.int8)


@dataclass(slots=True)
class Clusters:
    """Customers: a label for each node, and what came of links and decisions."""

    label: Ints
    contradicted: list[Decision]
    quarantined: Ints  # nodes of components that were too large to be one customer


def clustered(
    links: Links, decisions: Sequence[tuple[Decision, int, int]], facts: Facts, words: Words, policies: Policies
) -> Clusters:
    """Put nodes together. `decisions` stand, newest first, with the places of their nodes."""
    size = len(facts.nodes)
    same = [(a, b) for d, a, b in decisions if d.what == "same"]
    apart = [(a, b) for d, a, b in decisions if d.what == "different"]
    decided = np.array(same, np.int64).reshape(-1, 2)
    label, quarantined = _quarantine(links, decided, size, policies)
    open_ = links.rule == 0
    unsure = label[links.left[open_ & ~links.certain]]
    held = np.array([a for a, b in apart if label[a] == label[b]] + decided[:, 0].tolist(), np.int64)
    one, two = links.beside
    homes = links.beside[:, label[one] == label[two]]
    dirty = doubtful(label, facts, unsure, label[np.r_[held, homes[0]]], policies)
    work = dirty[label]
    members = np.flatnonzero(work)
    if not len(members):
        return Clusters(label, [], quarantined)
    trees = _Trees(members, facts, _different(label, members, facts, words), policies)
    trees.live_beside(homes)
    contradicted = trees.decide([d for d in decisions if work[d[1]] and work[d[2]]])
    at = np.flatnonzero(open_ & work[links.left])
    trees.join(links, at[np.lexsort((links.right[at], links.left[at], -links.bits[at], ~links.certain[at]))])
    parts = trees.labels()
    label[members] = size + parts
    inside = label[links.left] == label[links.right]
    links.rule[inside & (links.rule != RULE["quarantine"])] = 0
    return Clusters(np.unique(label, return_inverse=True)[1], contradicted, quarantined)


def _quarantine(links: Links, decided: Ints, size: int, policies: Policies) -> tuple[Ints, Ints]:
    """Components too large for one customer lose their links: those that are not certain first, then all."""
    quarantined = np.zeros(size, np.bool_)
    for losing in (~links.certain, np.ones(len(links.left), np.bool_)):
        kept = links.rule == 0
        left, right = np.r_[links.left[kept], decided[:, 0]], np.r_[links.right[kept], decided[:, 1]]
        label = hang_together(size, left, right)
        large = np.bincount(label)[label] > policies.quarantine
        if not large.any():
            return label, np.flatnonzero(quarantined)
        quarantined |= large
        links.rule[kept & losing & large[links.left]] = RULE["quarantine"]
    kept = links.rule == 0
    left, right = np.r_[links.left[kept], decided[:, 0]], np.r_[links.right[kept], decided[:, 1]]
    return hang_together(size, left, right), np.flatnonzero(quarantined)


def _different(label: Ints, members: Ints, facts: Facts, words: Words) -> set[tuple[int, int]]:
    """Pairs of names within one component that are names of different people."""
    bears = members[facts.name[members] >= 0]
    order = np.lexsort((facts.name[bears], label[bears]))
    both = np.stack([label[bears][order], facts.name[bears][order]])
    both = both[:, np.r_[True, (both[:, 1:] != both[:, :-1]).any(0)]] if both.size else both
    begins = np.flatnonzero(np.r_[True, both[0][1:] != both[0][:-1]]) if both.size else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[begins, both.shape[1]])
    last = np.repeat(begins + sizes, sizes)
    at, one, two = np.arange(both.shape[1]), [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, min(int(sizes.max(initial=1)), LARGEST_WITH_NAMES)):
        at = at[at + step < last[at]]
        one.append(at)
        two.append(at + step)
    a, b = both[1][np.concatenate(one)], both[1][np.concatenate(two)]
    apart = relations(words, a, b) >= Names.GIVEN
    return set(zip(a[apart].tolist(), b[apart].tolist(), strict=True))


@dataclass(slots=True)
class _Trees:
    """Parts that grow by union, strongest link first (Kruskal), as far as limits allow."""

    members: Ints
    facts: Facts
    different: set[tuple[int, int]]
    policies: Policies
    part: dict[int, Part] = field(init=False)

    def __post_init__(self) -> None:
        """Each node by itself."""
        facts, crm = self.facts, self.facts.nodes.is_crm
        numbers: dict[int, dict[int, set[int]]] = {}
        inside = np.isin(facts.number_node, self.members)
        for node, issuer, number in zip(
            facts.number_node[inside].tolist(),
            facts.number_crm[inside].tolist(),
            facts.number[inside].tolist(),
            strict=True,
        ):
            numbers.setdefault(node, {}).setdefault(issuer, set()).add(number)
        self.part = {
            n: Part(
                [n],
                Counter({int(facts.channel[n]): 1}) if facts.channel[n] else Counter(),
                numbers.get(n, {}),
                int(not crm[n]),
                int(crm[n]),
                int(facts.pseudonymous[n]),
                {int(facts.name[n])} if facts.name[n] >= 0 else set(),
            )
            for n in self.members.tolist()
        }

    def unite(self, one: Part, two: Part) -> None:
        """Put two parts together."""
        both = united(one, two)
        for node in both.members:
            self.part[node] = both

    def live_beside(self, homes: Ints) -> None:
        """Of two people who share an address no likeness makes one."""
        for a, b in homes.T.tolist():
            self.part[a].beside.add(b)
            self.part[b].beside.add(a)

    def decide(self, decisions: Sequence[tuple[Decision, int, int]]) -> list[Decision]:
        """Follow people, newest first; what contradicts a newer word is given back."""
        refused = []
        for decision, a, b in decisions:
            one, two = self.part[a], self.part[b]
            if decision.what == "different":
                if one is two:
                    refused.append(decision)
                else:
                    one.apart.add(b)
                    two.apart.add(a)
            elif one is not two:
                if not one.apart.isdisjoint(two.members) or not two.apart.isdisjoint(one.members):
                    refused.append(decision)
                else:
                    self.unite(one, two)
        return refused

    def join(self, links: Links, order: Ints) -> None:
        """Follow links in an order; one that breaks a limit is cut."""
        for n, a, b, certain, is_one in zip(
            order.tolist(),
            links.left[order].tolist(),
            links.right[order].tolist(),
            links.certain[order].tolist(),
            links.one[order].tolist(),
            strict=True,
        ):
            one, two = self.part[a], self.part[b]
            if one is two:
                continue
            rule = forbidden(one, two, certain, self.policies)
            if not rule and not certain and not is_one and strangers(one, two, self.different):
                rule = "other_name"
            if rule:
                links.rule[n] = RULE[rule]
            else:
                self.unite(one, two)

    def labels(self) -> Ints:
        """The part of each member, named by its smallest node."""
        least: dict[int, int] = {}
        for part in self.part.values():
            least.setdefault(id(part), min(part.members))
        return np.array([least[id(self.part[n])] for n in self.members.tolist()], np.int64)
