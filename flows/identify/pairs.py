"""Which nodes are compared: those that share a value few hold, found by sorting, not by looking for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.identify.contract import Bools, Ints, Kind, Known, Nodes, Policies, Small, Values
from flows.identify.values import groups, rows

# Values that more nodes hold than this bring no pair by themselves: they say too little to find anybody by them.
MOST_TO_MEET = {
    Kind.NAME: 8,
    Kind.STEM: 4,
    Kind.BIRTH_DATE: 12,
    Kind.BIRTH_PART: 8,
    Kind.EMAIL_NEAR: 12,
    Kind.NAME_FORM: 8,
    Kind.AVATAR: 20,
    Kind.ACCOUNT_NAME: 20,
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What the pairs share of one kind: the rarest value; `holders` 0 where they share none."""

    holders: Ints
    names: Ints
    known: Small  # by which the less certain of the two holds it
    other: Small  # and by which the more certain


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that share a value, `left` < `right`, in order."""

    left: Ints
    right: Ints
    shared: dict[Kind, Shared]
    two_way: Bools  # each links to the other

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.left)


@dataclass(frozen=True, slots=True)
class _Met:
    key: Ints  # left * nodes + right
    holders: Ints
    names: Ints
    known: Small
    other: Small


def counting(nodes: Nodes, values: Values, policies: Policies) -> Bools:
    """Which rows may say anything: of nodes that may be joined, neither generic nor held by too many."""
    return nodes.can_join[values.node] & ~values.generic & (values.holders <= policies.most_holders)


def _meetings(values: Values, size: int) -> _Met:
    """All pairs of nodes within groups of equal values."""
    order, begins, sizes = groups(np.zeros(len(values), np.int8), values.code)
    node, last = values.node[order], np.repeat(begins + sizes, sizes)
    at = np.arange(len(order))
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, int(sizes.max(initial=1))):
        at = at[at + step < last[at]]
        first.append(at)
        second.append(at + step)
    a, b = np.concatenate(first), np.concatenate(second)
    different = node[a] != node[b]
    a, b = a[different], b[different]
    key = np.minimum(node[a], node[b]) * size + np.maximum(node[a], node[b])
    one, two = values.known[order[a]], values.known[order[b]]
    return _Met(key, values.holders[order[a]], values.names[order[a]], np.minimum(one, two), np.maximum(one, two))


def _links(values: Values, size: int) -> tuple[_Met, Ints]:
    """Pairs of which one links to the other; and the keys of those that do both ways."""
    links = rows(values, values.kind == Kind.LINK)
    targets = rows(values, (values.kind == Kind.HANDLE) & (values.known == Known.VERIFIED))
    order = np.argsort(targets.code, kind="stable")
    codes = targets.code[order]
    begins, ends = np.searchsorted(codes, links.code, "left"), np.searchsorted(codes, links.code, "right")
    many = ends - begins
    from_ = np.repeat(np.arange(len(links)), many)
    to = order[np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many) + np.repeat(begins, many)]
    a, b = links.node[from_], targets.node[to]
    keep = a != b
    a, b, from_ = a[keep], b[keep], from_[keep]
    key = np.minimum(a, b) * size + np.maximum(a, b)
    up, down = np.unique(key[a < b]), np.unique(key[a > b])
    known = links.known[from_]
    return _Met(key, links.holders[from_] + 1, links.names[from_], known, known), np.intersect1d(up, down)


def found(nodes: Nodes, values: Values, policies: Policies, asked: Ints) -> Pairs:
    """Pairs that share a value few hold, and those `asked` for (keys): all that they share beside it, too."""
    size = len(nodes)
    values = rows(values, counting(nodes, values, policies))
    met: dict[Kind, _Met] = {}
    for kind in Kind:
        chosen = values.kind == kind
        if kind is Kind.LINK or not chosen.any():
            continue
        met[kind] = _meetings(rows(values, chosen), size)
    met[Kind.LINK], both = _links(values, size)
    brought = [asked]
    for kind, pairs in met.items():
        brought.append(pairs.key[pairs.holders <= MOST_TO_MEET.get(kind, policies.most_holders)])
    keys = np.unique(np.concatenate(brought))
    shared = {kind: _beside(keys, pairs) for kind, pairs in met.items()}
    return Pairs(keys // size, keys % size, shared, np.isin(keys, both, assume_unique=True))


def _beside(keys: Ints, met: _Met) -> Shared:
    """The values of one kind that the pairs share; of several the rarest, of equally rare ones the most certain."""
    order = np.lexsort((-met.other, -met.known, met.names, met.holders, met.key))
    first = order[np.r_[True, met.key[order][1:] != met.key[order][:-1]]] if len(order) else order
    place = np.searchsorted(keys, met.key[first])
    here = place < len(keys)
    here[here] = keys[place[here]] == met.key[first][here]
    place, first = place[here], first[here]
    holders, names = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    known, other = np.zeros(len(keys), np.int8), np.zeros(len(keys), np.int8)
    holders[place], names[place] = met.holders[first], met.names[first]
    known[place], other[place] = met.known[first], met.other[first]
    return Shared(holders, names, known, other)
