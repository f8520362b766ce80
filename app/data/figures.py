"""Figures of a period as the marts compute them: service, satisfaction, their course, and who still waits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

from app.data.memory import cached
from app.data.pool import NO_MESSAGES, NotReadyError, asked, select
from app.period import Grain, View
from app.rows import Extent, OpenWait, Point, Resolution, Satisfaction, Service


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
def service(view: View) -> list[Service]:
    """The KPIs of a period: the first of all channels asked for, then one a channel."""
    found = select(
        Service,
        "select k.grouping_channel as channel, k.*"
        " from marts.service_kpis(%(first)s, %(last)s, %(channels)s::text[], panels => %(panels)s::text[]) as k",
        asked(view),
        wide=True,
    )
    resolved = {row.channel: asdict(row) for row in _resolution(view)}
    return [replace(row, **resolved.get(row.channel, {})) for row in found]


def _resolution(view: View) -> list[Resolution]:
    return select(
        Resolution,
        "select k.grouping_channel as channel, k.*"
        " from marts.resolution_kpis(%(first)s, %(last)s, %(channels)s::text[], panels => %(panels)s::text[]) as k",
        asked(view),
        wide=True,
    )


@cached
def satisfaction(view: View) -> list[Satisfaction]:
    """Ratings and surveys of a period, the first row of all channels."""
    return select(
        Satisfaction,
        "select k.grouping_channel as channel, k.*"
        " from marts.satisfaction_kpis(%(first)s, %(last)s, %(channels)s::text[], panels => %(panels)s::text[])"
        " as k",
        asked(view),
        wide=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point(Service):
    starts_on: date
    ends_on: date


@cached
def trend(view: View, grain: Grain) -> list[Point]:
    """The KPIs of each day, week (from Monday) or month of a period: of all channels, then by channel."""
    found = select(
        _Point,
        """
        select b.starts_on, b.ends_on, k.grouping_channel as channel, k.*
        from generate_series(
            date_trunc(%(grain)s, %(first)s::timestamp), %(last)s::timestamp, ('1 ' || %(grain)s)::interval
        ) as s (begins)
        cross join lateral (
            select
                greatest(s.begins::date, %(first)s::date) as starts_on,
                least((s.begins + ('1 ' || %(grain)s)::interval)::date - 1, %(last)s::date) as ends_on
        ) as b
        cross join lateral marts.service_kpis(
            b.starts_on, b.ends_on, %(channels)s::text[], panels => %(panels)s::text[]
        ) as k
        order by b.starts_on, k.grouping_channel nulls first
        """,
        asked(view) | {"grain": grain},
        wide=True,
    )
    return [Point(row.starts_on, row.ends_on, row) for row in found]


@cached
def open_waits(view: View, limit: int) -> list[OpenWait]:
    """Waits opened in a period that are still open: the one whose promise fell due first leads."""
    return select(
        OpenWait,
        """
        select
            w.wait_id, w.conversation_id, w.channel, coalesce(a.display_name, a.handle) as who, w.opened_at,
            w.promise_minutes, w.promise_due_at, m.title, m.body, m.text_withheld
        from marts.fct_waits as w
        inner join marts.fct_messages as m on w.opening_message_id = m.message_id
        inner join marts.dim_accounts as a on m.account_id = a.account_id
        where
            w.closed_at is null
            and w.day between %(first)s and %(last)s
            and (%(channels)s::text[] is null or w.channel = any(%(channels)s))
            and (
                %(panels)s::text[] is null
                or w.source in (select d.source from marts.dim_sources as d where d.panel && %(panels)s)
            )
        order by w.promise_due_at nulls last, w.opened_at, w.wait_id
        limit %(limit)s
        """,
        asked(view) | {"limit": limit},
    )
