"""Customers, their accounts and what they said, were told and rated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


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
