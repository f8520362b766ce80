"""Certain links: what joins by itself, and what looks certain and is not."""

from __future__ import annotations

import pytest

from tests.identify.world import World, edge, people, together_


def test_a_number_of_the_crm_joins_and_another_number_blocks():
    world = World()
    one, two = world.crm("1001", "Ada Quill"), world.crm("1002", "Ben Marlow")
    mail = world.account("mail:1", "Ada Quill", customer_number=("shop/1001", "declared"))
    forum = world.account("forum:1", customer_number=("shop/1002", "declared"), handle="benm")
    world.holds(mail, "email", "x", "verified")
    world.holds(forum, "email", "x", "verified")
    result = world.run()
    assert people(result) == {frozenset({one, mail}), frozenset({two, forum})}
    assert edge(result, mail, forum)["status"] == "blocked"


def test_two_crms_may_issue_one_number():
    world = World()
    a, b = world.crm("1001", "Ada Quill", site="shop"), world.crm("1001", "Ben Marlow", site="store")
    account = world.account("mail:1", "Ben Marlow", customer_number=("store/1001", "declared"))
    assert people(world.run()) == {frozenset({b, account})}
    assert not together_(world.run(), a, b)


def test_one_person_has_numbers_of_two_crms():
    world = World()
    a = world.crm("1", "Ada Quill", site="shop", email=("q", "verified"))
    b = world.crm("7", "Ada Quill", site="store", email=("q", "verified"))
    assert together_(world.run(), a, b)


def test_a_number_that_changed_is_no_contradiction():
    world = World()
    a = world.crm("1", "Ada Quill", email=("q", "verified"))
    b = world.crm("2", "Quill Ada", email=("q", "verified"))
    other = world.crm("3", "Ben Marlow", email=("q", "verified"))
    result = world.run()
    assert together_(result, a, b)
    assert not together_(result, a, other)


def test_a_number_typed_by_anybody_joins_nobody_by_itself():
    world = World()
    world.crm("1001", "Ada Quill")
    world.account("forum:1", handle="somebody", customer_number="shop/1001")
    assert not people(world.run())


@pytest.mark.parametrize("kind", ["email", "order_number"])
def test_verified_addresses_and_orders_join(kind):
    world = World()
    a = world.account("mail:1", "Ada Quill", **{kind: ("v", "verified")})
    b = world.account("reviews:1", handle="aq", **{kind: ("v", "verified")})
    assert together_(world.run(), a, b)


def test_a_declared_handle_joins_the_account():
    world = World()
    row = world.crm("1", "Ada Quill", handles=["x/nightowl"])
    account = world.account("x:9", handle="nightowl")
    other = world.account("forum:9", handle="nightowl")
    result = world.run()
    assert together_(result, row, account)
    assert not together_(result, row, other)


def test_links_both_ways_join_and_one_way_asks():
    world = World()
    a = world.account("x:1", handle="blueheron", link="forum/marshbird")
    b = world.account("forum:1", handle="marshbird", link="x/blueheron")
    fan = world.account("mastodon:1", handle="somefan", link="x/blueheron")
    result = world.run()
    assert together_(result, a, b)
    assert not together_(result, a, fan)
    assert edge(result, a, fan)["status"] == "review"


def test_rel_me_joins():
    world = World()
    a = world.account("mastodon:1", handle="blueheron", link=("x/marshbird", "verified"))
    b = world.account("x:1", handle="marshbird")
    assert together_(world.run(), a, b)


def test_sites_that_may_not_be_joined_stand_in_no_pair():
    world = World()
    a = world.account("reddit:1", "Ada Quill", "zephyrquillfeather", email=("v", "verified"), can_join=False)
    world.account("mail:1", "Ada Quill", email=("v", "verified"))
    world.account("x:1", "Ada Quill", "zephyrquillfeather")
    result = world.run()
    assert not people(result)
    assert all(a not in (row["left"], row["right"]) for row in result.edges.rows())
    assert a in result.memberships
