"""Bursts that go on: each is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row

from flows.warehouse.database import Connection

# A late message may move the hour of a burst's alarm, and with it its name: what was told of its series within it
# was told of it.
NEWLY_FOUND = """
with found as (
    insert into ops.bursts_told (burst_id, series_id, alarmed_at)
    select a.burst_id, a.series_id, a.alarmed_at from marts.standing_alerts as a
    where a.is_going_on and not exists (
        select 1 from ops.bursts_told as t
        where t.series_id = a.series_id and t.alarmed_at > a.onset_at and t.alarmed_at <= a.last_alarming_at
    )
    on conflict do nothing
    returning burst_id
)

select
    a.burst_id, a.kind, a.value, a.onset_at, a.alarmed_at, a.messages, a.expected, a.authors, a.score,
    a.negative_share
from marts.standing_alerts as a inner join found as f on a.burst_id = f.burst_id
order by a.score - a.threshold desc, a.burst_id
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst that goes on; times are UTC, the share of negative messages empty where no feeling was read."""

    burst_id: str
    kind: str
    value: str
    onset_at: datetime
    alarmed_at: datetime
    messages: int
    expected: Decimal
    authors: int
    score: Decimal
    negative_share: Decimal | None

    @property
    def told(self) -> str:
        """One sentence."""
        what = "everything" if self.kind == "all" else f"{self.kind} {self.value}"
        negative = "" if self.negative_share is None else f", {self.negative_share:.0%} negative"
        return (
            f"{what}: {self.messages} messages of {self.authors} or more people since"
            f" {self.onset_at:%Y-%m-%d %H:%M}, {self.expected:.1f} were to be expected{negative}"
        )


def newly_found(connection: Connection) -> list[Burst]:
    """Return the bursts that go on and were never told, the strongest first."""
    built = connection.execute("select to_regclass('marts.standing_alerts') is not null").fetchone()
    if not built or not built[0]:
        return []
    return connection.cursor(row_factory=class_row(Burst)).execute(NEWLY_FOUND).fetchall()
