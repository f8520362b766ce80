"""What people decide: it holds at every union, survives new evidence and a full run, and can be taken back."""

from __future__ import annotations

from flows.identify.contract import Previous
from tests.identify.world import World, edge, people, together_


def test_same_joins_whatever_the_weight():
    world = World()
    a, b = world.account("x:1", "Ada Quill", "aq"), world.account("forum:1", handle="owl")
    assert not people(world.goes_on())
    world.says("same", a, b)
    result = world.goes_on()
    assert together_(result, a, b)
    assert edge(result, a, b)["rule"] == "decided_same"


def test_different_holds_against_certain_evidence_and_against_every_way_around():
    world = World()
    a = world.account("mail:1", "Ada Quill", email=("v", "verified"))
    b = world.account("x:1", "Ada Quill", "aq", email=("v", "verified"))
    world.says("different", b, a)
    assert not together_(world.goes_on(), a, b)
    world.account("forum:1", "Ada Quill", "q", email=("v", "verified"))
    world.account("mail:2", "Ada Quill", order_number=("o", "verified"), email=("v", "verified"))
    world.holds(a, "order_number", "o", "verified")
    world.holds(b, "order_number", "o", "verified")
    result = world.goes_on()
    assert not together_(result, a, b)
    assert "never_together" in {row["rule"] for row in result.edges.rows()}
    assert not together_(world.run(Previous()), a, b)


def test_unmerge_then_run_again():
    world = World()
    a = world.account("mail:1", email=("v", "verified"))
    b = world.account("x:1", handle="aq", email=("v", "verified"))
    world.goes_on()
    decision = world.says("different", a, b)
    first = world.goes_on()
    assert first.memberships == world.goes_on().memberships
    assert not together_(first, a, b)
    world.takes_back(decision)
    assert together_(world.goes_on(), a, b)


def test_the_last_word_on_a_pair_stands_and_an_undo_of_an_undo():
    world = World()
    a, b = world.account("x:1", handle="one"), world.account("forum:1", handle="two")
    world.says("different", a, b)
    last = world.says("same", a, b)
    assert together_(world.run(), a, b)
    undo = world.takes_back(last)
    assert not together_(world.run(), a, b)
    world.takes_back(undo)
    assert together_(world.run(), a, b)


def test_a_decision_that_newer_ones_contradict_is_told():
    world = World()
    a, b, c = (world.account(f"site{n}:1", handle=h) for n, h in enumerate(["one", "two", "three"]))
    old = world.says("same", a, b)
    world.says("same", b, c)
    world.says("different", a, c)
    result = world.run()
    assert result.contradicted == [old]
    assert together_(result, b, c)
    assert not together_(result, a, c)
    assert edge(result, a, b)["rule"] == "contradicted_later"


def test_decisions_go_beyond_limits_and_around_the_gate():
    world = World()
    nodes = [world.account(f"x:{n}", handle=f"owner{n}") for n in range(4)]
    row = world.crm("1", "Ada Quill")
    for node in nodes:
        world.says("same", node, row)
    assert together_(world.run(), row, *nodes)


def test_two_rows_of_the_crm_joined_by_a_person():
    world = World()
    a, b = world.crm("1", "Ada Quill"), world.crm("2", "Ada Quill-Marlow")
    world.says("same", a, b)
    assert together_(world.run(), a, b)
