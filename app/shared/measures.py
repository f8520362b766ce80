"""Figures of a period as the marts compute them, what they mean, and who still waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from app.shared.kpi import Figure, Figures, Kpi, Kpis, missing
from app.shared.memory import cached
from app.shared.period import Grain, View
from app.shared.persons import Text
from app.shared.pool import NO_MESSAGES, NotReadyError, company_zone, select, view_params
from app.shared.standing import changed, difference


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last day that have messages, every channel there is, and every tag of sources."""

    first: date
    last: date
    channels: tuple[str, ...]
    panels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last refresh of the marts."""

    status: str
    as_of: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_full: bool | None = None
    batches: int | None = None
    error: Text | None = None


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
        view_params(view) | {"grain": grain, "names": list(names), "age": age},
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


@cached
def last_refresh() -> Refresh | None:
    """The last refresh of the marts, None before the first."""
    found = select(Refresh, "select r.* from marts.last_refresh as r", wide=True)
    return found[0] if found else None
