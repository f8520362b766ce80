"""Who waits now, with what everybody decided up to this moment: counts, and pages of rows. Never cached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from psycopg.sql import SQL

from app.messages.rows import Verdict
from app.shared.memory import kept
from app.shared.period import View
from app.shared.persons import Name, Text
from app.shared.pool import select, view_params
from app.shared.standing import TITLE

Stands = Literal["can_be_kept", "missed_today", "backlog"]
Severity = Literal["high", "middle", "low"]
MOST = 500  # rows that one decision may be made on


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait at a moment, by what can become of their promise; `first_due_at` is the next to fall due."""

    can_be_kept: int
    missed_today: int
    backlog: int
    mine: int
    aside: int
    first_due_at: datetime | None

    @property
    def total(self) -> int:
        """All who wait."""
        return self.can_be_kept + self.missed_today + self.backlog


@dataclass(frozen=True, slots=True)
class Due:
    """How many of a channel's promises fall due within so many minutes and can still be kept."""

    minutes: int
    channel: str
    n: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits: the message, what it is about, how severe it is and why; `total` rows the list has in all.

    `listed` is a sign of which they are: as long as it is the same, so are they.
    """

    conversation_id: str
    message_id: str
    channel: str
    who: Name
    waits_since: datetime
    due_at: datetime | None
    stands: Stands
    severity: Severity
    why: list[str]
    topic: str | None
    copies: int
    copy_group_id: str | None
    assignee: str | None
    title: Text | None
    body: Text | None
    text_withheld: bool
    total: int
    listed: int


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list of who waits is narrowed to; None is anything."""

    stands: Stands | None = None
    assignee: str | None = None
    topic: str | None = None
    severity: Severity | None = None
    copies_of: str | None = None


WITHIN = SQL("""
    (%(channels)s::text[] is null or t.channel = any(%(channels)s))
    and (
        %(panels)s::text[] is null
        or t.source in (select d.source from marts.dim_sources as d where d.panel && %(panels)s)
    )
""")
COUNTS = SQL("""
    select
        (count(*) filter (where t.stands = 'can_be_kept'))::integer as can_be_kept,
        (count(*) filter (where t.stands = 'missed_today'))::integer as missed_today,
        (count(*) filter (where t.stands = 'backlog'))::integer as backlog,
        (count(*) filter (where t.assignee = %(mine)s))::integer as mine,
        (select count(*) from marts.set_aside as t where {within})::integer as aside,
        min(t.due_at) filter (where t.stands = 'can_be_kept') as first_due_at
    from marts.to_answer(%(moment)s) as t
    where {within}
""").format(within=WITHIN)
FALLING_DUE = SQL("""
    select h.minutes, t.channel, count(*)::integer as n
    from marts.to_answer(%(moment)s) as t
    inner join unnest(%(horizons)s::integer[]) as h (minutes)
        on t.due_at <= %(moment)s + h.minutes * interval '1 minute'
    where t.stands = 'can_be_kept' and {within}
    group by h.minutes, t.channel
    order by h.minutes, n desc, t.channel
""").format(within=WITHIN)
# What can still be kept leads, by the promise that falls due first; of what is late, the latest.
PAGE = SQL("""
    with page as materialized (
        select t.*, (count(*) over ())::integer as total,
            bit_xor(hashtextextended(t.message_id, 0)) over () as listed
        from marts.to_answer(%(moment)s) as t
        where
            {within}
            and (%(stands)s::text is null or t.stands = %(stands)s)
            and (%(assignee)s::text is null or t.assignee = %(assignee)s)
            and (%(topic)s::text is null or exists (
                select from marts.message_mentions as n
                where n.message_id = t.message_id and n.kind = 'topic' and n.value = %(topic)s
            ))
            and (%(severity)s::text is null or t.severity = %(severity)s)
            and (%(copies_of)s::text is null or t.copy_group_id = %(copies_of)s)
        order by {order}
        limit %(limit)s offset %(offset)s
    )
    select
        t.conversation_id, t.message_id, t.channel, coalesce(a.display_name, a.handle) as who, t.waits_since,
        t.due_at, t.stands, t.severity, t.why, t.copies, t.copy_group_id, t.assignee,
        (
            select min(n.value) from marts.message_mentions as n
            where n.message_id = t.message_id and n.kind = 'topic'
        ) as topic,
        {title} as title, m.body, m.text_withheld, t.total, t.listed
    from page as t
    inner join marts.fct_messages as m on t.message_id = m.message_id
    inner join marts.dim_accounts as a on m.account_id = a.account_id
    order by {order}
""")
ORDER = SQL("""
    (t.stands <> 'can_be_kept'), (t.stands <> 'missed_today'),
    case when t.stands = 'can_be_kept' then t.due_at end,
    case when t.stands <> 'can_be_kept' then coalesce(t.due_at, t.waits_since) end desc,
    t.conversation_id collate "C"
""")


