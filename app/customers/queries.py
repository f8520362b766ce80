"""Customers as the app reads them: found by anything, with their accounts and all they said and were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from app.shared.memory import cached
from app.shared.pool import select
from app.shared.words import named, parts


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom one or more accounts belong to; what only a CRM knows is None without one."""

    customer_id: str
    name: str | None
    accounts: int
    channels: list[str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    messages: int
    total: int
    crm_number: str | None = None
    segment: str | None = None
    language: str | None = None
    customer_since: date | None = None
    waits: int | None = None
    answered_waits: int | None = None
    open_waits: int | None = None
    ratings: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a customer, and how it is known to be theirs."""

    account_id: str
    how: str
    site: str
    channel: str
    handle: str | None
    display_name: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    messages: int
    evidence: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a customer said, was told or rated."""

    at: datetime
    kind: str
    channel: str
    conversation_id: str | None = None
    source: str | None = None
    account_id: str | None = None
    message_id: str | None = None
    title: str | None = None
    body: str | None = None
    url: str | None = None
    rating_kind: str | None = None
    value: float | None = None
    scale_min: float | None = None
    scale_max: float | None = None
    text_withheld: bool = False
    body_missing: str | None = None


CUSTOMER = """
    select c.*, (count(*) over ())::integer as total
    from marts.dim_customers as c
"""
# An address is never kept in clear: only who knows it whole finds by it.
FOUND: LiteralString = """
    where
        %(words)s = ''
        or {customer}
        or c.customer_id in (
            select r.current_customer_id from marts.customer_redirects as r where r.customer_id = %(words)s
        )
        or c.customer_id in (
            select l.customer_id
            from marts.customer_accounts as l
            inner join marts.dim_accounts as a on l.account_id = a.account_id
            where {account}
        )
        or c.crm_number = %(words)s
        or c.customer_id in (
            select i.customer_id from marts.customer_identifiers as i
            where i.value_hash = identity.keyed_hash(lower(trim(%(words)s)))
        )
""".replace("{customer}", named("c.name")).replace("{account}", named("a.handle", "a.display_name"))
LED = """
    where c.customer_id = (
        select r.current_customer_id from marts.customer_redirects as r where r.customer_id = %(id)s
    )
"""
ORDER = """
    order by c.last_seen_at desc nulls last, c.customer_id collate "C"
    limit %(limit)s offset %(offset)s
"""


@cached
def customers(words: str, limit: int | None, offset: int) -> list[Customer]:
    """A page of the customers whom `words` name: part of a name or handle, a whole number or address."""
    given = words.strip()
    parameters = {"words": given, "parts": parts(given), "limit": limit, "offset": offset}
    return select(Customer, CUSTOMER + FOUND + ORDER, parameters, wide=True)


@cached
def customer(customer_id: str) -> Customer | None:
    """One customer by any id that they ever had, None where nobody had it."""
    found = select(Customer, CUSTOMER + LED, {"id": customer_id}, wide=True)
    return found[0] if found else None


@cached
def accounts(customer_id: str) -> list[Account]:
    """The accounts that are this customer's, with how that is known."""
    return select(
        Account,
        """
        select a.*, l.*
        from marts.customer_accounts as l
        inner join marts.dim_accounts as a on l.account_id = a.account_id
        where l.customer_id = %(id)s
        order by a.last_seen_at desc, a.account_id collate "C"
        """,
        {"id": customer_id},
        wide=True,
    )


@cached
def timeline(customer_id: str, limit: int | None) -> list[Event]:
    """The last things a customer said, was told and rated on all channels, the latest first."""
    return select(
        Event,
        """
        select t.* from marts.customer_timeline as t
        where t.customer_id = %(id)s
        order by t.at desc, t.message_id collate "C" desc nulls last
        limit %(limit)s
        """,
        {"id": customer_id, "limit": limit},
        wide=True,
    )
