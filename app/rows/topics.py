"""What customers write about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the company's list, by its name in both languages."""

    topic: str
    label_en: str
    label_fr: str


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic with the messages of a period that name it; `net_sentiment` is of `n` messages, -100 to 100."""

    topic: str
    label_en: str
    label_fr: str
    messages: int
    accounts: int
    complaints: int
    net_sentiment: float | None
    n: int


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """What many wrote about lately and no topic of the list names; the weeks end with the newest message."""

    theme_id: int
    name: str
    messages: int
    accounts: int
    complaints: int
    last_week: int
    week_before: int
