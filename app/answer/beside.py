"""What stands beside a conversation: who the customer is over all channels, and what its text is a copy of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.shared.memory import cached
from app.shared.persons import Name
from app.shared.pool import select


@dataclass(frozen=True, slots=True)
class Person:
    """Who a customer is, in a line: how long known, what they asked, what we answered."""

    name: Name | None
    customer_since: date | None
    segment: str | None
    first_seen_at: datetime | None
    accounts: int
    channels: list[str]
    waits: int
    answered_waits: int
    open_waits: int
    ratings: int


@cached
def person(customer_id: str) -> Person | None:
    """Who a customer is, None where there is none of that id."""
    found = select(
        Person,
        """
        select name, customer_since, segment, first_seen_at, accounts, channels, waits, answered_waits, open_waits,
            ratings
        from marts.dim_customers
        where customer_id = %(id)s
        """,
        {"id": customer_id},
    )
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Original:
    """The message that another is a copy of: the first that was read of those with the same text."""

    message_id: str
    who: Name
    posted_at: datetime
    conversation_id: str | None


@cached
def original(message_id: str) -> Original | None:
    """The message that this one is a copy of, None where it is none."""
    found = select(
        Original,
        """
        select o.message_id, coalesce(a.display_name, a.handle) as who, o.posted_at, o.conversation_id
        from marts.fct_messages as m
        inner join marts.fct_messages as o on m.copy_group_id = o.message_id
        inner join marts.dim_accounts as a on o.account_id = a.account_id
        where m.message_id = %(id)s and m.copy_group_id <> m.message_id
        """,
        {"id": message_id},
    )
    return found[0] if found else None
