"""Who may be told of what happened before they ask, who is left out and why, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import MakeHouse
from tests.helpers import rules
from tests.helpers.house import House
from tests.marts import proactive_reference as reference
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


def load(house: House, files: reference.Files) -> None:
    """Import a company's files, as they are."""
    given: list[tuple[Sequence[Row], str, str, str | None]] = [
        (files.customers, "crm-customers", "crm", None),
        (files.events, "service-events", "incidents", "ops"),
        (files.affected, "affected-customers", "lists", "ops"),
        (files.permissions, "permissions", "consents", None),
        (files.contacts, "contacts", "campaigns", "ops"),
    ]
    for rows, mapping, name, site in given:
        if rows:
            write(house, rows, mapping, name, **({"site": site} if site else {}))
    if files.messages:
        house.load_rows(files.messages)


def half(files: reference.Files) -> reference.Files:
    """An earlier state: half of the rows, and of the events other words, another end and other customers."""
    events = [{**row, "what": "?", "ended_at": "", "customers": "C0;C1;C404"} for row in files.events]
    return reference.Files(
        files.customers[::2], events, files.affected[::2], files.permissions[::2], files.contacts[1::2],
        files.messages[::2],
    )  # fmt: skip


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_random_files_equal_plain_python_and_a_rebuild(warehouse: House, seed: int) -> None:
    files = reference.drawn(seed)
    with rules.installed(warehouse.folder):
        warehouse.reading("rules")
        warehouse.as_of = NOW

        # Given files that come in two rounds, the second with all rows of the first, corrected
        for state in (half(files), files):
            load(warehouse, state)
            warehouse.refresh()

        assert figures(warehouse) == expected(files)
        warehouse.assert_equals_rebuild()
        assert figures(warehouse) == expected(files)


def expected(files: reference.Files) -> tuple[Any, ...]:
    listed = sorted(
        (event, number)
        for event, people in reference.judged(files).items()
        for number, why in people.items()
        if why is None
    )
    return listed, reference.left_out(files), reference.outcomes(files)


def figures(house: House) -> tuple[Any, ...]:
    listed = house.query("select split_part(cause_id, ':', 2), crm_number from marts.affected_silent")
    out = house.query("select split_part(cause_id, ':', 2), left_out, customers from marts.affected_left_out")
    outcomes = house.query(
        "select split_part(service_event_id, ':', 2), affected, contacted, contacted_before_first_complaint,"
        " coalesce(round(complaints_per_100_contacted * contacted_before_first_complaint / 100), 0)::integer,"
        " complaints from marts.service_event_outcomes"
    )
    return sorted(listed), Counter({(e, why): n for e, why, n in out}), {e: tuple(rest) for e, *rest in outcomes}


def test_only_what_is_certain_lists_anybody(warehouse: House) -> None:
    # Given a number that two CRMs issued, an address, a forum account without a CRM, and accounts of Reddit
    numbers = ["C1", "C2", "C3"]
    write(
        warehouse,
        [{"customer_number": n, "verified_email": f"{n}@x.example"} for n in numbers],
        "crm-customers",
        "crm",
    )
    write(warehouse, [{"customer_number": "C1"}], "crm-customers", "other-crm")
    for site, number in (("ops", "E1"), ("crm", "E2")):
        write(warehouse, [event(number, HOUR, customers="C1")], "service-events", f"{site}.events", site=site)
    write(warehouse, [event("E3", HOUR, product="Appli")], "service-events", "products", site="ops")
    write(warehouse, [{"event": "E1", "email": "c3@X.example "}], "affected-customers", "lists", site="ops")
    named = "{product:Appli} {intent=praise}"
    warehouse.load_rows([
        post("m1", "forum-fan", 20 * DAY, named, channel="forum"),
        post("m2", "maybe", 20 * DAY, named, channel="forum"),
        post("m3", "redditor", 20 * DAY, named, channel="reddit", customer_number="C3"),
        post("m4", "late", HOUR / 2, named, channel="forum"),
    ])  # fmt: skip
    write(warehouse, [permission(number) for number in numbers], "permissions", "consents", site="crm")
    write(warehouse, [
        {"account": account, "channel": channel, "purpose": "service", "allowed": "yes", "since": ago(9 * DAY)}
        for account, channel in (("forum-fan", "forum"), ("redditor", "reddit"))
    ], "permissions", "accounts", site="archive")  # fmt: skip
    told = {"account": "redditor", "channel": "reddit", "kind": "gesture", "contacted_at": ago(3 * DAY)}
    write(warehouse, [{"id": "r", **told}], "contacts", "gestures", site="archive")
    with rules.installed(warehouse.folder):
        warehouse.reading("rules").refresh(as_of=NOW)

        def affected() -> list[tuple[Any, ...]]:
            return warehouse.query("select cause_id, anchor_id, why from marts.affected_customers order by 1, 2")

        fan = ("ops:E3", "archive:forum-fan", ["named product"])
        certain = [("crm:E2", "crm:crm:C1", ["listed"]), ("ops:E1", "crm:crm:C3", ["listed"]), fan]
        maybe = ("ops:E3", "archive:maybe", ["named product"])
        assert affected() == [*certain, maybe]
        assert left_out(warehouse, "ops:E1") == {"not found": 1}
        assert warehouse.query("select unresolved from marts.fct_contacts") == [("policy",)]
        silent = "select cause_id, crm_number, channels from marts.affected_silent order by 1, 2"
        listed = [("crm:E2", "C1", ["mail"]), ("ops:E1", "C3", ["mail"]), ("ops:E3", None, ["forum"])]
        assert warehouse.query(silent) == listed

        # Then an account that is likely C2's makes C2 affected by nothing
        move = "update identity.memberships set customer_id = (select customer_id from identity.memberships" \
            " where node_id = %s) where node_id = %s"  # fmt: skip
        warehouse.connection.execute(move.encode(), ("crm:crm:C2", "archive:maybe"))
        assert affected() == [*certain, maybe]
        assert warehouse.query(silent) == listed
