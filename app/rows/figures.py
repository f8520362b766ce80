"""Figures of a period. `channel` None is all of the channels asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last day that have messages, every channel there is, and every tag of sources."""

    first: date
    last: date
    channels: tuple[str, ...]
    panels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What became of the conversations opened in a period; None where none opened."""

    channel: str | None
    conversations_resolved: int | None = None
    one_touch_rate: float | None = None
    resolution_n: int | None = None
    resolution_minutes_median: float | None = None
    reopens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Resolution):
    """The service KPIs of a period, what became of its conversations with them."""

    waits_opened: int
    waits_answered: int
    waits_open: int
    waits_counted: int = 0
    handled_rate: float | None = None
    excluded_rate: float | None = None
    answered_rate: float | None
    response_minutes_n: int
    response_minutes_median: float | None
    response_minutes_p90: float | None
    promises_due: int
    promises_kept: int
    promise_kept_rate: float | None
    response_open_minutes_n: int | None = None
    response_open_minutes_median: float | None = None
    response_open_minutes_p90: float | None = None
    first_response_n: int | None = None
    first_response_minutes_median: float | None = None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers answered and rated in a period."""

    channel: str | None
    rating_n: int = 0
    rating_mean: float | None = None
    csat_asked: int = 0
    csat_responses: int = 0
    csat_rate: float | None = None
    csat_response_rate: float | None = None
    nps_asked: int = 0
    nps_responses: int = 0
    nps: float | None = None
    promoters: int = 0
    passives: int = 0
    detractors: int = 0
    nps_response_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The service KPIs of one day, week or month, both days included."""

    starts_on: date
    ends_on: date
    service: Service
