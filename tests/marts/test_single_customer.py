"""The single-customer view against the truth of a generated company, and finding people by their whole address."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from app.customers.queries import CUSTOMER, FOUND
from flows.sources.registry import open_source
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.truth import truth
from flows.warehouse.collecting import run_source
from tests.helpers.house import CUSTOMER_NAMES, House

# Messages about; accounts, their pairs that are one person's, those found, those of them that policy lets be found.
SIZES = [
    pytest.param(1_000, (228, 33, 32, 10), id="1,000 messages"),
    pytest.param(15_000, (3093, 463, 407, 119), id="15,000 messages", marks=pytest.mark.slow),
]
Pair = frozenset[str]


def pairs(groups: Mapping[str, Iterable[str]]) -> set[Pair]:
    return {frozenset(two) for members in groups.values() for two in combinations(sorted(members), 2)}


def grouped(who: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for account, person in who:
        found[person].add(account)
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("size", "expected"), SIZES)
def test_who_is_found_to_be_one_customer_is_one(
    warehouse: House, size: int, expected: tuple[int, int, int, int]
) -> None:
    # Given a generated company, and who is behind each of its accounts
    config = SampleConfig(name="sample", messages=size, days=120, to_day=date(2026, 11, 20))
    run_source(warehouse.connection, config, open_source(config))
    warehouse.refresh(full=True)
    found = dict(warehouse.query("select account_id, customer_id from marts.customer_accounts"))
    told = {row["account_id"].lower(): row["person"] for row in truth(config) if row["kind"] == "account"}
    opaque = warehouse.query(
        "select lower(identity.opaque_id(split_part(id, ':', 1), split_part(id, ':', 2))), id"
        " from unnest(%s::text[]) as id",
        list(told),
    )
    person = {account_id: told[native] for account_id, native in opaque}
    people = [(account, person[account.lower()]) for account in found]

    # When the pairs of accounts that are joined are compared with those that are one person's
    joined = pairs(grouped(found.items()))
    true = pairs(grouped(people))
    allowed = {pair for pair in true if not any(account.startswith("sample-reddit:") for account in pair)}

    # Then all of them are (precision 1.0), and so many are found (recall)
    assert joined <= true
    figures = (len(found), len(true), len(allowed), len(joined))
    assert figures == expected, (
        f"recall {len(joined) / len(true):.3f}, of those allowed {len(joined) / len(allowed):.3f}"
    )


def search(house: House, words: str) -> set[str]:
    """Customers that the app's own query finds."""
    parameters = {"words": words.strip(), "parts": ["no such name"], "met": None, "persons": True}
    rows = house.connection.execute((CUSTOMER + FOUND).encode(), parameters).fetchall()
    names = dict(house.query(CUSTOMER_NAMES))
    return {names[row[0]] for row in rows}


def test_people_are_found_by_their_whole_address_and_by_nothing_less(warehouse: House, data: Path) -> None:
    # Given a thousand records of people, some of one person, as a customer file; a quarter lacks an address
    path = data / "identity/splink/fake_1000.csv"
    with path.open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    file_ = warehouse.folder / "crm.csv"
    with file_.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_number", "name", "email"])
        writer.writerows([f"N{p['unique_id']}", f"{p['first_name']} {p['surname']}", p["email"]] for p in people)
    warehouse.load(file_, mapping="crm-customers", name="crm")
    warehouse.refresh()

    # When each address is looked for as it is written, and in capitals
    holders = grouped(
        (f"crm:crm:N{p['unique_id']}", p["email"].strip().lower()) for p in people if p["email"].strip()
    )
    assert len(holders) > 400

    # Then it finds its holders, all of them and nobody else
    sample = sorted(holders)[::5]
    assert {a: search(warehouse, a) for a in sample} == {a: holders[a] for a in sample}
    assert search(warehouse, f" {sample[0].upper()} ") == holders[sample[0]]
    assert {a: search(warehouse, a[:-1]) for a in sample} == {a: holders.get(a[:-1], set()) for a in sample}

    # And no table of the marts holds an address in clear
    text = "\n".join(row for table in warehouse.tables("marts") for row in warehouse.rows(table))
    assert [address for address in holders if address in text.lower()] == []
