"""What `marts.kpis` says, for tests to compare with what they count themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.helpers.house import House

ALWAYS = ("2000-01-01", "2100-01-01")
QUERY = (
    "select bucket, channel, kpi, value, n, low, high from marts.kpis(%s, %s, grain => %s, names => %s::text[],"
    " channels => %s::text[], sources => %s::text[], panels => %s::text[])"
)


@dataclass(frozen=True)
class Figure:
    """A KPI's value, how many it stands on, and the bounds of its interval."""

    value: Decimal | None
    n: int
    low: Decimal | None
    high: Decimal | None


Figures = dict[str, Figure]


def by_bucket(
    house: House, first: Any, last: Any, grain: str | None = None, names: list[str] | None = None, **scope: Any
) -> dict[tuple[date, str | None], Figures]:
    """Figures by the first day of their bucket and their channel, None being all."""
    chosen = [scope.get(name) for name in ("channels", "sources", "panels")]
    found: dict[tuple[date, str | None], Figures] = defaultdict(dict)
    for bucket, channel, kpi, *figure in house.query(QUERY, first, last, grain, names, *chosen):
        found[bucket, channel][kpi] = Figure(*figure)
    return dict(found)


def of_period(house: House, first: Any, last: Any, channel: str | None = None, **asked: Any) -> Figures:
    """Figures of a period as one, of all channels or of one."""
    found = {chosen: figures for (_, chosen), figures in by_bucket(house, first, last, **asked).items()}
    return found[channel]


def values(figures: Figures, *names: str) -> tuple[Any, ...]:
    """What some KPIs come to; `n:` before a name asks how many it stands on."""
    return tuple(
        figures[name.removeprefix("n:")].n if name.startswith("n:") else figures[name].value for name in names
    )
