"""Figures of a period as the marts compute them, what they mean, and who still waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from psycopg.sql import SQL

from app.data.memory import cached
from app.data.pool import NO_MESSAGES, NotReadyError, asked, company_zone, select
from app.data.sources import last_refresh
from app.data.standing import CHANGED, TITLE, changed, difference
from app.kpi import Figure, Figures, Kpi, Kpis, missing
from app.period import Grain, View
from app.rows import Extent, FoundTopic, OpenWait, TopicCount


@dataclass(frozen=True, slots=True)
class _Extent:
    first: date | None
    last: date | None
    channels: list[str] | None


@dataclass(frozen=True, slots=True)
class _Tag:
    tag: str


@cached
def extent() -> Extent:
    """Days and channels that have messages, and the sources' tags. Raises NotReadyError without messages."""
    found = select(
        _Extent,
        "select min(day) as first, max(day) as last, array_agg(distinct channel order by channel) as channels"
        " from marts.kpi_channel_daily",
    )[0]
    if found.first is None or found.last is None:
        raise NotReadyError(NO_MESSAGES)
    tags = select(_Tag, "select distinct p.tag from marts.dim_sources as d cross join unnest(d.panel) as p (tag)")
    return Extent(found.first, found.last, tuple(found.channels or ()), tuple(each.tag for each in tags))


@cached
def kpis() -> Kpis:
    """What each KPI is, by its name, in the order of lists."""
    found = select(
        Kpi,
        "select kpi as name, unit, better, min_n, clock, label_en, label_fr, definition_en, definition_fr,"
        " population_en, population_fr, counted_en, counted_fr from marts.dim_kpis order by place",
    )
    return Kpis({kpi.name: kpi for kpi in found})


@dataclass(frozen=True, slots=True)
class _Row(Figure):
    kpi: str = field(kw_only=True)
    first: date = field(kw_only=True)
    last: date = field(kw_only=True)
    channel: str | None = field(kw_only=True)


@cached
def figures(
    view: View, names: tuple[str, ...], grain: Grain | None = None, age: timedelta | None = None
) -> list[Figures]:
    """The KPIs of a period, or of each of its days, weeks or months: of all channels first, then by channel.

    With an `age`, as each was known so long after its end.
    Raises SettingError, which names it, where the marts do not have one of `names`.
    """
    rows = select(
        _Row,
        """
        select
            k.kpi, k.channel, k.value, k.n, k.low, k.high, k.bucket as first,
            least(
                (date_trunc(%(grain)s::text, k.bucket::timestamp) + ('1 ' || %(grain)s::text)::interval)::date - 1,
                %(last)s::date
            ) as last
        from marts.kpis(
            %(first)s, %(last)s, %(grain)s::text, %(names)s::text[], %(channels)s::text[],
            panels => %(panels)s::text[], at_age => %(age)s::interval
        ) as k
        """,
        asked(view) | {"grain": grain, "names": list(names), "age": age},
    )
    for name in names:
        if all(row.kpi != name for row in rows):
            raise missing(name)
    since_refresh = changed(view) if "waits_open" in names and age is None else []
    spans: dict[tuple[date, date, str | None], dict[str, Figure]] = {}
    for row in rows:
        figure = Figure(row.value, row.n, row.low, row.high)
        if row.kpi == "waits_open" and since_refresh:
            more = difference(
                since_refresh, replace(view, first=max(row.first, view.first), last=row.last), row.channel
            )
            figure = replace(figure, value=(row.value or 0) + more, n=row.n + more)
        spans.setdefault((row.first, row.last, row.channel), {})[row.kpi] = figure
    return [Figures(*span, by_kpi) for span, by_kpi in spans.items()]


def age(view: View) -> timedelta | None:
    """How long after the end of a period the marts know it; less than nothing while it lasts."""
    refreshed = last_refresh()
    if refreshed is None or refreshed.as_of is None:
        return None
    return refreshed.as_of - datetime.combine(view.last + timedelta(1), time(), company_zone())


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
        asked(view) | {"limit": limit, "zone": company_zone().key},
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
        asked(view) | {"limit": limit},
    )
