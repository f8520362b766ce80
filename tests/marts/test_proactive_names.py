"""Whom files name by what is not certain: nobody is listed by it, nobody is lost without a word, a no counts."""

from __future__ import annotations

from datetime import timedelta

from tests.helpers import rules
from tests.helpers.house import House
from tests.marts.test_customers import write
from tests.marts.test_proactive import DAY, HOUR, NOW, ago, contact, event, left_out, listed, permission
from tests.marts.test_silent_customers import post

BY_TELEPHONE = """
name: called
version: 1
description: Contacts, and who is affected, of a centre that knows telephone numbers alone.
stream: {stream}
id: id
fields: {fields}
identifiers:
  - {{type: phone, column: phone, how_known: declared}}
  - {{type: email, column: email}}
"""


def test_a_no_counts_for_everybody_whose_it_may_be(warehouse: House) -> None:
    # Given an address that C1 only declares, one of C2 and C3, and one of C4 that said yes again
    write(warehouse, [
        {"customer_number": "C1", "email": "c1@x.example", "verified_email": ""},
        {"customer_number": "C2", "email": "", "verified_email": "home@x.example"},
        {"customer_number": "C3", "email": "", "verified_email": "home@x.example"},
        {"customer_number": "C4", "email": "c4@x.example", "verified_email": ""},
        {"customer_number": "C5", "email": "c5@x.example", "verified_email": ""},
    ], "crm-customers", "crm")  # fmt: skip
    write(warehouse, [event("OUT-1", HOUR, customers="C1;C2;C3;C4;C5")], "service-events", "incidents", site="ops")
    write(warehouse, [permission(f"C{n}") for n in range(1, 6)], "permissions", "consents")

    def says(address: str, allowed: str, when: timedelta, channel: str = "mail") -> dict[str, str]:
        return {"email": address, "channel": channel, "purpose": "service", "allowed": allowed, "since": ago(when)}

    write(warehouse, [
        says("c1@x.example", "false", DAY),
        says("home@x.example", "false", DAY),
        says("c4@x.example", "false", 2 * DAY),
        says("c4@x.example", "true", DAY),
        says("c5@x.example", "false", DAY, "sms"),  # on another channel
    ], "permissions", "newsletter")  # fmt: skip
    warehouse.refresh(as_of=NOW)

    assert listed(warehouse) == ["C4", "C5"]
    assert left_out(warehouse) == {"not permitted": 3}


def test_rows_that_name_nobody_for_certain_are_counted(warehouse: House) -> None:
    # Given files that know telephone numbers and typed addresses alone, and an old outage whose end nobody gave
    write(warehouse, [{"customer_number": "C1", "email": "c1@x.example"}], "crm-customers", "crm")
    events = [event("OUT-1", HOUR, customers="C1"), event("OLD", 200 * DAY, customers="C1")]
    write(warehouse, events, "service-events", "incidents", site="ops")
    stated = {
        "contacts": "{channel: channel, kind: kind, contacted_at: contacted_at}",
        "service_events": "{event: event}",
    }
    for stream, fields in stated.items():
        file = warehouse.folder / f"{stream}.yaml"
        file.write_text(BY_TELEPHONE.format(stream=stream, fields=fields))
    rows = [{"id": "p1", "phone": "+33199000001", "email": ""}, {"id": "p2", "phone": "", "email": "c1@x.example"}]
    called = {"channel": "phone", "kind": "service", "contacted_at": ago(HOUR / 2)}
    for stream, more in (("contacts", called), ("service_events", {"event": "OUT-1"})):
        path = warehouse.folder / f"{stream}.csv"
        lines = [",".join([*rows[0], *more]), *(",".join([*row.values(), *more.values()]) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
        warehouse.load(path, mapping=str(warehouse.folder / f"{stream}.yaml"), name=f"called.{stream}", site="ops")
    write(warehouse, [contact("k1", "C404", HOUR)], "contacts", "campaigns")
    warehouse.load_rows([post("m1", "one", DAY, "{intent=complaint}", customer_number="C1")])
    with rules.installed(warehouse.folder):
        warehouse.reading("rules").refresh(as_of=NOW)

    found = warehouse.query("select contact_id, unresolved, named_by from marts.fct_contacts order by 1")
    assert found == [
        ("campaigns:k1", "unknown", "customer_number"), ("ops:p1", "unknown", "nobody"),
        ("ops:p2", "unknown", "nobody"),
    ]  # fmt: skip
    assert left_out(warehouse)["not found"] == 2
    # A complaint of today is none of the outage of half a year ago
    outcomes = "select split_part(service_event_id, ':', 2), affected, complaints from marts.service_event_outcomes"
    assert sorted(warehouse.query(outcomes)) == [("OLD", 1, 0), ("OUT-1", 1, 0)]
