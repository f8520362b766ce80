"""What holds for every world: order, batches, limits, decisions, undoing, running again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.identify.closing import closed
from flows.identify.contract import Kind, Nodes, Previous, Values
from flows.identify.outcome import Resolution
from flows.identify.resolve import resolve
from flows.identify.values import rows as rows_of
from tests.identify.world import World, outcome, shuffled

NAMES = ["", "Ada Quill", "A. Quill", "Ben Quill", "Ben Marlow", "zephyrfeather"]
HANDLES = ["", "zephyrfeather", "zephyr.feather", "alex", "adaquill", "quillbird"]
SITES = ["mail", "x", "forum", "reviews"]
node = st.fixed_dictionaries(
    {
        "site": st.sampled_from([*SITES, "crm"]),
        "name": st.sampled_from(NAMES),
        "handle": st.sampled_from(HANDLES),
        "values": st.lists(
            st.tuples(
                st.sampled_from(["email", "phone", "order_number", "site", "avatar"]),
                st.sampled_from(["u", "v", "w"]),
                st.sampled_from(["unverified", "declared", "verified"]),
            ),
            max_size=3,
        ),
    }
)
worlds = st.lists(node, min_size=2, max_size=12)
decided = st.lists(
    st.tuples(st.sampled_from(["same", "different"]), st.integers(0, 11), st.integers(0, 11)), max_size=4
)
quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def build(rows: list[dict[str, Any]], decisions: list[tuple[str, int, int]] = []) -> World:  # noqa: B006
    world = World()
    ids = []
    for n, row in enumerate(rows):
        if row["site"] == "crm":
            ids.append(world.crm(str(n), row["name"]))
        else:
            ids.append(
                world.account(f"{row['site']}:{n:02d}", row["name"], row["handle"] and row["handle"] + str(n % 2))
            )
        for kind, value, known in row["values"]:
            if not any(v["node_id"] == ids[n] and v["kind"] == kind for v in world.values):
                world.holds(ids[n], kind, value, known)
    for what, a, b in decisions:
        if a < len(ids) and b < len(ids):
            world.says(what, ids[a], ids[b])
    return world


@quick
@given(worlds, decided, st.randoms(use_true_random=False))
def test_no_order_shows(rows, decisions, random):
    world = build(rows, decisions)
    first = outcome(world.run())
    again = build(rows, decisions)
    places = list(range(len(again.nodes)))
    random.shuffle(places)
    again.nodes = shuffled(again.nodes, places)
    random.shuffle(again.values)
    random.shuffle(again.decisions)
    assert outcome(again.run()) == first


@quick
@given(worlds, decided)
def test_a_full_run_again_is_the_same_byte_for_byte(rows, decisions):
    world = build(rows, decisions)
    first = world.goes_on()
    again = world.goes_on()
    assert dict(again.memberships) == dict(first.memberships)
    assert outcome(world.run()) == outcome(again)
    assert not again.events


@quick
@given(worlds, decided)
def test_limits_hold_and_decisions_hold(rows, decisions):
    world = build(rows, decisions)
    result = world.run()
    contradicted = set(result.contradicted)
    last = {frozenset((d.left, d.right)): d for d in world.decisions if d.left != d.right}
    for pair, decision in last.items():
        if decision.decision_id not in contradicted:
            ids = {result.memberships[n] for n in pair}
            assert len(ids) == (1 if decision.what == "same" else 2)
    if not any(d.what == "same" for d in last.values()):
        groups: dict[str, list[str]] = {}
        for member, customer in result.memberships.items():
            groups.setdefault(customer, []).append(member)
        for members in groups.values():
            channels = Counter(m.split(":", maxsplit=1)[0] for m in members)
            rows_of_crm = channels.pop("crm", 0)
            assert max(channels.values(), default=0) <= world.policies.most_of_a_channel
            numbers = {n["name"] for n in world.nodes if n["node_id"] in members and n.get("is_crm")}
            assert rows_of_crm <= 1 or len(numbers) == 1


@quick
@given(worlds, st.integers(0, 11), st.integers(0, 11), st.sampled_from(["same", "different"]))
def test_undoing_gives_everything_back(rows, a, b, what):
    world = build(rows)
    before = world.goes_on()
    if max(a, b) >= len(rows) or a == b:
        return
    decision = world.says(what, world.nodes[a]["node_id"], world.nodes[b]["node_id"])
    world.goes_on()
    world.takes_back(decision)
    after = world.goes_on()
    assert dict(after.memberships) == dict(before.memberships)


@quick
@given(worlds, st.integers(1, 11))
def test_who_is_together_does_not_depend_on_batches(rows, first):
    whole = build(rows)
    apart = build(rows)
    later_nodes, later_values = (
        apart.nodes[first:],
        [v for v in apart.values if v["node_id"] in {n["node_id"] for n in apart.nodes[first:]}],
    )
    apart.nodes = apart.nodes[:first]
    apart.values = [v for v in apart.values if v not in later_values]
    apart.goes_on()
    apart.nodes, apart.values = apart.nodes + later_nodes, apart.values + later_values
    assert _groups(apart.goes_on().memberships) == _groups(whole.run().memberships)


@quick
@given(worlds, decided, st.integers(0, 11), st.sampled_from(["email", "phone"]), st.sampled_from(["u", "v"]))
def test_a_run_on_what_is_touched_finds_what_a_full_run_finds(rows, decisions, which, kind, value):
    world = build(rows, decisions)
    first = world.goes_on()
    touched = world.nodes[which % len(world.nodes)]["node_id"]
    before = world.input()
    world.values = [v for v in world.values if (v["node_id"], v["kind"]) != (touched, kind)]
    world.holds(touched, kind, value, "verified")
    nodes, values = world.input()
    some = closed([touched], _holders(before, (nodes, values)), _beside(first))
    at = [n for n, node_id in enumerate(nodes.node_id) if node_id in some]
    part = Nodes.of([world.nodes[n] | {"can_join": True} for n in at])
    chosen = np.isin(values.node, at)
    place = np.cumsum(np.isin(np.arange(len(nodes)), at)) - 1
    held = rows_of(values, chosen)
    result = resolve(
        part,
        replace(held, node=place[held.node]),
        world.decisions,
        Previous({n: c for n, c in first.memberships.items() if n in some}, first.customers, (), 99),
        policies=replace(world.policies, population=max(1024, len(nodes))),
        draw=lambda: f"c_{next(world.drawn):016x}",
    )
    assert _groups({**first.memberships, **result.memberships}) == _groups(world.run().memberships)


def _holders(*inputs: tuple[Nodes, Values]) -> Any:
    """Who holds what these hold, or held."""

    def found(asked: set[str]) -> set[str]:
        others = set()
        for nodes, values in inputs:
            kind = np.where(values.kind == Kind.LINK, Kind.HANDLE, values.kind).tolist()
            keys = list(zip(kind, values.code.tolist(), strict=True))
            held = {k for k, n in zip(keys, values.node.tolist(), strict=True) if nodes.node_id[n] in asked}
            others |= {nodes.node_id[n] for k, n in zip(keys, values.node.tolist(), strict=True) if k in held}
        return others

    return found


def _beside(result: Resolution) -> Any:
    """Who is linked with these, or of one customer with them."""
    linked = [(r["left"], r["right"]) for r in result.edges.rows() if r["status"] in ("joined", "cut")]

    def found(asked: set[str]) -> set[str]:
        customers = {result.memberships[n] for n in asked}
        others = {n for n, c in result.memberships.items() if c in customers}
        return others | {n for pair in linked if not asked.isdisjoint(pair) for n in pair}

    return found


@quick
@given(worlds)
def test_ids_lead_to_those_who_live(rows):
    world = build(rows)
    first = world.goes_on()
    world.policies = replace(world.policies, joined=0.5)
    second = world.goes_on()
    live = set(second.memberships.values())
    for customer in first.customers:
        now, seen = customer, set()
        while (merged := second.customers[now].merged_into) and now not in seen:
            seen.add(now)
            now = merged
        assert now in live
    assert dict(world.run(Previous()).memberships).keys() == dict(second.memberships).keys()


def _groups(memberships: Any) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for member, customer in memberships.items():
        groups.setdefault(customer, set()).add(member)
    return {frozenset(g) for g in groups.values()}
