"""Values that are made from a profile, and the counts that weights depend on."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from flows.identify.contract import Bools, Ints, Kind, Known, Nodes, Small, Values
from flows.identify.forms import forms_of_handle, forms_of_name
from flows.identify.names import account_name, is_a_persons, name_key, stem

SHORTEST = 3  # characters of a handle that is compared
MADE = (Kind.ACCOUNT_NAME, Kind.STEM, Kind.NAME, Kind.NAMED_HANDLE, Kind.NAME_FORM)


def coded(text: str) -> int:
    """64 bits that stand for a text that is public as it is."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def derived(nodes: Nodes) -> Values:
    """What the profiles of nodes say, as values without counts: store them with the others, count them over all."""
    node: list[int] = []
    kind: list[int] = []
    code: list[int] = []

    def add(place: int, what: Kind, text: str) -> None:
        node.append(place)
        kind.append(what)
        code.append(coded(text))

    for place, (name, handle) in enumerate(zip(nodes.name, nodes.handle, strict=True)):
        bare, letters, named = account_name(handle), stem(handle), ""
        if len(bare) >= SHORTEST:
            add(place, Kind.ACCOUNT_NAME, bare)
        if len(letters) >= SHORTEST:
            add(place, Kind.STEM, letters)
        if name and is_a_persons(name):
            named = name_key(name)
            add(place, Kind.NAME, named)
        if named and len(letters) >= SHORTEST:
            add(place, Kind.NAMED_HANDLE, f"{named}/{letters}")
        for form in forms_of_name(name) if named and not handle else () if named else forms_of_handle(letters):
            add(place, Kind.NAME_FORM, form)
    return uncounted(np.array(node, np.int64), np.array(kind, np.int8), np.array(code, np.int64))


def uncounted(node: Ints, kind: Small, code: Ints, known: Small | None = None) -> Values:
    """Values whose holders are yet to be counted."""
    size = len(node)
    return Values(
        node,
        kind,
        code,
        np.full(size, Known.VERIFIED, np.int8) if known is None else known,
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.bool_),
    )


def together(parts: Iterable[Values]) -> Values:
    """All rows of several."""
    given = list(parts)
    return Values(*(np.concatenate([getattr(p, c) for p in given]) for c in Values.__dataclass_fields__))


def rows(values: Values, chosen: Ints | Bools) -> Values:
    """Some rows of them."""
    return Values(*(getattr(values, column)[chosen] for column in Values.__dataclass_fields__))


def groups(kind: Small, code: Ints) -> tuple[Ints, Ints, Ints]:
    """An order in which equal values stand together, where each group begins in it, and how long it is."""
    order = np.lexsort((code, kind)).astype(np.int64)
    if not len(order):
        return order, order, order
    k, c = kind[order], code[order]
    begins = np.flatnonzero(np.r_[True, (k[1:] != k[:-1]) | (c[1:] != c[:-1])])
    return order, begins, np.diff(np.r_[begins, len(order)])


def counted(nodes: Nodes, values: Values) -> Values:
    """The same values with holders and names counted over the nodes given: for those who hold all in memory."""
    values = rows(values, np.flatnonzero(nodes.can_join[values.node]))
    named = np.zeros(len(nodes), dtype=np.int64)
    is_name = values.kind == Kind.NAME
    named[values.node[is_name]] = values.code[is_name]
    order, _, sizes = groups(values.kind, values.code)
    group = np.repeat(np.arange(len(sizes)), sizes)
    holders = np.zeros(len(values), dtype=np.int64)
    holders[order] = np.repeat(sizes, sizes)
    # Different names of a group: its (group, name) pairs, those without a name left out.
    name = named[values.node[order]]
    has = name != 0
    by_name = np.lexsort((name[has], group[has]))
    g, n = group[has][by_name], name[has][by_name]
    first = np.r_[True, (g[1:] != g[:-1]) | (n[1:] != n[:-1])] if len(g) else np.zeros(0, np.bool_)
    different = np.bincount(g[first], minlength=len(sizes))
    names = np.zeros(len(values), dtype=np.int64)
    names[order] = np.repeat(different, sizes)
    return Values(values.node, values.kind, values.code, values.known, holders, names, values.generic)
