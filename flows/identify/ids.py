"""Ids of customers: drawn once, kept through merges, splits and their undoing; every id issued leads somewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from flows.identify.contract import Customer, Draw, Ints, Nodes, Previous
from flows.identify.outcome import Event


@dataclass(slots=True)
class Named:
    """Customers with their ids."""

    memberships: dict[str, str]
    customers: dict[str, Customer]
    anchors: dict[str, str]
    events: list[Event] = field(default_factory=list)


def groups_in_order(nodes: Nodes, label: Ints) -> list[list[int]]:
    """Members of each customer, who was seen first at the front; by the customer that was seen first."""
    seen = np.asarray(nodes.first_seen, dtype=np.float64)
    first = np.full(int(label.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, label, seen)
    order = np.lexsort((np.arange(len(label)), label, first[label]))
    sorted_ = label[order]
    ends = np.flatnonzero(np.r_[sorted_[1:] != sorted_[:-1], True]) + 1 if len(order) else order
    rows, found, begin = order.tolist(), [], 0
    for end in ends.tolist():
        found.append(rows[begin:end])
        begin = end
    return found


def named(nodes: Nodes, label: Ints, previous: Previous, draw: Draw) -> Named:
    """Give every customer its id."""
    groups = groups_in_order(nodes, label)
    ids, crm = nodes.node_id, nodes.is_crm.tolist()
    result = Named({}, dict(previous.customers), {})
    owner = _kept(groups, ids, crm, previous, result) if previous.memberships else [""] * len(groups)
    if previous.history:
        _revive(groups, ids, previous, owner, result)
    issued, before = previous.issued, previous.memberships
    anchors, whose = result.anchors, [""] * len(ids)
    for n, members in enumerate(groups):
        customer_id = owner[n]
        if not customer_id:
            issued += 1
            customer_id = draw()
            result.customers[customer_id] = Customer(customer_id, issued)
            source = min((before[ids[m]] for m in members if ids[m] in before), default="") if before else ""
            result.events.append(Event("split" if source else "created", customer_id, source))
        for m in members:
            whose[m] = customer_id
            if crm[m]:
                known = anchors.get(customer_id)
                anchors[customer_id] = min(known, ids[m]) if known else ids[m]
    result.memberships = dict(zip(ids, whose, strict=True))
    _moves(previous, result)
    return result


def leads_to(customers: Mapping[str, Customer], customer_id: str) -> str:
    """Where an id leads now."""
    seen = set()
    while (known := customers.get(customer_id)) and known.merged_into and customer_id not in seen:
        seen.add(customer_id)
        customer_id = known.merged_into
    return customer_id


def _homes(previous: Previous) -> dict[str, str]:
    """A node → the id that it brought into its customer, where that id leads to the customer now."""
    homes = {}
    for node, former in previous.history:
        current = previous.memberships.get(node)
        known = previous.customers.get(former)
        if current and known and known.merged_into and leads_to(previous.customers, former) == current:
            homes[node] = former
    return homes


def _kept(
    groups: list[list[int]], ids: Sequence[str], crm: list[bool], previous: Previous, result: Named
) -> list[str]:
    """Who keeps which id. Split: with the anchor, else the larger part. Merge: the anchored, else the oldest."""
    homes = _homes(previous)
    came = {node for node, _ in previous.history}  # had another id before
    claims: dict[str, list[tuple[int, int, int, int, int]]] = {}
    for n, members in enumerate(groups):
        own: Counter[str] = Counter()
        size: Counter[str] = Counter()
        always: Counter[str] = Counter()
        anchored = set()
        for m in members:
            held = previous.memberships.get(ids[m])
            if held is None:
                continue
            size[held] += 1
            always[held] += ids[m] not in came
            if homes.get(ids[m], held) == held:
                own[held] += 1
                if crm[m]:
                    anchored.add(held)
        for held, many in size.items():
            claims.setdefault(held, []).append((int(held in anchored), own[held], always[held], many, -n))
    won: dict[int, list[tuple[int, int, str]]] = {}
    for held, claimed in claims.items():
        anchored_by, *_, minus = max(claimed)
        issued = previous.customers[held].issued if held in previous.customers else 0
        won.setdefault(-minus, []).append((-anchored_by, issued, held))
    owner = [""] * len(groups)
    for n in sorted(won):
        (_, _, survivor), *losers = sorted(won[n])
        owner[n] = survivor
        for _, _, loser in losers:
            result.customers[loser] = replace(_known(result, loser), merged_into=survivor)
            result.events.append(Event("merged", survivor, loser))
        result.customers[survivor] = replace(_known(result, survivor), merged_into="")
    return owner


def _known(result: Named, customer_id: str) -> Customer:
    return result.customers.get(customer_id) or Customer(customer_id, 0)


def _revive(
    groups: list[list[int]], ids: Sequence[str], previous: Previous, owner: list[str], result: Named
) -> None:
    """A part that left a customer takes back the id that its members had before they were merged into it.

    So does one that kept a younger id while all of its members had an older one in common: what came between is
    undone. A customer who is as before keeps its id.
    """
    former: dict[str, set[str]] = {}
    for node, customer_id in previous.history:
        former.setdefault(node, set()).add(customer_id)
    taken = {customer_id for customer_id in owner if customer_id}
    sizes = Counter(previous.memberships.values())
    claims = []
    for n, members in enumerate(groups):
        held = [ids[m] for m in members if ids[m] in previous.memberships]
        is_as_before = {previous.memberships.get(ids[m]) for m in members} == {owner[n]}
        if is_as_before and len(members) == sizes[owner[n]]:
            continue
        votes = Counter(customer_id for node in held for customer_id in former.get(node, ()))
        for customer_id, many in votes.items():
            known = previous.customers.get(customer_id)
            if not known or not known.merged_into or customer_id in taken:
                continue
            if not owner[n] or (many == len(held) and known.issued < _known(result, owner[n]).issued):
                claims.append((-many, known.issued, n, customer_id))
    revived: set[int] = set()
    for _, _, n, customer_id in sorted(claims):
        if n in revived or customer_id in taken:
            continue
        if owner[n]:
            result.customers[owner[n]] = replace(_known(result, owner[n]), merged_into=customer_id)
            result.events.append(Event("merged", customer_id, owner[n]))
        owner[n] = customer_id
        revived.add(n)
        taken.add(customer_id)
        source = leads_to(previous.customers, customer_id)
        result.customers[customer_id] = replace(_known(result, customer_id), merged_into="")
        result.events.append(Event("revived", customer_id, source))


def _moves(previous: Previous, result: Named) -> None:
    """Accounts that went from one customer to another, where both go on and none of it is a merge or a split."""
    told = {(e.other, e.customer_id) for e in result.events}
    live = set(result.memberships.values())
    for node, held in sorted(previous.memberships.items()):
        now = result.memberships.get(node, held)
        if now != held and held in live and (held, now) not in told:
            result.events.append(Event("moved", now, held, node))
