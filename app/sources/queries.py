"""What the Data page reads: every source, its last runs, what was rejected, and the last refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.shared.memory import cached
from app.shared.persons import Text
from app.shared.pool import select


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its last run left it, and what all its runs read. Freshness: from posted to visible here."""

    source: str
    type: str
    site: str | None = None
    answerable: str | None = None
    panel: list[str] | None = None
    owner: str | None = None
    last_status: str | None = None
    last_run_at: datetime | None = None
    last_finished_at: datetime | None = None
    last_error: Text | None = None
    pages: int | None = None
    records_read: int | None = None
    records_new: int | None = None
    records_changed: int | None = None
    records_unchanged: int | None = None
    records_repaired: int | None = None
    records_rejected: int | None = None
    pages_waiting: int | None = None
    messages: int | None = None
    messages_unreadable: int | None = None
    messages_dated_ahead: int | None = None
    knows_nobody: bool = False
    newest_message_at: datetime | None = None
    freshness_n: int | None = None
    freshness_minutes_median: float | None = None
    freshness_minutes_p95: float | None = None
    alarms: list[str] | None = None
    last_gap: str | None = None
    last_gap_at: datetime | None = None
    last_layout_change_at: datetime | None = None
    silent_since: datetime | None = None
    usual_gap_minutes: float | None = None
    can_join: bool | None = None
    show_text: bool | None = None
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a source and what it read."""

    run_id: str | int
    source: str
    status: str
    started_at: datetime
    finished_at: datetime | None = None
    seconds: float | None = None
    pages: int | None = None
    read: int | None = None
    new: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    repaired: int | None = None
    rejected: int | None = None
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records of one source that were rejected for one reason, with a few examples."""

    source: str
    reason: str
    records: int
    last_at: datetime
    examples: list[Text]


EXAMPLES = 3


@cached
def sources() -> list[Source]:
    """Every source, by name."""
    return select(
        Source,
        """
        select d.*, s.*, a.alarms, a.silent_since
        from marts.source_health as s
        left join marts.source_alarms(now()) as a on s.source = a.source
        left join marts.dim_sources as d on s.source = d.source
        order by lower(s.source)
        """,
        wide=True,
    )


@cached
def runs(source: str | None, limit: int | None) -> list[Run]:
    """The last runs of one source or of all, the latest first."""
    return select(
        Run,
        """
        select r.* from marts.source_runs as r
        where %(source)s::text is null or r.source = %(source)s
        order by r.started_at desc, r.run_id desc
        limit %(limit)s
        """,
        {"source": source, "limit": limit},
        wide=True,
    )


@cached
def rejects() -> list[Rejected]:
    """What was rejected: one row a source and reason with its count, its latest moment and a few examples."""
    return select(
        Rejected,
        """
        select
            r.source, r.reason, count(*)::integer as records, max(r.rejected_at) as last_at,
            (array_agg(
                coalesce(r.locator, '–') || coalesce(': ' || left(r.detail, 300), '') order by r.rejected_at desc
            ))[:%(examples)s] as examples
        from marts.source_rejects as r
        group by r.source, r.reason
        order by count(*) desc, r.source, r.reason
        """,
        {"examples": EXAMPLES},
    )
