"""Who is to be forgotten: their accounts, the records that are theirs, and what others call them by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from flows.errors import VigieError
from flows.warehouse.database import Connection, table
from flows.warehouse.forgetting.marks import Marks
from flows.warehouse.identity.decisions import find_node
from flows.warehouse.streams import declared

ABOUT_ONE = (
    "ratings",
    "contacts",
    "permissions",
)  # a row of these is about one person, by an account or an address
CUSTOMER = """
    select r.current_customer_id from marts.customer_redirects as r where r.customer_id = %(name)s
    union
    select i.customer_id from marts.customer_identifiers as i
    where i.type in ('email', 'phone', 'customer_number', 'order_number')
        and i.value_hash = any(identity.typed_hashes(%(name)s))
"""
NODES = "select node_id from identity.memberships where customer_id = %s order by node_id"
NATIVES = """
    select site, lower(native_account) from intermediate.int_messages_directed where account_id = any(%(nodes)s)
    union
    select site, lower(native_account) from intermediate.int_ratings_latest
    where account_id = any(%(nodes)s) and account_id not like '%%#anonymous'
"""
NUMBERS = "select distinct site, customer_number from intermediate.int_crm_latest where node_id = any(%s)"
WROTE = """
    select distinct r.site, r.record_id from {stream} as r
    where r.site = any(%(sites)s) and (r.site, lower(r.payload #>> '{{mapped,account}}')) in (
        select * from unnest(%(sites)s::text[], %(accounts)s::text[])
    )
"""
IS_CUSTOMER = """
    select distinct r.site, r.record_id from {stream} as r
    where (r.site, upper(regexp_replace(r.payload #>> '{{mapped,customer_number}}', '\\s', '', 'g'))) in (
        select n.site, upper(regexp_replace(n.number, '\\s', '', 'g'))
        from unnest(%(sites)s::text[], %(numbers)s::text[]) as n (site, number)
    )
"""
PAYLOADS = """
    select r.payload -> 'mapped' from {stream} as r
    where (r.site, r.record_id) in (select * from unnest(%s::text[], %s::text[]))
"""
ADDRESSED = """
    select distinct r.site, r.record_id from {stream} as r
    where r.payload #>> '{{mapped,account}}' is null and r.payload #>> '{{mapped,identifiers}}' ~* %(pattern)s
"""
# What somebody else holds too names them as well: a family's telephone.
THEIRS_ALONE = """
    select v.value from unnest(%(values)s::text[]) as v (value)
    where not exists (
        select from intermediate.int_account_identifiers as i
        where i.value_hash = any(identity.typed_hashes(v.value)) and i.node_id <> all(%(nodes)s)
    )
"""
Keys = dict[str, set[tuple[str, str]]]


@dataclass(slots=True)
class Person:
    """One person as the warehouse holds them."""

    customers: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    authors: set[tuple[str, str]] = field(default_factory=set)  # site and account, in small letters
    numbers: set[tuple[str, str]] = field(default_factory=set)  # site and number of the CRM
    records: Keys = field(default_factory=lambda: defaultdict(set))  # stream → site and record_id
    marks: Marks = field(default_factory=Marks)


def find_person(connection: Connection, name: str) -> Person:
    """Everything that is held of one person, by the id of a customer, an account, an address or a number.

    VigieError where nobody is called so, or several customers are.
    """
    name = name.strip()
    person = Person()
    found = [str(row[0]) for row in connection.execute(CUSTOMER, {"name": name}).fetchall()]
    if len(found) > 1:
        raise VigieError(f"{name} belongs to {len(found)} customers ({', '.join(sorted(found))}): name one of them")
    if found:
        person.customers = found
        person.nodes = [str(row[0]) for row in connection.execute(NODES, (found[0],)).fetchall()]
    else:
        person.nodes = [find_node(connection, name)]
    for site, account in connection.execute(NATIVES, {"nodes": person.nodes}).fetchall():
        person.authors.add((str(site), str(account)))
    for site, number in connection.execute(NUMBERS, (person.nodes,)).fetchall():
        person.numbers.add((str(site), str(number)))
    _own(connection, person)
    _mark(connection, person)
    _addressed(connection, person)
    return person


def _own(connection: Connection, person: Person) -> None:
    """What they wrote, by every version of it, and their rows of the CRM."""
    authors, numbers = sorted(person.authors), sorted(person.numbers)
    for stream, declaration in declared().items():
        if authors and declaration.holds != "customers":
            values = {"sites": [site for site, _ in authors], "accounts": [account for _, account in authors]}
            _add(connection, person, stream, WROTE, values)
        if numbers and declaration.holds == "customers":
            values = {"sites": [site for site, _ in numbers], "numbers": [number for _, number in numbers]}
            _add(connection, person, stream, IS_CUSTOMER, values)


def _mark(connection: Connection, person: Person) -> None:
    """What names them: accounts and handles, full names, and identifiers that are known to be theirs alone."""
    marks = person.marks
    for _, account in person.authors:
        marks.add_account(account)
    for _, number in person.numbers:
        marks.add_address(number)
    for stream, keys in person.records.items():
        query = sql.SQL(PAYLOADS).format(stream=table("raw", stream))
        found = connection.execute(query, ([site for site, _ in keys], [record for _, record in keys])).fetchall()
        for (mapped,) in found:
            marks.add_mapped(mapped or {}, is_crm=declared()[stream].holds == "customers")
    values = {"values": sorted(marks.addresses), "nodes": person.nodes}
    marks.addresses = {str(row[0]) for row in connection.execute(THEIRS_ALONE, values).fetchall()}


def _addressed(connection: Connection, person: Person) -> None:
    """Surveys, contacts and permissions that name them by an address or number alone."""
    if person.marks.addresses:
        for stream, declaration in declared().items():
            if declaration.holds in ABOUT_ONE:
                _add(
                    connection, person, stream, ADDRESSED, {"pattern": person.marks.in_text(person.marks.addresses)}
                )


def _add(connection: Connection, person: Person, stream: str, query: str, values: dict[str, Any]) -> None:
    rows = connection.execute(sql.SQL(query).format(stream=table("raw", stream)), values).fetchall()
    if rows:
        person.records[stream] |= {(str(site), str(record)) for site, record in rows}
