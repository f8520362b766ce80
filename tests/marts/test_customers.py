"""Who is one customer: only what is certain joins accounts, and incremental refreshes find what full ones do."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import pytest

from flows.identify.contract import Policies
from tests.helpers.house import House, assert_same_rows

Row = Mapping[str, Any]


def write(house: House, rows: Iterable[Row], mapping: str, name: str, **options: Any) -> None:
    rows = [*rows]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    path = house.folder / f"{mapping}-{uuid4().hex}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    house.load(path, mapping=mapping, name=name, **options)


def said(account: str, **given: Any) -> Row:
    return {"id": uuid4().hex, "account": account, "posted_at": "2026-11-01T10:00:00Z", "channel": "forum",
            "role": "customer", "body": "hello"} | given  # fmt: skip


def messages(house: House, site: str, *rows: Row, **options: Any) -> None:
    write(house, rows, "messages", site, **options)


def crm(house: House, *rows: Row) -> None:
    write(house, rows, "crm-customers", "crm-file")


def customers(house: House) -> dict[str, tuple[str, str]]:
    """By account its customer, called by the least account of it, and how they are known to be one."""
    house.refresh()
    return {
        a: (c, how) for a, c, how in house.named("select account_id, customer_id, how from marts.customer_accounts")
    }


def test_what_is_certain_joins_and_nothing_else(warehouse: House) -> None:
    # Given one address that the forum verified and the mail server knows, one that anyone may type, a phone
    messages(warehouse, "board",
             said("ann", verified_email="Ann@Home.example "), said("bob", email="ann@home.example"),
             said("kin", phone="+33 1 99 00 00 01"), said("num", customer_number="ct 7"))  # fmt: skip
    messages(warehouse, "post",
             said("a1", verified_email="ann@home.example", channel="mail"),
             said("k2", phone="0033199000001", channel="mail"))  # fmt: skip
    crm(warehouse, {"customer_number": "CT7", "name": "Num Erique", "handle:post": "@K2", "segment": "gold"},
        {"customer_number": "CT8", "name": "Only Known", "since": "2019-04-01"})  # fmt: skip

    assert customers(warehouse) == {
        "board:ann": ("board:ann", "verified_email"),
        "post:a1": ("board:ann", "verified_email"),
        "board:bob": ("board:bob", "single"),
        "board:kin": ("board:kin", "single"),
        "board:num": ("board:num", "customer_number"),
        "post:k2": ("board:num", "crm_handle"),
    }
    found = warehouse.named(
        "select customer_id, name, accounts, crm_number, segment from marts.dim_customers"
        " where crm_number is not null"
    )
    assert found == [
        ("board:num", "Num Erique", 2, "CT7", "gold"),
        ("crm:crm-file:CT8", "Only Known", 0, "CT8", None),
    ]
    warehouse.assert_equals_rebuild()


def test_addresses_are_kept_only_masked(warehouse: House) -> None:
    messages(warehouse, "board", said("ann", verified_email="claire@example.org", customer_number="CT00123"))
    warehouse.refresh()

    masked = dict(warehouse.query("select type, masked from marts.customer_identifiers"))

    assert masked == {"email": "c…@e….org", "customer_number": "…23"}
    for table, rows in warehouse.built().items():
        if table.startswith("marts."):
            assert not any("claire@" in text for text in rows), table


def test_two_customer_numbers_are_never_one_customer(warehouse: House) -> None:
    # Given two accounts that share an address and differ in their numbers
    messages(warehouse, "board", said("ann", verified_email="a@x.example", customer_number="CT1"),
             said("bea", verified_email="a@x.example", customer_number="CT2"))  # fmt: skip

    # Then neither is joined, and it says why
    assert customers(warehouse) == {"board:ann": ("board:ann", "single"), "board:bea": ("board:bea", "single")}
    evidence = {text for (text,) in warehouse.query("select evidence from marts.customer_accounts")}
    assert evidence == {"two customer numbers, not joined: email a…@x….example"}


@pytest.mark.slow
def test_a_value_that_more_than_forty_share_joins_nobody(warehouse: House) -> None:
    def holder(number: int, address: str = "lou@x.example") -> None:
        site = f"board{number // 2:02d}"
        messages(warehouse, site, said(f"u{number:02d}", id=f"m{number:02d}", verified_email=address))

    # Given forty accounts of one address, two on a site: customers of as many accounts as one may have
    for number in range(40):
        holder(number)
    forty = customers(warehouse)
    sizes = Counter(customer for customer, _ in forty.values())
    assert max(sizes.values()) == Policies().most_accounts
    assert sum(n == 1 for n in sizes.values()) <= 1

    # When one more gives it, then all stand alone
    holder(40)
    assert len({customer for customer, _ in customers(warehouse).values()}) == 41
    incremental = warehouse.built()

    # And when that one takes it back they are who they were
    holder(40, "")
    again = customers(warehouse)
    assert {account: again[account] for account in forty} == forty
    assert incremental != warehouse.assert_equals_rebuild()


@pytest.mark.slow
def test_conversations_show_the_customer_that_accounts_became(warehouse: House) -> None:
    # Given two accounts in two threads, refreshed
    messages(warehouse, "board", said("ann", id="m1"), said("bob", id="m2"))
    warehouse.refresh()

    # When the CRM says that both are one
    crm(warehouse, {"customer_number": "CT1", "name": "Ann Bob", "handle:board": "ann"})
    messages(warehouse, "board", said("bob", id="m3", customer_number="CT1", posted_at="2026-11-02T10:00:00Z"))
    warehouse.refresh()

    # Then every fact shows it, those of threads that nobody wrote in too
    for table in ("fct_messages", "fct_conversations", "fct_waits"):
        assert warehouse.named(f"select distinct customer_id from marts.{table}") == [("board:ann",)], table
    assert warehouse.query("select waits, open_waits, accounts from marts.dim_customers") == [(3, 3, 2)]
    kinds = "select customer_id, kind, count(*) from marts.customer_timeline group by 1, 2"
    assert warehouse.named(kinds) == [("board:ann", "message", 3)]
    warehouse.assert_equals_rebuild()


def random_step(random_: random.Random) -> tuple[list[Row], list[Row], list[Row], list[str]]:
    """Accounts that gain and lose identifiers, a CRM that changes, surveys, and messages that vanish."""

    def who() -> dict[str, str]:
        return {
            "verified_email": random_.choice(["", "", *(f"p{n}@x.example" for n in range(5))]),
            "customer_number": random_.choice(["", "", "", *(f"CT{n}" for n in range(3))]),
            "email": "free@x.example",
        }

    accounts = [f"u{n}" for n in range(9)]
    wrote = [
        said(a, id=f"m{a}{n}", thread=random_.choice(["", "t"]), rating=random_.choice(["", "4"]), **who())
        for a in random_.sample(accounts, 4)
        for n in random_.sample(range(2), 1)
    ]
    file = [
        {"customer_number": f"CT{n}", "name": random_.choice(["Ann", "Bea"]),
         "verified_email": random_.choice(["", f"p{random_.randrange(5)}@x.example"]),
         "handle:board": random_.choice(["", *accounts])}
        for n in random_.sample(range(4), 2)
    ]  # fmt: skip
    surveys = [
        {"id": f"s{n}", "account": f"v{n}", "channel": "survey", "kind": "nps", "value": random_.choice(["", "9"]),
         "asked_at": "2026-11-03T10:00:00Z", **who()}
        for n in random_.sample(range(4), 2)
    ]  # fmt: skip
    return wrote, file, surveys, random_.sample([f"m{a}{n}" for a in accounts for n in range(2)], 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 8))
def test_identifiers_that_come_and_go_equal_a_rebuild(warehouse: House, seed: int) -> None:
    random_ = random.Random(seed)
    for round_ in range(6):
        wrote, file, surveys, removed = random_step(random_)
        messages(warehouse, "board", *wrote)
        crm(warehouse, *file)
        write(warehouse, surveys, "ratings", "nps")
        warehouse.remove(*removed, site="board")
        warehouse.refresh()
        if round_ in {2, 5}:
            incremental = warehouse.built()
            warehouse.refresh(full=True)
            assert_same_rows(incremental, warehouse.built(), f"seed {seed}, round {round_}")


def test_surveys_without_an_account_are_nobody_s_alike(warehouse: House) -> None:
    rows = [
        f"r{n},survey,nps,9,2026-11-0{n}T10:00:00Z,{who}@home.example" for n, who in enumerate(("ann", "bea"), 1)
    ]
    file = warehouse.folder / "survey.csv"
    file.write_text("\n".join(["id,channel,kind,value,rated_at,verified_email", *rows]) + "\n", encoding="utf-8")
    warehouse.load(file, mapping="ratings", name="survey")
    warehouse.refresh()

    assert warehouse.value("select count(distinct customer_id) from identity.memberships") == 2
    assert warehouse.query("select one, other, evidence from identity.edges") == []
