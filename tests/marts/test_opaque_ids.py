"""No address in an id: what stands in addresses of pages, in saved files and in logs names nobody by their mail."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.customers.queries import CUSTOMER, FOUND
from flows.records import Policy
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.registry import open_source
from flows.sources.sample.config import SampleConfig
from flows.warehouse.collecting import run_source
from tests.helpers.house import House
from tests.sources.mailbox.reading import raw

# In readers' tables these say who somebody is; titles and texts are people's own words.
WORDS = {"body", "title", "verbatim", "text", "last_error", "error", "detail"}
ADDRESS = re.compile(r"[\w.+-]{2,}@[\w-]{2,}\.\w+|(?<!\d)\+\d{8,}")


def columns(house: House, like: str) -> list[tuple[str, str]]:
    """Tables and views of the marts with their columns of text whose name fits."""
    return house.query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'marts' and data_type = 'text' and column_name ~ %s order by 1, 2",
        like,
    )


def addresses(house: House) -> list[str]:
    """Ids of the marts that hold an @, and other columns that hold an address."""
    found = [
        f"{table}.{column}: {value}"
        for table, column in columns(house, "(^|_)(id|key)$")
        for (value,) in house.query(f"select {column} from marts.{table} where {column} ~ '.@.' limit 2")
    ]
    return found + [
        f"{table}.{column}: {value}"
        for table, column in columns(house, ".")
        if column not in WORDS
        for (value,) in house.query(f"select distinct {column} from marts.{table} where {column} like '%%@%%'")
        if ADDRESS.search(value)
    ]


def found(house: House, words: str) -> set[str]:
    """Customers whom the app finds by these words."""
    rows = house.connection.execute(
        (CUSTOMER + FOUND).encode(),
        {"words": words.strip(), "parts": ["no such name"], "met": None, "persons": True},
    )
    return {str(row[0]) for row in rows.fetchall()}


@pytest.mark.timeout(600)
def test_a_company_of_every_channel_has_no_address_in_its_marts(warehouse: House) -> None:
    config = SampleConfig(name="sample", messages=1_000, days=120, to_day=date(2026, 11, 20))
    run_source(warehouse.connection, config, open_source(config))
    warehouse.refresh(full=True)

    assert warehouse.value("select count(*) from marts.fct_messages where channel = 'mail'") > 100
    assert warehouse.value("select count(*) from marts.dim_accounts where role = 'brand' and channel = 'mail'") == 1
    assert addresses(warehouse) == []
    warehouse.assert_equals_rebuild()


def test_mails_and_files_by_address_are_answered_found_and_named_by_nobodys_address(
    warehouse: House, tmp_path: Path
) -> None:
    # Given mails: a question and its answer, of somebody who shows no name but the address; a list's writer
    mails = {
        "ask": raw("Where is my card?", From="ann@example.net", Message_ID="<ann@example.net-1>"),
        "answer": raw(
            "Posted.", From="support@example.org", Message_ID="<answer@x>", In_Reply_To="<ann@example.net-1>",
            Date="Mon, 02 Nov 2026 10:42:00 +0100",
        ),
        "more": raw("Thanks", From='"ann@example.net" <Ann@Example.net>', Message_ID="<more@x>",
                    In_Reply_To="<answer@x>", References="<ann@example.net-1> <answer@x>"),
    }  # fmt: skip
    for name, content in mails.items():
        (tmp_path / f"{name}.eml").write_bytes(content)
    config = MailboxConfig(name="post", path=str(tmp_path), own=["example.org"])
    run_source(warehouse.connection, config, open_source(config))
    warehouse.refresh()
    # And, later, a desk's archive, a survey and a CRM, all by address; somebody who writes from a telephone number
    warehouse.load_rows(
        [
            {"id": "t1@desk", "account": "Eve@Example.net", "channel": "chat", "posted_at": "2026-11-02T10:00:00Z"},
            {"id": "t2@desk", "parent": "t1@desk", "account": "lea@firm.example", "role": "brand",
             "channel": "chat", "posted_at": "2026-11-02T10:09:00Z"},
            {"id": "t3", "account": "+33 6 12 34 56 78", "channel": "whatsapp",
             "posted_at": "2026-11-02T10:09:00Z"},
        ],
        name="desk",
    )  # fmt: skip
    tables = {
        "ratings": [
            ["id", "channel", "account", "kind", "value", "asked_at", "rated_at"],
            [
                "eve@example.net",
                "survey",
                "eve@example.net",
                "csat",
                "4",
                "2026-11-03T10:00:00Z",
                "2026-11-03T11:00:00Z",
            ],
        ],
        "crm-customers": [["customer_number", "name"], ["eve@example.net", "Eve"]],
        "statuses": [["thread", "status", "at"], ["t1@desk", "resolved", "2026-11-04T10:00:00Z"]],
    }
    for name, rows in tables.items():
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        named = "desk" if name == "statuses" else name
        kept = {"policy": Policy(keep_days=40)} if name == "ratings" else {}
        counts = warehouse.load(tmp_path / f"{name}.csv", mapping=name, name=named, **kept)
        assert (counts.new, counts.rejected) == (1, 0)
    warehouse.refresh()

    # Then no id and no name holds an address, ...
    assert addresses(warehouse) == []
    assert {"a…@e….net", "s…@e….org", "…78"} <= {
        name for (name,) in warehouse.query("select handle from marts.dim_accounts")
    }
    # ... threads, answers and the desk's word are found all the same, ...
    waits = "select channel, closing_kind, response_minutes::int from marts.fct_waits order by 1, opened_at"
    assert warehouse.query(waits) == [
        ("chat", "answer", 9), ("mail", "answer", 42), ("mail", None, None), ("whatsapp", None, None),
    ]  # fmt: skip
    assert (
        warehouse.value("select count(distinct account_id) from marts.fct_messages where direction = 'customer'")
        == 3
    )
    assert warehouse.value("select how from marts.fct_resolutions where channel = 'chat'") == "status"
    # ... and people by their whole address, whichever site has it; an address is not the same id on two sites.
    assert len(found(warehouse, "ANN@example.net ")) == 1
    assert len(found(warehouse, "eve@example.net")) == 3
    assert found(warehouse, "nn@example.net") == set()
    ids = warehouse.query("select split_part(account_id, ':', 2) from marts.dim_accounts")
    assert len(set(ids)) == len(ids)

    # And what arrives later, or goes, meets the same rows
    warehouse.load_rows(
        [{"id": "t1@desk", "account": "eve@example.net", "channel": "chat", "posted_at": "2026-11-02T10:05:00Z"}],
        name="desk",
    )
    warehouse.remove("t2@desk", site="desk")
    warehouse.refresh()
    assert warehouse.value("select closing_kind from marts.fct_waits where channel = 'chat'") == "desk"

    # And the survey goes when it may be kept no longer
    assert warehouse.value("select count(*) from marts.fct_ratings") == 1
    warehouse.as_of = datetime(2026, 12, 14, tzinfo=UTC)
    warehouse.refresh()
    assert warehouse.value("select count(*) from marts.fct_ratings") == 0
    warehouse.assert_equals_rebuild()


def test_a_mastodon_name_is_shown_as_it_is_and_is_no_id(warehouse: House) -> None:
    asked = {"id": "1", "account": "ann@social.example", "channel": "mastodon", "posted_at": "2026-11-02T10:00:00Z"}
    warehouse.load_rows([asked])
    warehouse.refresh()

    (row,) = warehouse.query("select account_id, handle from marts.dim_accounts")
    assert (row[0].startswith("archive:"), "@" in row[0], row[1]) == (True, False, "ann@social.example")
