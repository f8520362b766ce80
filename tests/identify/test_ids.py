"""Ids: drawn once, kept through merges and splits, given back when these are undone; every id leads somewhere."""

from __future__ import annotations

from flows.identify.ids import leads_to
from flows.identify.values import coded
from tests.identify.world import World, people, together_


def _two(world: World) -> tuple[str, str, str, str]:
    a1 = world.account("mail:1", email=("a", "verified"))
    a2 = world.account("x:1", handle="aone", email=("a", "verified"))
    b1 = world.account("mail:2", email=("b", "verified"))
    b2 = world.account("x:2", handle="btwo", email=("b", "verified"))
    return a1, a2, b1, b2


def test_nothing_happens_without_a_cause():
    world = World()
    _two(world)
    first = world.goes_on()
    again = world.goes_on()
    assert again.memberships == first.memberships
    assert not again.events


def test_the_oldest_survives_a_merge_and_undo_gives_both_ids_back():
    world = World()
    a1, a2, b1, b2 = _two(world)
    before = world.goes_on()
    decision = world.says("same", a2, b2)
    merged = world.goes_on()
    assert merged.memberships[b1] == before.memberships[a1]
    assert [(e.what, e.customer_id, e.other) for e in merged.events] == [
        ("merged", before.memberships[a1], before.memberships[b1])
    ]
    assert leads_to(merged.customers, before.memberships[b1]) == before.memberships[a1]
    world.takes_back(decision)
    after = world.goes_on()
    assert after.memberships == before.memberships
    assert [e.what for e in after.events] == ["revived"]
    assert not after.customers[before.memberships[b1]].merged_into


def test_undo_gives_ids_back_though_the_loser_was_larger():
    world = World()
    a = world.account("forum:9", handle="first")
    a1, _, b1, _ = _two(world)
    world.account("forum:2", handle="third", email=("a", "verified"))
    before = world.goes_on()
    decision = world.says("same", a, a1)
    merged = world.goes_on()
    assert merged.memberships[a1] == before.memberships[a]
    world.takes_back(decision)
    assert world.goes_on().memberships == before.memberships
    assert before.memberships[b1] not in (before.memberships[a], before.memberships[a1])


def test_the_customer_of_the_crm_survives_a_merge_with_an_older_one():
    world = World()
    a = world.account("mail:1", "Ada Quill", email=("a", "verified"))
    row = world.crm("1", "Ada Quill")
    before = world.goes_on()
    decision = world.says("same", a, row)
    merged = world.goes_on()
    assert merged.memberships[a] == before.memberships[row]
    assert merged.anchors == {before.memberships[row]: row}
    world.takes_back(decision)
    assert world.goes_on().memberships == before.memberships


def test_merges_on_merges_are_undone_in_any_order():
    world = World()
    nodes = [world.account(f"site{n}:1", handle=f"person{n}x") for n in range(4)]
    before = world.goes_on()
    decisions = [world.says("same", nodes[n], nodes[n + 1]) for n in (2, 0, 1)]
    for _ in range(2):
        world.goes_on()
    assert together_(world.run(), *nodes)
    for decision in (decisions[2], decisions[0], decisions[1]):
        world.takes_back(decision)
        world.goes_on()
    assert world.goes_on().memberships == before.memberships


def test_a_split_leaves_the_id_with_the_anchor_else_with_the_larger_part():
    world = World()
    row = world.crm("1", "Ada Quill", email=("a", "verified"))
    m = [world.account(f"site{n}:1", "Ada Quill", email=("a", "verified")) for n in range(3)]
    first = world.goes_on()
    assert together_(first, row, *m)
    for node in m:
        world.says("different", node, row)
    after = world.goes_on()
    assert after.memberships[row] == first.memberships[row]
    assert together_(after, *m)
    assert [(e.what, e.other) for e in after.events] == [("split", first.memberships[row])]


def test_a_late_account_bridges_two_old_customers():
    world = World()
    a1, _, b1, _ = _two(world)
    before = world.goes_on()
    late = world.account("forum:7", handle="late", email=[("a", "verified"), ("b", "verified")])
    merged = world.goes_on()
    assert together_(merged, a1, b1, late)
    assert merged.memberships[late] == before.memberships[a1]
    world.values = [v for v in world.values if v["node_id"] != late]
    after = world.goes_on()
    assert {n: after.memberships[n] for n in before.memberships} == dict(before.memberships)


def test_an_undo_gives_the_id_back_though_a_limit_had_parted_the_customer_meanwhile():
    world = World()
    first = world.account("mail:0", handle="somebody")
    a = world.account("mail:1", email=("a", "verified"))
    b = world.account("mail:2", email=("a", "verified"))
    before = world.goes_on()
    decision = world.says("same", first, a)
    between = world.goes_on()
    assert not together_(between, a, b)  # a third account of one platform
    world.takes_back(decision)
    assert world.goes_on().memberships == before.memberships


def test_a_person_erased_and_seen_again_is_somebody_new():
    world = World()
    a1, a2, _, _ = _two(world)
    before = world.goes_on()
    kept = [n for n in world.nodes if n["node_id"] != a1], [v for v in world.values if v["node_id"] != a1]
    world.nodes, world.values = kept
    assert world.goes_on().memberships[a2] == before.memberships[a2]
    assert people(world.run())


def test_another_key_of_the_hashes_changes_nobody():
    world = World()
    _two(world)
    world.crm("1", "Ada Quill", handles=["x/aone"])
    before = world.goes_on()
    world.values = [value | {"code": coded(f"another key/{value['code']}")} for value in world.values]
    after = world.goes_on()
    assert after.memberships == before.memberships
    assert not after.events


def test_run_again_nobody_moves_though_a_part_left_as_its_customer_was_merged():
    # Given two people of one CRM, each with a handle; then the CRM writes one as the other, without his handle
    world = World()
    world.account("board:ann", handle="ann")
    world.account("board:max", handle="max")
    world.crm("1", "Ann Roy", handles=["board/ann"])
    world.crm("2", "Max Roy", handles=["board/max"])
    world.goes_on()
    world.nodes[3]["name"] = "Ann Roy"
    world.values = [v for v in world.values if not (v["node_id"] == "crm:shop:2" and v["how_known"] == "declared")]
    world.says("same", "crm:shop:1", "crm:shop:2")
    once = world.goes_on()
    assert once.memberships["crm:shop:2"] == once.memberships["board:ann"]
    again = world.goes_on()
    assert (again.memberships, again.events) == (once.memberships, [])
