"""Rows full of slips, handles made of names, names in their many ways: found, and nobody merged for it."""

from __future__ import annotations

import pytest

from bench.identity.real import directory, recognised
from bench.identity.slips import rows
from bench.identity.tongues import KINDS, told
from tests.identify.world import World, edge, people, together_


def test_a_directory_of_slips():
    made = rows(250, seed=41)
    columns = ("first_name", "surname", "dob", "city", "email")
    nodes, values, person = directory(
        dict(zip(columns, (r.given, r.family, r.born, r.town, r.email), strict=True))
        | {"unique_id": n, "cluster": r.person}
        for n, r in enumerate(made)
    )
    figures = recognised(nodes, values, person, population=len(made), each=3.0)
    assert figures.precision >= 0.99
    assert figures.recall >= 0.75


def test_a_slip_in_both_names_on_one_birth_date():
    world = World()
    a = world.account("file:1", "Zephyrine Quillfeather", birth_date="1971-06-24", town="Alba")
    b = world.account("file:2", "Zephrine Quilfaether", birth_date="1971-06-24", town="Albba")
    c = world.account("file:3", "Ben Marlow", birth_date="1971-06-24", town="Alba")
    result = world.run()
    assert together_(result, a, b)
    assert not together_(result, a, c)


def test_a_slip_in_an_address_is_found_by_what_is_left_of_it():
    world = World()
    a, b = world.account("file:1", "Ada Quill"), world.account("file:2", "Ada Quill")
    for node, local in ((a, "quillada71"), (b, "qullada71")):
        for n in range(len(local)):
            world.holds(node, "email_near", local[:n] + local[n + 1 :])
        world.holds(node, "email_near", local)
    assert edge(world.run(), a, b)["evidence"]["email_part"] > 0


def test_near_birth_dates_are_near_however_many_share_a_part():
    world = World()
    for n in range(60):
        node = world.account(f"file:{n}", f"Person{chr(97 + n % 26)}{chr(97 + n // 26)} Other", birth_date=f"{n}")
        world.holds(node, "birth_part", "2/1971-06")
    a = world.account("file:a", "Zephyrine Quillfeather", birth_date="1971-06-24")
    b = world.account("file:b", "Zephyrine Quillfeather", birth_date="1971-06-25")
    for node in (a, b):
        world.holds(node, "birth_part", "2/1971-06")
    assert edge(world.run(), a, b)["evidence"]["birth_date"] > 0


def test_a_row_of_a_name_and_an_account_called_by_it():
    world = World()
    row = world.account("directory:1", "Zephyrine T. Quillfeather")
    account = world.account("x:1", handle="RepZephyrineQuillfeather")
    named = world.account("forum:1", "Someone Else", "zephyrinequillfeather")
    result = world.run()
    assert together_(result, row, account)
    assert not together_(result, row, named)


def test_a_row_of_the_crm_is_not_joined_by_a_handle_that_anybody_can_take():
    world = World()
    row = world.crm("1", "Zephyrine Quillfeather")
    account = world.account("x:1", handle="zephyrinequillfeather")
    result = world.run()
    assert not together_(result, row, account)
    assert edge(result, row, account)["rule"] == "pseudonymous_to_named"


def test_accounts_of_two_customers_tell_together_what_no_pair_tells():
    # Given two accounts of one person, and a third with the birth date of the one and the telephone of the other
    world = World()
    a = world.account("mail:1", "Ada Quill", email=("a@", "verified"), birth_date="1971-06-24")
    b = world.account("forum:1", "Ada Quill", email=("a@", "verified"), phone="p")
    c = world.account("reviews:1", birth_date="1971-06-24", phone="p")
    without = World([n for n in world.nodes if n["node_id"] != b], [v for v in world.values if v["node_id"] != b])

    # Then each pair is a question, and all together are none
    assert edge(without.run(), a, c)["status"] == "review"
    result = world.run()
    assert together_(result, a, b, c)
    assert 0 < edge(result, b, c)["bits"] < 6.63
    assert edge(result, b, c)["rule"] == "by_others"


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_every_kind_in_homes_that_share_a_telephone(kind: str):
    one = told(kind, seed=5)
    assert one.figures.precision >= 0.995
    assert one.at_home <= 0.002
    assert one.figures.recall >= 0.7


def test_names_in_latin_letters_are_one_however_they_are_written():
    world = World()
    for n, (one, two) in enumerate([("Hussein Al-Zani", "Hosein Al Zani"), ("Abdallah Benali", "BENALI Abdullah")]):
        world.account(f"mail:{n}", one, phone=f"p{n}")
        world.account(f"reviews:{n}", two, phone=f"p{n}")
    assert len(people(world.run())) == 2
