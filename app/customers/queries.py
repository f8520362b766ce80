"""Customers as the app reads them: found by anything, with their accounts and all they said and were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, LiteralString

from psycopg.sql import SQL

from app.shared.memory import cached, kept
from app.shared.persons import Name, Secret, Text, nothing
from app.shared.pool import select
from app.shared.standing import CHANGED
from app.shared.words import named, parts


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom one or more accounts belong to; what only a CRM knows is None without one."""

    customer_id: str
    name: Name | None
    accounts: int
    channels: list[str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    messages: int
    total: int
    crm_number: Secret | None = None
    segment: str | None = None
    language: str | None = None
    customer_since: date | None = None
    waits: int | None = None
    answered_waits: int | None = None
    open_waits: int | None = None
    ratings: int | None = None
    complaints: int | None = None
    feeling_now: float | None = None
    feeling_before: float | None = None
    products: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a customer, and how it is known to be theirs."""

    account_id: str
    how: str
    site: str
    channel: str
    handle: Name | None
    display_name: Name | None
    first_seen_at: datetime
    last_seen_at: datetime
    messages: int
    evidence: Annotated[Any, nothing] = None


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
    title: Text | None = None
    body: Text | None = None
    url: Secret | None = None
    rating_kind: str | None = None
    value: float | None = None
    scale_min: float | None = None
    scale_max: float | None = None
    text_withheld: bool = False
    body_missing: str | None = None
    who: Name | None = None


CUSTOMER = """
    select c.*, (count(*) over ())::integer as total
    from marts.dim_customers as c
"""
# An address is never kept in clear: only who knows it whole finds by it, in the ways that the marts write one. Who
# may not see who people are finds by our own ids alone: a name that is typed would say whose page it is.
FOUND: LiteralString = r"""
    where (%(met)s::boolean is null or (c.accounts > 0) = %(met)s) and (
        %(words)s = ''
        or c.customer_id in (
            select r.current_customer_id from marts.customer_redirects as r where r.customer_id = %(words)s
        )
        or %(persons)s and (
            {customer}
            or c.customer_id in (
                select l.customer_id
                from marts.customer_accounts as l
                inner join marts.dim_accounts as a on l.account_id = a.account_id
                where {account} or a.account_id = any((
                    select array_agg(identity.opaque_id(d.site, n.native))
                    from (select distinct s.site from marts.dim_sources as s) as d
                    cross join unnest(array[%(words)s, regexp_replace(%(words)s, '[^0-9]', '', 'g')]) as n (native)
                    where n.native <> ''
                )::text[])
            )
            or c.crm_number in (%(words)s, upper(regexp_replace(%(words)s, '\s', '', 'g')))
            or c.customer_id in (
                select i.customer_id from marts.customer_identifiers as i
                where i.type in ('email', 'phone', 'customer_number', 'order_number')
                    and i.value_hash = any((select identity.typed_hashes(%(words)s))::text[])
            )
        )
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
def customers(words: str, limit: int | None, offset: int, met: bool | None = True) -> list[Customer]:
    """A page of the customers whom `words` name: part of a name or handle, a whole number, id or address.

    `met` is whether they ever wrote or answered a survey; None is all.
    """
    given = words.strip()
    parameters = {"words": given, "parts": parts(given), "limit": limit, "offset": offset, "met": met}
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
        select t.*, c.name as who
        from marts.customer_timeline as t
        left join marts.dim_customers as c on t.customer_id = c.customer_id
        where t.customer_id = %(id)s
        order by t.at desc, t.message_id collate "C" desc nulls last
        limit %(limit)s
        """,
        {"id": customer_id, "limit": limit},
        wide=True,
    )


@dataclass(frozen=True, slots=True)
class Service:
    """How the company treated a customer, over all times."""

    promises_due: int
    promises_kept: int
    responses: int
    response_minutes: float | None
    longest_response_minutes: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation in which they wait now."""

    conversation_id: str
    channel: str
    since: datetime
    promise_due_at: datetime | None
    title: Text | None
    body: Text | None
    text_withheld: bool
    who: Name | None


@dataclass(frozen=True, slots=True)
class Rating:
    """What a customer gave, on its own scale."""

    kind: str
    channel: str
    value: float
    scale_max: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """An id that a customer once had."""

    customer_id: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Another customer by id and name."""

    customer_id: str
    name: Name | None
    channels: list[str]


@cached
def service(customer_id: str) -> Service | None:
    """Promises and response times of a customer; None where they never waited."""
    found = select(
        Service,
        "select s.* from marts.customer_service as s where s.customer_id = %(id)s",
        {"id": customer_id},
        wide=True,
    )
    return found[0] if found else None


@kept
def waits_now(customer_id: str) -> list[Waiting]:
    """Conversations in which a customer waits now, what people decided since the refresh reckoned in."""
    return select(
        Waiting,
        SQL("with {changed}, ").format(changed=CHANGED)
        + SQL("""
        open as (
            select c.conversation_id, c.channel,
                case when x.conversation_id is null then c.waiting_since else x.waits_since end as since,
                case when x.conversation_id is null then w.promise_due_at else x.promise_due_at end
                    as promise_due_at
            from marts.fct_conversations as c
            left join changed as x on c.conversation_id = x.conversation_id
            left join marts.fct_waits as w on c.conversation_id = w.conversation_id and w.closed_at is null
            where c.customer_id = %(id)s
        )
        select distinct on (o.since, o.conversation_id)
            o.*, m.title, m.body, coalesce(m.text_withheld, false) as text_withheld,
            (select d.name from marts.dim_customers as d where d.customer_id = %(id)s) as who
        from open as o
        left join marts.fct_messages as m
            on o.conversation_id = m.conversation_id and o.since = m.posted_at and m.direction = 'customer'
        where o.since is not null
        order by o.since, o.conversation_id, m.message_id collate "C"
        """),
        {"id": customer_id},
    )


@cached
def ratings(customer_id: str, limit: int) -> list[Rating]:
    """The last ratings that a customer gave."""
    return select(
        Rating,
        """
        select r.kind, r.channel, r.value, r.scale_max, coalesce(r.rated_at, r.asked_at) as at
        from marts.fct_ratings as r
        where r.customer_id = %(id)s and r.is_answered
        order by at desc, r.rating_id collate "C"
        limit %(limit)s
        """,
        {"id": customer_id, "limit": limit},
    )


@cached
def household(customer_id: str) -> list[Beside]:
    """Who shares an address or a telephone and a family name with a customer."""
    return select(
        Beside,
        """
        select h.other_customer_id as customer_id, c.name, c.channels
        from marts.customer_households as h
        inner join marts.dim_customers as c on h.other_customer_id = c.customer_id
        where h.customer_id = %(id)s
        order by c.name, c.customer_id collate "C"
        """,
        {"id": customer_id},
    )


@cached
def former_ids(customer_id: str) -> list[Former]:
    """Ids that lead to this customer by now."""
    return select(
        Former,
        """
        select r.customer_id from marts.customer_redirects as r
        where r.current_customer_id = %(id)s and r.customer_id <> %(id)s
        order by r.customer_id
        """,
        {"id": customer_id},
    )