@kept
def counts(view: View, mine: str = "", moment: datetime | None = None) -> Counts:
    """How many wait at a moment (now), in a view's channels and source groups, of any day; how many are `mine`."""
    given = view_params(view) | {"mine": mine, "moment": moment or datetime.now(UTC)}
    return select(Counts, COUNTS, given)[0]


@dataclass(frozen=True, slots=True)
class OfChannel:
    """How many wait on a channel, and how many of their promises can still be kept."""

    channel: str
    waits: int
    can_be_kept: int


@kept
def by_channel(view: View, moment: datetime | None = None) -> list[OfChannel]:
    """How many wait at a moment (now) on each channel of a view, of any day."""
    return select(
        OfChannel,
        SQL("""
            select t.channel, count(*)::integer as waits,
                (count(*) filter (where t.stands = 'can_be_kept'))::integer as can_be_kept
            from marts.to_answer(%(moment)s) as t
            where {within}
            group by t.channel
            order by t.channel
        """).format(within=WITHIN),
        view_params(view) | {"moment": moment or datetime.now(UTC)},
    )


@kept
def falling_due(view: View, horizons: tuple[int, ...], moment: datetime | None = None) -> list[Due]:
    """What falls due within each of these minutes and can still be kept, by channel."""
    given = view_params(view) | {"horizons": list(horizons), "moment": moment or datetime.now(UTC)}
    return select(Due, FALLING_DUE, given)


@kept
def waiting(
    view: View, narrowed: Narrowed, limit: int | None, offset: int, moment: datetime | None = None
) -> list[Waiting]:
    """A page of who waits: what can still be kept first, by the promise that falls due first."""
    return select(
        Waiting,
        PAGE.format(within=WITHIN, order=ORDER, title=TITLE),
        view_params(view)
        | {
            "stands": narrowed.stands,
            "assignee": narrowed.assignee,
            "topic": narrowed.topic,
            "severity": narrowed.severity,
            "copies_of": narrowed.copies_of,
            "limit": limit,
            "offset": offset,
            "moment": moment or datetime.now(UTC),
        },
    )


@dataclass(frozen=True, slots=True)
class Aside:
    """What somebody set aside: the message, what was decided and why; `total` rows the list has in all."""

    decision_id: int
    conversation_id: str
    message_id: str
    channel: str
    who: Name
    posted_at: datetime
    verdict: Verdict
    reason: Text
    decided_by: str
    decided_at: datetime
    title: Text | None
    body: Text | None
    text_withheld: bool
    total: int


@kept
def put_aside(view: View, limit: int | None, offset: int) -> list[Aside]:
    """A page of what people set aside, the latest decision first."""
    return select(
        Aside,
        SQL("""
            with page as materialized (
                select t.*, (count(*) over ())::integer as total
                from marts.set_aside as t
                where {within}
                order by t.decision_id desc
                limit %(limit)s offset %(offset)s
            )
            select
                t.decision_id, t.conversation_id, t.message_id, t.channel,
                coalesce(a.display_name, a.handle) as who, t.posted_at, t.verdict, t.reason, t.decided_by,
                t.decided_at, {title} as title, m.body, m.text_withheld, t.total
            from page as t
            inner join marts.fct_messages as m on t.message_id = m.message_id
            inner join marts.dim_accounts as a on m.account_id = a.account_id
            order by t.decision_id desc
        """).format(within=WITHIN, title=TITLE),
        view_params(view) | {"limit": limit, "offset": offset},
    )
