"""Who may be told of what happened before they ask, who is left out and why, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import MakeHouse
from tests.helpers import rules
from tests.helpers.house import House
from tests.marts.test_customers import write
from tests.marts.test_silent_customers import post

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Row = Mapping[str, Any]


def ago(span: timedelta) -> str:
    return (NOW - span).isoformat()


def event(number: str, began: timedelta, **more: Any) -> Row:
    return {"event": number, "what": "outage", "started_at": ago(began)} | more


def contact(number: str, customer: str, when: timedelta, **more: Any) -> Row:
    return {"id": number, "customer_number": customer, "channel": "mail", "kind": "service",
            "contacted_at": ago(when)} | more  # fmt: skip


def permission(customer: str, allowed: str = "true", **more: Any) -> Row:
    return {"customer_number": customer, "channel": "mail", "purpose": "service", "allowed": allowed,
            "since": ago(100 * DAY)} | more  # fmt: skip


def listed(house: House, cause: str = "ops:OUT-1") -> list[str]:
    query = "select crm_number from marts.affected_silent where cause_id = %s order by 1"
    return [number for (number,) in house.query(query, cause)]


def left_out(house: House, cause: str = "ops:OUT-1") -> dict[str, int]:
    return dict(house.query("select left_out, customers from marts.affected_left_out where cause_id = %s", cause))


OUTAGE = event("OUT-1", 5 * HOUR, customers="C1; C2;C3;C4;C5;C6;C7;C8;C404", product="carte feuille")


def company(house: House, outage: Row = OUTAGE) -> None:
    """Eight customers of an outage: one of each reason to leave somebody out; C1 and C8 are to be told."""
    write(house, [
        {"customer_number": f"C{n}", "name": f"Person {n}", "verified_email": f"c{n}@x.example",
         "products": "Compte courant;Carte" if n < 9 else "Carte Feuille"}
        for n in (1, 2, 3, 4, 5, 6, 7, 8, 9)
    ], "crm-customers", "crm")  # fmt: skip
    write(house, [outage], "service-events", "incidents", site="ops")
    write(house, [
        *(permission(f"C{n}") for n in (1, 2, 3, 5, 7)),
        permission("C4", "false"),
        permission("C5", "false", since=ago(DAY)),  # taken back
        permission("C6", purpose="marketing"),  # for something else
        permission("C7", "false", channel="any", purpose="any", since=ago(2 * DAY)),  # nothing at all any more
        permission("C8", "false"),
        permission("C8", "true", since=ago(DAY)),  # given again
        permission("C9", "true", since=(NOW + DAY).isoformat()),  # from tomorrow on
    ], "permissions", "consents")  # fmt: skip
    write(house, [
        contact("k1", "C3", 4 * HOUR, event="ops:OUT-1"),
        contact("k2", "C404", 4 * HOUR, event="ops:OUT-1"),
        contact("k3", "C1", 3 * DAY, kind="marketing"),
        contact("k4", "C1", 20 * DAY, kind="gesture"),
        contact("k5", "C8", 40 * DAY, kind="marketing"),
    ], "contacts", "campaigns")  # fmt: skip
    messages = [
        post("m1", "two", HOUR, "{intent=complaint}", customer_number="C2"),
        post("m0", "one", DAY, "before"),
    ]
    house.load_rows([{**row, "customer_number": row.get("customer_number", "C1")} for row in messages])


@pytest.fixture(scope="module")
def known(make_house: MakeHouse, built: str) -> Iterator[House]:
    with make_house(built) as house, rules.installed(house.folder):
        house.reading("rules")
        company(house)
        house.refresh(as_of=NOW)
        yield house


def test_who_is_told_and_who_is_left_out_for_which_reason(known: House) -> None:
    assert listed(known) == ["C1", "C8"]
    # C9 owns the card that is concerned, and allows it from tomorrow on; the owners of some card are not meant
    assert left_out(known) == {"spoke": 1, "contacted": 1, "not permitted": 5, "not found": 1}
    shown = known.query("select crm_number, why, channels, why_permitted, contacts_7_days, contacts_30_days, causes"
                        " from marts.affected_silent order by 1")  # fmt: skip
    assert shown == [
        ("C1", ["listed"], ["mail"], "mail: service since 2026-08-12", 1, 2, 1),
        ("C8", ["listed"], ["mail"], "mail: service since 2026-11-19", 0, 0, 1),
    ]
    assert known.query("select products, unknown_products, customers_named from marts.fct_service_events") == [
        (["Carte Feuille"], [], 9)
    ]


def test_contacts_count_as_pressure_where_the_customer_is_certain(known: House) -> None:
    found = known.query("select contact_id, unresolved, service_event_id from marts.fct_contacts order by 1")
    assert found == [
        ("campaigns:k1", None, "ops:OUT-1"), ("campaigns:k2", "unknown", "ops:OUT-1"), ("campaigns:k3", None, None),
        ("campaigns:k4", None, None), ("campaigns:k5", None, None),
    ]  # fmt: skip
    pressure = known.query(
        "select c.crm_number, p.contacts_7_days, p.contacts_30_days from marts.contact_pressure as p"
        " inner join marts.dim_customers as c using (customer_id) order by 1"
    )
    assert pressure == [("C1", 1, 2), ("C3", 1, 1)]


def test_what_became_of_it_is_told_as_seen(known: House) -> None:
    assert known.query(
        "select affected, contacted, contacted_before_first_complaint, complainers, complaints,"
        " complaints_per_100::float8, complaints_per_100_contacted::float8,"
        " complaints_per_100_not_contacted::float8, evidence from marts.service_event_outcomes"
    ) == [(9, 1, 1, 1, 1, 11.111, 0.0, 12.5, "observational")]
