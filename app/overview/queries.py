"""What the overview reads beside figures: who still waits, and what customers write about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL

from app.messages.labels import Topic
from app.shared.memory import cached
from app.shared.period import View
from app.shared.pool import company_zone, select, view_params
from app.shared.standing import CHANGED, TITLE


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
    text_withheld: bool


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


OPEN_WAITS = SQL("""
    with {changed},
    waiting as (
        select w.conversation_id, w.channel, w.source, w.day, w.opening_message_id as message_id,
            w.opened_at, w.promise_minutes, w.promise_due_at
        from marts.fct_waits as w
        where
            w.closed_at is null
            and w.conversation_id not in (
                select c.conversation_id from changed as c where c.waiting_since is not null
            )
        union all
        -- The promise of a message that waits alone since the one before was answered comes with the next refresh.
        select c.conversation_id, c.channel, c.source, (c.waits_since at time zone %(zone)s)::date, c.message_id,
            c.waits_since, c.promise_minutes, c.promise_due_at
        from changed as c
        where c.waits_since is not null
    )
    select
        w.conversation_id, w.channel, coalesce(a.display_name, a.handle) as who, w.opened_at,
        w.promise_minutes, w.promise_due_at, {title} as title, m.body, m.text_withheld
    from waiting as w
    inner join marts.fct_messages as m on w.message_id = m.message_id
    inner join marts.dim_accounts as a on m.account_id = a.account_id
    where
        w.day between %(first)s and %(last)s
        and (%(channels)s::text[] is null or w.channel = any(%(channels)s))
        and (
            %(panels)s::text[] is null
            or w.source in (select d.source from marts.dim_sources as d where d.panel && %(panels)s)
        )
    order by w.promise_due_at nulls last, w.opened_at, w.message_id
    limit %(limit)s
""")


@cached
def open_waits(view: View, limit: int | None) -> list[OpenWait]:
    """Waits opened in a period that are still open, by now: the one whose promise fell due first leads."""
    return select(
        OpenWait,
        OPEN_WAITS.format(changed=CHANGED, title=TITLE),
        view_params(view) | {"limit": limit, "zone": company_zone().key},
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
