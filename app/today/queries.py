"""What Today reads beside figures and who waits: what burns, how fresh it is, what customers write about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.messages.labels import Topic
from app.shared.memory import cached
from app.shared.period import View
from app.shared.pool import select, view_params


@dataclass(frozen=True, slots=True)
class Alert:
    """A burst that goes on and nobody has seen to: much more is written of something than its past lets expect."""

    burst_id: str
    kind: str
    value: str
    onset_at: datetime
    first_day: date
    last_day: date
    messages: int
    expected: float
    authors: int
    negative_share: float | None


@dataclass(frozen=True, slots=True)
class Driver:
    """What a burst is made of more than of anything else, and in which share of its messages it stands."""

    kind: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest message was written."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """How many minutes a channel promises, by which clock."""

    channel: str
    minutes: int
    clock: str


@dataclass(frozen=True, slots=True)
class TopicCount(Topic):
    """A topic with the messages of a period that name it; `net_sentiment` is of `n` messages, -100 to 100."""

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


@cached
def alerts(limit: int) -> list[Alert]:
    """Bursts that go on and that nobody has acknowledged, snoozed or closed, the strongest first."""
    return select(
        Alert,
        """
        select burst_id, kind, coalesce(value, '') as value, onset_at, first_day, last_day, messages, expected,
            authors, negative_share
        from marts.standing_alerts
        where is_going_on and state = 'open'
        order by score - threshold desc, burst_id
        limit %(limit)s
        """,
        {"limit": limit},
    )


@cached
def drivers(burst_id: str) -> list[Driver]:
    """Of a burst the topic, product, place, competitor and channel that most of its messages have, by share."""
    return select(
        Driver,
        """
        select kind, value, share from marts.burst_drivers(%(burst)s, 1)
        where kind in ('topic', 'product', 'place', 'competitor', 'channel')
        order by share desc, kind
        """,
        {"burst": burst_id},
    )


@cached
def newest() -> Newest:
    """When the newest message was written."""
    return select(
        Newest,
        "select max(posted_at) as at from marts.fct_messages where day = (select max(day) from marts.fct_messages)",
    )[0]


@cached
def promises(view: View) -> list[Promise]:
    """What each channel promised last, up to the end of a period."""
    return select(
        Promise,
        """
        select distinct on (channel) channel, promise_minutes as minutes, promise_clock as clock
        from marts.fct_waits
        where day between %(first)s and %(last)s and promise_minutes is not null
        order by channel, day desc
        """,
        view_params(view),
    )


@cached
def found_topics(limit: int) -> list[FoundTopic]:
    """What many wrote about lately and no topic of the company's list names, most messages first."""
    return select(
        FoundTopic,
        """
        select theme_id, name, messages, accounts, complaints, last_week, week_before
        from marts.topics_found
        order by messages desc, theme_id
        limit %(limit)s
        """,
        {"limit": limit},
    )


@cached
def top_topics(view: View, limit: int) -> list[TopicCount]:
    """What customers wrote about in a period, the topics of most messages first."""
    return select(
        TopicCount,
        """
        select t.topic, d.label_en, d.label_fr, t.messages, t.accounts, t.complaints, t.net_sentiment, t.n
        from marts.topics_of_period(%(first)s, %(last)s, %(channels)s, null, %(panels)s) as t
        inner join marts.dim_topics as d on t.topic = d.topic
        order by t.messages desc, t.topic
        limit %(limit)s
        """,
        view_params(view) | {"limit": limit},
    )
