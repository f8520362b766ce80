"""What people decide of who is who: seen at once, in force at the next refresh, taken back without a trace."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from flows.errors import VigieError
from flows.warehouse.identity import decisions, looking
from tests.helpers.house import House
from tests.marts.test_customers import crm, customers, messages, said

BY = decisions.Said("Nora Essai")
NOW = "select account_id, customer_id, is_pending from marts.customer_accounts_now"
SAME = {"verified_email": "ann@home.example"}


def decide(house: House, verdict: decisions.Verdict, one: str, other: str) -> int:
    return decisions.decide(house.connection, verdict, [(one, other)], BY).numbers[0]


def ids(house: House) -> dict[str, str]:
    return dict(house.query("select account_id, customer_id from marts.customer_accounts"))


def test_who_is_said_to_be_one_is_one_until_that_is_taken_back(warehouse: House) -> None:
    # Given two accounts that nothing joins
    messages(warehouse, "board", said("ann", display_name="Ann Roy", posted_at="2026-10-01T10:00:00Z"))
    messages(warehouse, "post", said("zed", display_name="Q"))
    warehouse.refresh()
    before, fields = ids(warehouse), warehouse.rows("marts.dim_customers")
    assert len(set(before.values())) == 2

    # When a person says that they are one, then the view shows it before any refresh
    number = decide(warehouse, "same", "post:zed", "board:ann")
    shown = {account: (customer, pending) for account, customer, pending in warehouse.query(NOW)}
    (survivor,) = {customer for customer, _ in shown.values()}
    assert survivor in before.values()
    assert sum(pending for _, pending in shown.values()) == 1

    # And the marts at the next one, with the id that the view gave; a full one changes nothing
    warehouse.refresh()
    assert set(ids(warehouse).values()) == {survivor}
    assert set(dict(warehouse.query("select account_id, how from marts.customer_accounts")).values()) == {
        "decision"
    }
    warehouse.assert_equals_rebuild()
    (lost,) = set(before.values()) - {survivor}
    led = dict(warehouse.query("select customer_id, current_customer_id from marts.customer_redirects"))
    assert led[lost] == survivor

    # And taking it back gives back every id and every field
    decisions.undo(warehouse.connection, [number], BY)
    warehouse.refresh()
    assert ids(warehouse) == before
    assert warehouse.rows("marts.dim_customers") == fields
    warehouse.assert_equals_rebuild()


def test_who_is_said_never_to_be_one_stays_apart_whatever_comes(warehouse: House) -> None:
    # Given two accounts that share a verified address
    messages(warehouse, "board", said("ann", **SAME))
    messages(warehouse, "post", said("bob", **SAME))
    assert {c for c, _ in customers(warehouse).values()} == {"board:ann"}
    together = ids(warehouse)

    # When a person says that they are two, then the view takes them apart at once, and the marts at a refresh
    number = decide(warehouse, "not_same", "board:ann", "post:bob")
    shown = {account: customer for account, customer, _ in warehouse.query(NOW)}
    assert len(set(shown.values())) == 2
    warehouse.refresh()
    apart = ids(warehouse)
    assert len(set(apart.values())) == 2

    # And no new evidence brings them together again
    for site, name in (("board", "ann"), ("post", "bob")):
        messages(warehouse, site, said(name, customer_number="CT1"), said(name, verified_email="both@home.example"))
    warehouse.refresh()
    assert len(set(ids(warehouse).values())) == 2
    warehouse.refresh(full=True)
    assert len(set(ids(warehouse).values())) == 2

    # And taken back they are the customer that they were
    decisions.undo(warehouse.connection, [number], BY)
    warehouse.refresh()
    assert set(ids(warehouse).values()) == set(together.values())
    warehouse.assert_equals_rebuild()


def test_a_value_that_a_person_blocks_joins_nobody(warehouse: House) -> None:
    for site in ("board", "post", "desk"):
        messages(warehouse, site, said("ann", **SAME))
    assert {c for c, _ in customers(warehouse).values()} == {"board:ann"}

    number = decisions.block(warehouse.connection, "email", " Ann@Home.example", BY)
    assert len({c for c, _ in customers(warehouse).values()}) == 3
    warehouse.assert_equals_rebuild()

    decisions.undo(warehouse.connection, [number], BY)
    assert {c for c, _ in customers(warehouse).values()} == {"board:ann"}
    with pytest.raises(VigieError, match="no account and no row"):
        decisions.block(warehouse.connection, "email", "nobody@home.example", BY)


def test_a_pinned_name_goes_before_that_of_every_source(warehouse: House) -> None:
    crm(warehouse, {"customer_number": "CT1", "name": "ROY A."})
    warehouse.refresh()
    number = decisions.pin(warehouse.connection, "crm:crm-file:CT1", "name", "Ann Roy", BY)
    warehouse.refresh()
    assert warehouse.value("select name from marts.dim_customers") == "Ann Roy"
    warehouse.assert_equals_rebuild()

    decisions.undo(warehouse.connection, [number], BY)
    warehouse.refresh()
    assert warehouse.value("select name from marts.dim_customers") == "ROY A."


def test_five_hundred_decisions_of_a_file_are_kept_and_what_cannot_be_is_told(
    warehouse: House, tmp_path: Path
) -> None:
    messages(warehouse, "board", *(said(f"u{n}", display_name=f"w{n}") for n in range(501)))
    warehouse.refresh()
    file = tmp_path / "pairs.csv"
    pairs = [f"board:u{n},board:u{n + 250},seen in the shop" for n in range(250)]
    file.write_text(
        "\n".join(["one,other,reason", *pairs, *pairs, "board:u1,board:nobody,", "board:u500,board:u500,"])
    )

    kept = decisions.decide_file(warehouse.connection, "same", file, BY)

    assert (len(kept.numbers), kept.known, len(kept.rejected)) == (250, 250, 2)
    assert kept.rejected[0].startswith("line 502: board:nobody: no account")
    customers_now = "select count(distinct customer_id) from marts.customer_accounts_now"
    assert warehouse.value(customers_now) == 251
    warehouse.refresh()
    assert len(set(ids(warehouse).values())) == 251


def test_a_customer_is_found_and_shown_by_every_name_and_explained(warehouse: House) -> None:
    messages(warehouse, "board", said("ann", display_name="Ann Roy", **SAME))
    messages(warehouse, "post", said("a1", channel="mail", **SAME), said("zed", channel="mail"))
    crm(warehouse, {"customer_number": "CT1", "name": "Ann Roy", "verified_email": "ann@home.example"})
    warehouse.refresh()
    customer = ids(warehouse)["board:ann"]

    for words in ("roy", "CT1", "ct1", "ANN@home.example", "board:ann", customer):
        assert [row["customer_id"] for row in looking.find(warehouse.connection, words, 5)] == [customer], words
    for name in ("board:ann", "post:a1", "crm:crm-file:CT1", customer):
        shown = looking.show(warehouse.connection, name, is_whole=True)
        assert shown["customer"]["customer_id"] == customer
    assert {row["account_id"] for row in shown["accounts"]} == {"board:ann", "post:a1"}
    assert len(shown["timeline"]) == 2

    why = looking.explain(warehouse.connection, "post:a1", "board:ann")
    assert why.is_one_customer and why.edge
    assert why.edge["status"] == "joined"
    assert sum(why.edge["evidence"].values()) == pytest.approx(float(why.edge["bits"]), abs=0.1)
    assert not looking.explain(warehouse.connection, "post:zed", "board:ann").is_one_customer
    with pytest.raises(VigieError, match="no account"):
        looking.show(warehouse.connection, "board:nobody")


def test_who_was_whose_is_known_as_of_any_moment(warehouse: House) -> None:
    messages(warehouse, "board", said("ann", **SAME))
    messages(warehouse, "post", said("bob"))
    warehouse.refresh()
    before, then = ids(warehouse), warehouse.value("select clock_timestamp()")

    messages(warehouse, "post", said("bob", id="m2", **SAME))
    warehouse.refresh()

    at = "select account_id, customer_id, current_customer_id from marts.customer_accounts_at(%s)"
    was = {account: (customer, now) for account, customer, now in warehouse.query(at, then)}
    assert {account: customer for account, (customer, _) in was.items()} == before
    assert {now for _, now in was.values()} == set(ids(warehouse).values())
    assert warehouse.query("select distinct kind from marts.customer_events order by 1") == [
        ("created",),
        ("merged",),
    ]


def test_who_was_erased_is_not_put_together_again(warehouse: House) -> None:
    messages(warehouse, "board", said("ann", **SAME))
    warehouse.connection.execute(
        "insert into identity.suppressions (value_hash, key_version, kind)"
        " values (identity.keyed_hash('account:post:bob'), 1, 'account'),"
        " (identity.keyed_hash('gone@home.example'), 1, 'identifier')"
    )
    messages(warehouse, "post", said("bob", **SAME), said("kim", verified_email="gone@home.example"))

    assert len({c for c, _ in customers(warehouse).values()}) == 3
    masked = "select count(*) from marts.customer_identifiers where account_id = 'post:kim'"
    assert warehouse.value(masked) == 0
    warehouse.assert_equals_rebuild()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 4))
def test_decisions_in_any_history_equal_a_rebuild(warehouse: House, seed: int) -> None:
    random_ = random.Random(seed)
    accounts = [f"{site}:u{n}" for site in ("board", "post") for n in range(4)]
    kept: list[int] = []
    for round_ in range(6):
        for account in random_.sample(accounts, 4):
            site, name = account.split(":")
            email = random_.choice(["", "a@x.example", "b@x.example"])
            messages(warehouse, site, said(name, id=f"m{name}", verified_email=email))
        warehouse.refresh()
        known = sorted(ids(warehouse))
        if len(known) > 2:
            verdict: decisions.Verdict = random_.choice(["same", "not_same"])
            one, other = random_.sample(known, 2)
            kept += decisions.decide(warehouse.connection, verdict, [(one, other)], BY).numbers
        if kept and random_.random() < 0.4:
            decisions.undo(warehouse.connection, [random_.choice(kept)], BY)
        warehouse.refresh()
        if round_ in {2, 5}:
            warehouse.assert_equals_rebuild(f"seed {seed}, round {round_}")
