"""Small archives of a help desk, with the figures that a person counts by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import of_period, values
from tests.marts.test_customers import crm, messages, said, write

WHO = "select account_id, customer_id from marts.customer_accounts"


@pytest.fixture
def figures(data: Path) -> Path:
    return data / "cases" / "figures"


def test_statuses_of_a_source_do_not_change_which_of_its_messages_wait(warehouse: House, figures: Path) -> None:
    warehouse.load(figures / "F01_desk.csv", name="desk")
    warehouse.refresh()
    assert warehouse.value("select count(*) from marts.fct_waits") == 5

    warehouse.load(figures / "F01_desk_statuses.csv", name="desk", mapping="statuses")
    warehouse.refresh()

    assert warehouse.value("select count(*) from marts.fct_waits") == 5
    assert warehouse.query("select answerable, owned from ops.sources") == [("all", False)]


def test_a_corrected_status_takes_the_place_of_the_one_before(warehouse: House, figures: Path) -> None:
    resolved = "select resolution_minutes::int, resolutions, reopens from marts.fct_conversations"
    warehouse.load(figures / "F07_messages.csv", name="desk")
    warehouse.load(figures / "F07_statuses.csv", name="desk", mapping="statuses")
    warehouse.refresh()
    assert warehouse.query(resolved) == [(180, 1, 0)]

    warehouse.load(figures / "F07_statuses_corrected.csv", name="desk", mapping="statuses")
    warehouse.refresh()
    assert warehouse.query(resolved) == [(540, 1, 0)]
    warehouse.assert_equals_rebuild()

    # And what the desk does next in a file of its own is no correction
    later = [
        {"thread": "t1", "status": "open", "at": "2026-03-03T09:00:00Z"},
        {"thread": "t1", "status": "resolved", "at": "2026-03-03T12:00:00Z"},
    ]
    write(warehouse, later, "statuses", "desk")
    warehouse.refresh()
    assert warehouse.query("select resolved_at::text, reopened_at::text from marts.fct_resolutions order by 1") == [
        ("2026-03-02 18:00:00+00", "2026-03-03 09:00:00+00"),
        ("2026-03-03 12:00:00+00", None),
    ]


def test_a_desk_that_resolves_again_what_the_customer_wrote_since_corrects_nothing(warehouse: House) -> None:
    # Given a thread that was resolved, and its customer, who wrote again: desks open it without a word
    asked = [
        {"id": "q1", "account": "ann", "thread": "t1", "posted_at": "2026-03-02T09:00:00Z"},
        {"id": "q2", "account": "ann", "thread": "t1", "posted_at": "2026-03-03T09:00:00Z"},
    ]
    resolved = [{"thread": "t1", "status": "resolved", "at": f"2026-03-0{day}T12:00:00Z"} for day in (2, 3)]
    warehouse.load_rows(asked, name="desk")
    write(warehouse, resolved[:1], "statuses", "desk")
    warehouse.refresh()

    # When the next day's export says that it is resolved, and the export of all there is says both
    write(warehouse, resolved[1:], "statuses", "desk")
    warehouse.refresh()
    write(warehouse, resolved, "statuses", "desk")
    warehouse.refresh()

    # Then it was resolved twice, three hours after each message
    assert warehouse.query("select resolution_minutes::int from marts.fct_resolutions order by resolved_at") == [
        (180,), (180,)
    ]  # fmt: skip
    assert warehouse.query("select closing_kind, closed_at::text from marts.fct_waits order by opened_at") == [
        ("desk", "2026-03-02 12:00:00+00"), ("desk", "2026-03-03 12:00:00+00")
    ]  # fmt: skip
    warehouse.assert_equals_rebuild()


def test_one_number_of_two_crms_is_two_people(warehouse: House, figures: Path) -> None:
    for shop, customers in (("shopfr", "crm_fr"), ("shopus", "crm_us")):
        warehouse.load(figures / f"F05_{shop}.csv", name=shop)
        warehouse.load(figures / f"F05_{customers}.csv", name=customers, mapping="crm-customers")
    warehouse.refresh()

    assert warehouse.named("select customer_id, name, crm_number from marts.dim_customers") == [
        ("shopfr:ann", "Ann Dupont", "1001"),
        ("shopus:bob", "Bob Martin", "1001"),
    ]
    warehouse.assert_equals_rebuild()


@pytest.mark.parametrize("again", ["crm_2", "crm_1"], ids=["in another CRM", "in the same CRM"])
def test_a_number_that_changes_is_one_person(warehouse: House, figures: Path, again: str) -> None:
    warehouse.load(figures / "F06_board.csv", name="board")
    warehouse.load(figures / "F06_crm_1.csv", name="crm_1", mapping="crm-customers")
    warehouse.refresh()
    warehouse.load(figures / "F06_crm_2.csv", name=again, mapping="crm-customers")
    warehouse.refresh()

    found = warehouse.named("select customer_id, name, accounts, crm_number from marts.dim_customers")
    assert found == [("board:lou", "Lou Roy", 1, "N2")]
    warehouse.assert_equals_rebuild()


def test_a_number_that_an_account_gives_anew_ends_the_one_before(warehouse: House) -> None:
    crm(warehouse, {"customer_number": "N1", "name": "Lou Roy"}, {"customer_number": "N2", "name": "Eve Petit"})
    messages(warehouse, "board", said("lou", customer_number="N1"),
             said("lou", customer_number="N2", posted_at="2026-11-05T10:00:00Z"))  # fmt: skip
    warehouse.refresh()

    assert warehouse.named("select customer_id, name from marts.dim_customers") == [
        ("board:lou", "Eve Petit"),
        ("crm:crm-file:N1", "Lou Roy"),
    ]
    warehouse.assert_equals_rebuild()


def test_two_customers_of_one_crm_whose_names_differ_share_nothing(warehouse: House) -> None:
    # Given a household: one address in the CRM for two people, each with a handle, and an account of that address
    crm(warehouse,
        {"customer_number": "N1", "name": "Ann Roy", "verified_email": "home@roy.example", "handle:board": "ann"},
        {"customer_number": "N2", "name": "Max Roy", "verified_email": "home@roy.example", "handle:board": "max"},
        )  # fmt: skip
    messages(warehouse, "board", said("ann"), said("max"), said("kid", verified_email="home@roy.example"))
    warehouse.refresh()

    # Then each keeps the handle, and nobody is joined by the address
    assert warehouse.named("select customer_id, name from marts.dim_customers") == [
        ("board:ann", "Ann Roy"),
        ("board:kid", "kid"),
        ("board:max", "Max Roy"),
    ]
    # And once the CRM writes one of them as the other they are one
    crm(warehouse, {"customer_number": "N2", "name": "ROY Ann", "verified_email": "home@roy.example"})
    warehouse.refresh()
    assert warehouse.named("select customer_id, accounts from marts.dim_customers") == [
        ("board:ann", 2),
        ("board:max", 1),
    ]
    warehouse.assert_equals_rebuild()


JOINS = {
    ("customer_number", "CT1042"): True,
    ("customer_number", "7"): True,
    ("customer_number", "n.a."): False,
    ("customer_number", "Unknown"): False,
    ("customer_number", "9999999"): False,
    ("customer_number", "00000"): False,
    ("customer_number", "123456"): False,
    ("customer_number", "--"): False,
    ("verified_email", "lou@shop.example"): True,
    ("verified_email", "Infante@shop.example"): True,
    ("verified_email", "info@shop.example"): False,
    ("verified_email", "Contact.Paris@shop.example"): False,
    ("verified_email", "noreply@shop.example"): False,
}


def test_shared_boxes_and_placeholders_join_nobody(warehouse: House, figures: Path) -> None:
    # Given a real archive of such numbers, and two accounts for each value
    warehouse.load(figures / "F15_placeholder.csv", name="shop")
    pairs = [(f"{n}a", f"{n}b") for n in range(len(JOINS))]
    rows = [said(one, **{kind: value}) for pair, (kind, value) in zip(pairs, JOINS, strict=True) for one in pair]
    messages(warehouse, "board", *rows)
    warehouse.refresh()

    customer_of = dict(warehouse.query("select account_id, customer_id from marts.customer_accounts"))
    found = {
        given: customer_of[f"board:{one}"] == customer_of[f"board:{other}"]
        for given, (one, other) in zip(JOINS, pairs, strict=True)
    }
    assert found == JOINS
    assert len({customer_of[f"shop:u{n}"] for n in range(1, 5)}) == 4


def test_an_address_of_three_accounts_of_one_site_is_a_box(warehouse: House) -> None:
    address = {"verified_email": "desk3@shop.example"}
    messages(warehouse, "board", said("u1", **address), said("u2", **address))
    messages(warehouse, "post", said("u9", **address))
    warehouse.refresh()
    assert {customer for _, customer in warehouse.named(WHO)} == {"board:u1"}

    messages(warehouse, "board", said("u3", **address))
    warehouse.refresh()
    assert all(account == customer for account, customer in warehouse.named(WHO))
    warehouse.assert_equals_rebuild()


def test_nps_speaks_of_the_values_as_they_were_asked(warehouse: House, figures: Path) -> None:
    warehouse.load(figures / "F08_nps_1_to_10.csv", name="survey", mapping="ratings")
    warehouse.refresh()
    found = of_period(warehouse, "2026-03-02", "2026-03-02")
    assert values(found, "nps", "n:nps", "promoters", "passives", "detractors") == (Decimal("16.667"), 6, 3, 1, 2)


def test_anonymous_answers_count_and_are_nobodys(warehouse: House) -> None:
    given = {"channel": "survey", "kind": "nps", "rated_at": "2026-11-01T10:00:00Z"}
    write(warehouse, [given | {"id": f"s{n}", "value": str(n)} for n in (3, 9, 10)], "ratings", "survey")
    warehouse.refresh()

    assert values(of_period(warehouse, "2026-11-01", "2026-11-01"), "nps", "n:nps") == (Decimal("33.333"), 3)
    assert warehouse.query("select count(*), count(customer_id) from marts.fct_ratings") == [(3, 0)]
    assert warehouse.value("select count(*) from marts.dim_customers") == 0

    # And one that is taken back is gone
    write(warehouse, [given | {"id": "s3", "value": "8"}], "ratings", "survey")
    warehouse.refresh()
    assert values(of_period(warehouse, "2026-11-01", "2026-11-01"), "nps") == (Decimal("66.667"),)
    warehouse.assert_equals_rebuild()


def test_an_answer_given_again_replaces_the_first_in_its_period(warehouse: House) -> None:
    asked = {"id": "s1", "account": "ann", "channel": "survey", "kind": "nps", "asked_at": "2026-11-01T08:00:00Z"}
    for value, day in (("2", "02"), ("10", "09")):
        write(warehouse, [asked | {"value": value, "rated_at": f"2026-11-{day}T10:00:00Z"}], "ratings", "survey")
        warehouse.refresh()

    assert warehouse.query("select value::int, day::text from marts.fct_ratings") == [(10, "2026-11-02")]
    warehouse.assert_equals_rebuild()
