"""What the world yields before it becomes records: messages and survey answers, with what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.records import Json
from flows.sources.sample.company import Account


@dataclass(slots=True)
class Meaning:
    """What a message says: the ground truth that an analyser is measured against."""

    intent: str
    sentiment: str = "neutral"
    topic: str | None = None
    product: str | None = None
    journey: str | None = None
    language: str = "fr"
    is_noise: bool = False
    act: str | None = None  # what a brand message does: answer, holding, redirect, broadcast, acknowledgement


@dataclass(slots=True)
class Message:
    """A message, posted at `when` (seconds, UTC)."""

    when: int
    native: str
    channel: str
    account: Account
    body: str
    meaning: Meaning
    title: str | None = None
    thread: str | None = None
    parent: str | None = None
    rating: int | None = None
    copy_of: str | None = None
    continues: str | None = None
    edited: int | None = None
    later: int | None = None  # when an edited version of it follows
    posted: int | None = None  # of an edited version: when the first was posted
    replies: int = 0
    reach: float = 0.0
    declares_language: bool = True


@dataclass(slots=True)
class Rating:
    """A survey that was sent, and its answer if there is one."""

    when: int
    native: str
    account: Account
    kind: str
    value: int | None
    low: int
    high: int
    asked: int
    verbatim: str | None = None
    language: str = "fr"


@dataclass(slots=True)
class Customer:
    """A record of the customer file."""

    native: str
    payload: Json = field(default_factory=dict)
    person: str = ""
