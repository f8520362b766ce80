"""Accounts that are called by their telephone number, in the ways that exports write one."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from app.customers.queries import CUSTOMER, FOUND
from flows.settings import PROJECT
from flows.warehouse.database import Connection
from flows.warehouse.identity.decisions import find_node
from tests.helpers.house import House

MIGRATION = PROJECT / "flows/warehouse/migrations/versions/0018_telephones.sql"
MARKS = "\u202a\u202c"  # of direction: no part of an id once a file is read
NUMBERS = {
    "international": "+33 6 12 34 56 01",
    "compact": "+33612345602",
    "American": "+1 (555) 123-4503",
    "dots": "+33.6.12.34.56.04",
    "brackets": "(+33) 6 12 34 56 05",
    "slashes": "+49/170/1234506",
    "no-break spaces": "+33\u00a06\u00a012\u00a034\u00a056\u00a007",
    "narrow spaces": "+33\u202f6\u202f12\u202f34\u202f56\u202f08",
    "marks of direction": "\u202a+33 6 12 34 56 09\u202c",
    "national": "06 12 34 56 10",
    "national, compact": "0612345611",
    "national, dots": "06.12.34.56.12",
    "dialled abroad": "0033612345613",
    "dialled abroad, groups": "00 33 6 12 34 56 14",
    "without plus": "33612345615",
    "without plus, German": "4915112345616",
    "without plus, groups": "33 6 12 34 56 17",
    "area code": "555-123-4518",
    "area code, compact": "5551234519",
    "British": "+44 (0)20 7946 0920",
    "trunk": "+33 (0)6 12 34 56 21",
    "full width": "＋33612345622",
    "Spanish groups": "612 34 56 23",
    "a name's sign before it": "~+33 6 12 34 56 24",
    "a scheme": "whatsapp:+14155238825",
    "a scheme without plus": "tel:0612345626",
}
WITHIN = [
    "33612345678-1588888888", "33612345678_33987654321", "+33612345678_+33987654321", "Lou (+33 6 12 34 56 78)",
    "Lou 06 12 34 56 78", "Tel. 0612345678", "sip:0612345671", "user:0612345678", "sms/0612345678",
    "chat_33612345678", "Zoe 33612345673", "Ann 555-123-4567", "0612345678#3", "wa:33612345678/2026-11-02",
    "+٣٣٦١٢٣٤٥٦٧٨", "０６１２３４５６７８", "https://wa.me/33612345678",
]  # fmt: skip
OTHERS = [
    "t3_abc", "1234567", "12345678", "123456789", "1280123456", "1234567890123456789", "C-1042", "post-12345678",
    "12345-678910", "2026-11-000123", "2026-11-30", "0000123456", "jean.dupont", "C++11 2023", "+1", "+100 points",
    "a1b2c3d4-1234-5678-9012-123456789012", "https://forum.example/t/12345678901", "topic:123#456", "20261130", "",
    "C++ 2023-11-30", "post+12345678", "fo-9822000003", "65af91f8db82c0643514392d/reply",
]  # fmt: skip


def digits(text: str) -> str:
    """What is left of a text without all else."""
    return re.sub(r"[^0-9]", "", text)


def found(house: House, words: str) -> int:
    """How many customers the app finds by these words."""
    query = (CUSTOMER + FOUND).encode()
    return len(
        house.connection.execute(
            query, {"words": words, "parts": ["no such name"], "met": None, "persons": True}
        ).fetchall()
    )


def test_numbers_are_told_from_the_ids_of_forums_and_tickets(warehouse: House) -> None:
    told = dict(
        warehouse.query(
            "select native, identity.is_telephone(native) from unnest(%s::text[]) as n (native)",
            [*NUMBERS.values(), *WITHIN, *OTHERS],
        )
    )

    assert {native for native, is_one in told.items() if is_one} == {*NUMBERS.values(), *WITHIN}
    hidden = (
        "select n from unnest(%s::text[]) as n where (identity.telephones_masked(n) = n) = identity.is_telephone(n)"
    )
    assert warehouse.query(hidden, [*NUMBERS.values(), *WITHIN, *OTHERS]) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202a+33 6 12 34 56 09\u202c", "…09"),
        ("Lou (+33 6 12 34 56 78)", "Lou (…78)"),
        ("Lou 06 12 34 56 78", "Lou …78"),
        ("whatsapp:+14155238825", "whatsapp:…25"),
        ("33612345678_33987654321", "…78_…21"),
        ("(+33) 6 12 34 56 78", "…78"),
        ("0612345678#3", "…78#3"),
        ("Lou 75012", "Lou 75012"),
        ("1234567890123456789", "1234567890123456789"),
        ("", ""),
        (None, None),
    ],
)
def test_a_name_shows_the_end_of_a_number(warehouse: House, name: str | None, shown: str | None) -> None:
    assert warehouse.value("select identity.telephones_masked(%s)", name) == shown


def test_a_messenger_s_export_has_no_number_in_ids_and_everybody_is_answered_and_found(
    warehouse: House, tmp_path: Path
) -> None:
    # Given one who asks by each way of writing a number, the thread called like them, and the desk's answer to half
    rows = []
    for n, number in enumerate(NUMBERS.values()):
        asked = {"id": f"m{n}", "account": number, "thread": number, "channel": "messenger"}
        rows.append({**asked, "body": "Where is my parcel?", "posted_at": f"2026-11-02T10:{n:02}:00Z"})
        if n % 2:
            rows.append(
                {**asked, "id": f"a{n}", "account": "0800 123 456", "role": "brand", "body": "It left today.",
                 "posted_at": f"2026-11-02T11:{n:02}:00Z"}
            )  # fmt: skip
    warehouse.load_rows(rows, name="desk")
    statuses = tmp_path / "statuses.csv"
    with statuses.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["thread", "status", "at"], [NUMBERS["international"], "resolved", "2026-11-04T10:00:00Z"]]
        )
    assert warehouse.load(statuses, mapping="statuses", name="desk").rejected == 0
    customers = tmp_path / "customers.csv"
    customers.write_text("customer_number,name\n33698765432,Ann Lee\n", encoding="utf-8")
    warehouse.load(customers, mapping="crm-customers", name="crm-customers")
    warehouse.refresh()

    # Then no id holds a number and no name shows one, ...
    written = {digits(number)[-8:] for number in [*NUMBERS.values(), "0800 123 456", "33698765432"]}
    ids = warehouse.query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'marts' and data_type = 'text'"
        " and column_name ~ '(^|_)(id|key|handle|account|name)$'"
    )
    clear = [
        (table, column, value)
        for table, column in ids
        for (value,) in warehouse.query(f"select distinct {column} from marts.{table}")
        if value and any(ends in digits(value) for ends in written)
    ]
    assert clear == []
    # ... each is one customer with one wait, half of them answered, one closed by the desk's word, ...
    assert warehouse.query(
        "select coalesce(closing_kind, 'open'), count(*)::int from marts.fct_waits group by 1 order by 1"
    ) == [("answer", 13), ("desk", 1), ("open", 12)]
    # ... found by the number as it is written and by its digits, in the app and on the command line.
    missed = {how: number for how, number in NUMBERS.items() if found(warehouse, number) != 1}
    assert missed == {}
    assert found(warehouse, "+33 612 345 615") == found(warehouse, "33612345615") == 1
    assert found(warehouse, "+33 6 12 34 56 21") == 1
    assert found(warehouse, "33698765432") == 1
    for number in NUMBERS.values():
        assert find_node(warehouse.connection, f"desk:{number.strip(MARKS)}").startswith("desk:")
    assert find_node(warehouse.connection, "crm:crm-customers:336 98765432").startswith("crm:crm-customers:")
    warehouse.assert_equals_rebuild()


def test_numbers_that_sites_count_by_join_nobody(warehouse: House) -> None:
    # Given two sites of their own whose people have the same counters, file numbers and addresses of machines, and
    # a third and a fourth on which somebody is called by a telephone number
    names = {"5000000001": "Marie", "20000000001": "Zoe", "12-2026-000123": "Paul", "192.168.100.201": "Guest"}
    for site in ("shop", "fair"):
        warehouse.load_rows(
            [{"id": f"{site}{account}", "account": account, "display_name": name, "channel": "chat",
              "posted_at": "2026-11-02T10:00:00Z"} for account, name in names.items()], name=site,
        )  # fmt: skip
    for site, account in (("calls", "+33 6 12 34 56 78"), ("texts", "0033 (0)6 12 34 56 78")):
        warehouse.load_rows(
            [{"id": site, "account": account, "display_name": "Ann Lee", "posted_at": "2026-11-02T10:00:00Z"}],
            name=site,
        )
    warehouse.refresh()

    assert warehouse.value("select count(distinct customer_id) from identity.memberships") == 2 * len(names) + 1
    assert warehouse.value("select count(*) from identity.edges") == 1


def opaque_as_before(connection: Connection) -> None:
    """Ids as the step before made them: numbers without + in clear."""
    connection.execute(
        "create or replace function identity.opaque_id(site text, native text) returns text"
        " language sql stable parallel safe return site || ':' || case"
        " when native like '%_@_%' or native ~ '^\\+[0-9][0-9 ().-]{6,}$'"
        " then left(identity.keyed_hash(site || ':' || native), 24) else native end"
    )


def test_what_people_decided_of_a_number_stands_when_its_id_is_hashed(warehouse: House) -> None:
    # Given customers and decisions whose ids are numbers in clear: waits put aside, a label, an owner, two accounts
    # that a person joined, two of which nobody could tell
    connection = warehouse.connection
    opaque_as_before(connection)
    numbers = ["06 12 34 56 78", "0033712345678", "33812345678"]
    warehouse.load_rows(
        [
            {"id": number if n == 2 else f"m{n}", "account": number, "thread": number, "channel": "messenger",
             "body": "Where is my parcel?", "posted_at": f"2026-11-02T10:{n:02}:00Z"}
            for n, number in enumerate(numbers)
        ],
        name="desk",
    )  # fmt: skip
    warehouse.refresh()
    waits = dict(warehouse.query("select opening_message_id, wait_id from marts.fct_waits"))
    assert waits["desk:m0"] == "desk:06 12 34 56 78/desk:06 12 34 56 78#desk:m0"
    one, other, third = sorted(f"desk:{number}" for number in numbers)
    for message_id in ("desk:m0", "desk:33812345678"):
        connection.execute(
            "insert into decisions.handled (wait_id, message_id, verdict, reason, decided_by)"
            " values (%s, %s, 'not_for_us', 'other', 'Nora')",
            (waits[message_id], message_id),
        )
    warehouse.correct("desk:33812345678", "intent", "praise")
    connection.execute(
        "insert into decisions.assigned (message_id, assignee, decided_by) values (%s, 'Lou', 'Nora')", ("desk:m1",)
    )
    connection.execute(
        "insert into decisions.identity (verdict, one, other, reason, decided_by)"
        " values ('same', %s, %s, '', 'Nora')",
        (one, other),
    )
    connection.execute(
        "insert into decisions.unsure_pairs (one, other, decided_by) values (%s, %s, 'Nora')", (one, third)
    )
    warehouse.refresh()
    before = {
        "customers": warehouse.query("select customer_id from marts.dim_customers order by 1"),
        "aside": warehouse.value("select count(*) from marts.set_aside"),
        "history": warehouse.value("select count(*) from identity.membership_history"),
    }
    assert (len(before["customers"]), before["aside"]) == (2, 2)

    # When their ids are made anew, and a refresh builds with them
    step = MIGRATION.read_text(encoding="utf-8").replace(
        "create function identity", "create or replace function identity"
    )
    connection.execute(step.encode())
    warehouse.refresh(full=True)

    # Then the same customers stand, with what was decided of them, and nobody's number
    after = {
        "customers": warehouse.query("select customer_id from marts.dim_customers order by 1"),
        "aside": warehouse.value("select count(*) from marts.set_aside"),
        "history": warehouse.value("select count(*) from identity.membership_history"),
    }
    assert after == before
    ids = "select {0} from {1} where identity.is_telephone(split_part({0}, ':', 2))"
    for table, column in (
        ("identity.memberships", "node_id"),
        ("identity.membership_history", "node_id"),
        ("identity.account_values", "node_id"),
        ("identity.customer_events", "node_id"),
        ("identity.edges", "one"),
        ("decisions.handled", "message_id"),
        ("decisions.handled", "wait_id"),
        ("decisions.labels", "message_id"),
        ("decisions.identity", "one"),
        ("decisions.identity", "other"),
        ("decisions.unsure_pairs", "one"),
        ("decisions.unsure_pairs", "other"),
        ("understanding.messages", "message_id"),
    ):
        assert warehouse.query(ids.format(column, table)) == [], (table, column)
    assert (
        warehouse.value(
            "select count(*) from decisions.handled as h inner join marts.fct_messages as m"
            " on h.message_id = m.message_id and h.wait_id = m.conversation_id || '#' || m.message_id"
        ),
        warehouse.value(
            "select count(*) from decisions.unsure_pairs as u"
            " inner join identity.memberships as one on u.one = one.node_id"
            " inner join identity.memberships as other on u.other = other.node_id"
        ),
    ) == (2, 1)
    warehouse.assert_equals_rebuild()
