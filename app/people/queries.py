"""Accounts and rows of the CRM as the app compares them, and the evidence that links two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.shared.memory import cached, kept
from app.shared.persons import Name, Secret, Text
from app.shared.pool import select

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Node:
    """An account or a row of the CRM; what only accounts have is None of a row."""

    node_id: str
    customer_id: str
    is_crm: bool
    site: str
    channel: str
    name: Name | None
    handle: Name | None
    town: Secret | None
    how: str
    evidence: Secret | None
    customer_name: Name | None
    crm_number: Secret | None
    messages: int | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None

    @property
    def shown(self) -> str:
        """What it is called."""
        return self.name or self.handle or self.node_id


@dataclass(frozen=True, slots=True)
class Link:
    """The evidence of a pair in bits by feature, what became of it, and what a person said of it."""

    one: str
    other: str
    one_customer_id: str | None
    other_customer_id: str | None
    status: str
    probability: float
    bits: float
    evidence: Mapping[str, float]
    rule: str | None
    verdict: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A message of an account."""

    account_id: str
    posted_at: datetime
    title: Text | None
    body: Text | None
    body_missing: str | None
    text_withheld: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """An account: whose it is by what people decided, None until an id is drawn, and whose it was made out."""

    account_id: str
    customer_id: str | None
    made_out_customer_id: str
    is_pending: bool


NODE = """
    select n.*, c.name as customer_name, c.crm_number, a.messages, a.first_seen_at, a.last_seen_at
    from marts.identity_nodes as n
    left join marts.dim_customers as c on n.customer_id = c.customer_id
    left join marts.dim_accounts as a on n.node_id = a.account_id
"""


@cached
def nodes(customer_id: str) -> list[Node]:
    """All that is one customer; their row of the CRM first, else the account known longest: it stands for them."""
    return select(
        Node,
        NODE + 'where n.customer_id = %(id)s order by n.is_crm desc, n.since, n.node_id collate "C"',
        {"id": customer_id},
        wide=True,
    )


@cached
def sides(node_ids: Sequence[str]) -> list[Node]:
    """These accounts and rows of the CRM, as many as there are."""
    return select(Node, NODE + "where n.node_id = any(%(ids)s)", {"ids": list(node_ids)}, wide=True)


@kept
def link(one: str, other: str) -> Link | None:
    """What is kept of a pair; None where nothing that they hold speaks for it."""
    found = select(
        Link,
        """
        select l.* from marts.identity_links as l
        where l.one = least(%(one)s collate "C", %(other)s) and l.other = greatest(%(one)s collate "C", %(other)s)
        """,
        {"one": one, "other": other},
        wide=True,
    )
    return found[0] if found else None


@cached
def links(customer_id: str) -> list[Link]:
    """The evidence among what is one customer, the strongest first."""
    return select(
        Link,
        """
        select l.* from marts.identity_links as l
        where l.one_customer_id = %(id)s and l.other_customer_id = %(id)s
        order by l.bits desc, l.one collate "C", l.other collate "C"
        """,
        {"id": customer_id},
        wide=True,
    )


@kept
def moved(customer_id: str) -> list[Moved]:
    """Accounts that decisions since the last refresh take out of a customer or put into them."""
    return select(
        Moved,
        """
        select n.* from marts.customer_accounts_now as n
        where n.is_pending and (n.made_out_customer_id = %(id)s or n.customer_id = %(id)s)
        order by n.account_id collate "C"
        """,
        {"id": customer_id},
        wide=True,
    )


@cached
def samples(account_ids: Sequence[str]) -> list[Sample]:
    """The last messages of each of these accounts."""
    return select(
        Sample,
        """
        select s.* from unnest(%(ids)s::text[]) as a (account_id)
        cross join lateral (
            select m.account_id, m.posted_at, m.title, m.body, m.body_missing, m.text_withheld
            from marts.fct_messages as m
            where m.account_id = a.account_id
            order by m.posted_at desc, m.message_id collate "C"
            limit %(most)s
        ) as s
        """,
        {"ids": list(account_ids), "most": SAMPLES},
    )
