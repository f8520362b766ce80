"""What the app reads from the marts, one shape a query: plain rows that pages, tiles and charts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last day that have messages, and every channel there is."""

    first: date
    last: date
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """The service KPIs of a period; `channel` None is all of the channels asked for.

    What became of the conversations is None where none opened.
    """

    channel: str | None
    waits_opened: int
    waits_answered: int
    waits_open: int
    answered_rate: float | None
    response_minutes_n: int
    response_minutes_median: float | None
    response_minutes_p90: float | None
    promises_due: int
    promises_kept: int
    promise_kept_rate: float | None
    response_open_minutes_n: int | None = None
    response_open_minutes_median: float | None = None
    response_open_minutes_p90: float | None = None
    first_response_n: int | None = None
    first_response_minutes_median: float | None = None
    conversations_resolved: int | None = None
    one_touch_rate: float | None = None
    resolution_n: int | None = None
    resolution_minutes_median: float | None = None
    reopens: int | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of the conversations opened in a period; `channel` None is all of the channels asked for."""

    channel: str | None
    conversations_resolved: int | None = None
    one_touch_rate: float | None = None
    resolution_n: int | None = None
    resolution_minutes_median: float | None = None
    reopens: int | None = None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers answered and rated in a period; `channel` None is all of the channels asked for."""

    channel: str | None
    rating_n: int = 0
    rating_mean: float | None = None
    csat_asked: int = 0
    csat_responses: int = 0
    csat_rate: float | None = None
    csat_response_rate: float | None = None
    nps_asked: int = 0
    nps_responses: int = 0
    nps: float | None = None
    promoters: int = 0
    passives: int = 0
    detractors: int = 0
    nps_response_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The service KPIs of one day, week or month, both days included."""

    starts_on: date
    ends_on: date
    service: Service


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A wait that nobody has closed, with who waits and how it began."""

    conversation_id: str
    channel: str
    who: str
    opened_at: datetime
    promise_minutes: int | None
    promise_due_at: datetime | None
    title: str | None
    body: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one customer and the company exchange in one thread; `total` is how many the list has in all."""

    conversation_id: str
    thread_id: str
    customer_id: str | None
    source: str
    channel: str
    who: str
    handle: str
    opened_at: datetime
    last_customer_message_at: datetime
    waiting_since: datetime | None
    waits: int
    answered_waits: int
    customer_messages: int
    brand_messages: int
    title: str | None
    body: str | None
    url: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a thread; `is_own` where it belongs to the conversation that is being read."""

    message_id: str
    direction: str
    who: str
    posted_at: datetime
    time_precision: str
    edited_at: datetime | None
    title: str | None
    body: str | None
    url: str | None
    rating: float | None
    rating_scale: float | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a conversation, with the messages that open and close it."""

    opening_message_id: str
    opened_at: datetime
    closing_message_id: str | None
    closed_at: datetime | None
    response_minutes: float | None
    promise_minutes: int | None
    promise_due_at: datetime | None
    promise_kept: bool | None


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its last run left it, and what all its runs read. Freshness: from posted to visible here."""

    source: str
    type: str
    site: str | None = None
    answerable: str | None = None
    panel: list[str] | None = None
    owner: str | None = None
    last_status: str | None = None
    last_run_at: datetime | None = None
    last_finished_at: datetime | None = None
    last_error: str | None = None
    pages: int | None = None
    records_read: int | None = None
    records_new: int | None = None
    records_changed: int | None = None
    records_unchanged: int | None = None
    records_repaired: int | None = None
    records_rejected: int | None = None
    pages_waiting: int | None = None
    messages: int | None = None
    newest_message_at: datetime | None = None
    freshness_n: int | None = None
    freshness_minutes_median: float | None = None
    freshness_minutes_p95: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a source and what it read."""

    run_id: str | int
    source: str
    status: str
    started_at: datetime
    finished_at: datetime | None = None
    seconds: float | None = None
    pages: int | None = None
    read: int | None = None
    new: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    repaired: int | None = None
    rejected: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records of one source that were rejected for one reason, with a few examples."""

    source: str
    reason: str
    records: int
    last_at: datetime
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last refresh of the marts."""

    status: str
    as_of: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_full: bool | None = None
    batches: int | None = None
    error: str | None = None


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
