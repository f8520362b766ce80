"""What the app reads from the marts, one shape a query: plain rows that pages, tiles and charts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last day that have messages, and every channel there is."""

    first: date
    last: date
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """The service KPIs of the waits opened in a period; `channel` None is all of the channels asked for."""

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
