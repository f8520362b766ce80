"""Birth dates of customer files: a slip in a name or in the date is found, and nobody sees the dates."""

from __future__ import annotations

from tests.helpers.house import House
from tests.marts.test_customers import Row, write

ASKED = (
    "select e.one, e.other, e.evidence ->> 'birth_date' from identity.edges as e"
    " where e.evidence ? 'birth_date' order by 1, 2"
)


def person(number: str, name: str, born: str, town: str = "Alba") -> Row:
    return {"customer_number": number, "name": name, "birth_date": born, "town": town}


def joined(house: House) -> list[list[str]]:
    return [
        sorted(nodes)
        for (nodes,) in house.query(
            "select array_agg(node_id) from identity.memberships group by customer_id having count(*) > 1"
        )
    ]


def test_a_birth_date_finds_who_is_written_otherwise_in_two_files(warehouse: House) -> None:
    # Given two shops' customers: a slip in both names on one day, a slip in the day, a day that was never asked
    write(warehouse, [
        person("A1", "Zephyrine Quillfeather", "1971-06-24"),
        person("A2", "Ignatius Marrowbone", "1980-03-07", "Brisk"),
        person("A3", "Sol Halfpenny", "1900-01-01", "Crumb"),
        person("A4", "Ben Marlow", "1971-06-24"),
    ], "crm-customers", "shop")  # fmt: skip
    warehouse.refresh()
    write(warehouse, [
        person("B1", "Zephrine Quilfaether", "1971-06-24", "Albba"),
        person("B2", "Ignatius Marrowbone", "1980-07-03", "Brisk"),
        person("B3", "Una Other", "1900-01-01", "Crumb"),
    ], "crm-customers", "branch")  # fmt: skip
    warehouse.refresh()

    pairs = [["crm:branch:B1", "crm:shop:A1"], ["crm:branch:B2", "crm:shop:A2"]]
    assert sorted(joined(warehouse)) == pairs
    told = {frozenset((one, other)): float(bits) for one, other, bits in warehouse.query(ASKED)}
    assert all(told[frozenset(pair)] > 0 for pair in pairs)
    assert frozenset(("crm:branch:B3", "crm:shop:A3")) not in told
    shown = "select count(*) from marts.customer_identifiers where type like 'birth%'"
    assert warehouse.query(shown) == [(0,)]
    warehouse.assert_equals_rebuild()

    # Then a date that is corrected is another's
    write(warehouse, [person("B1", "Zephrine Quilfaether", "1954-11-02", "Albba")], "crm-customers", "branch")
    warehouse.refresh()
    assert joined(warehouse) == [pairs[1]]
