"""What the page is about: the view, its figures now and before, and their course, read once for all its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from app.shared.kpi import Figures, Kpi, Kpis
from app.shared.measures import Extent
from app.shared.period import View

Clock = Literal["calendar", "open"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)
# The median response by each clock, and nine in ten.
MEDIAN: dict[Clock, str] = {"calendar": "response_minutes_median", "open": "response_open_minutes_median"}
P90: dict[Clock, str] = {"calendar": "response_minutes_p90", "open": "response_open_minutes_p90"}
RATES = ("answered_rate", "promise_kept_rate", "waits_open")


@dataclass(frozen=True, slots=True)
class Shown:
    """Figures of all channels first, then by channel; `before` is empty where the data begin too late for one.

    `why` there is none before, and `aged` says at which age points are compared.
    """

    view: View
    extent: Extent
    kpis: Kpis
    clock: Clock
    rows: Sequence[Figures]
    before: Sequence[Figures]
    points: Sequence[Figures]
    why: str
    aged: str

    @property
    def now(self) -> Figures:
        """The figures of all channels."""
        return self.rows[0]

    @property
    def former(self) -> Figures | None:
        """Those of the period before, where there is one."""
        return self.before[0] if self.before else None

    @property
    def median(self) -> Kpi:
        """The median response by the clock that was chosen."""
        return self.kpis[MEDIAN[self.clock]]

    @property
    def columns(self) -> list[Kpi]:
        """The figures of service."""
        return [self.kpis[name] for name in ("waits_opened", MEDIAN[self.clock], P90[self.clock], *RATES)]
