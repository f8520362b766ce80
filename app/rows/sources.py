"""Sources, their runs and alarms, what was rejected, and the last refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    last_error: str | None = None
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
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records of one source that were rejected for one reason, with a few examples."""

    source: str
    reason: str
    records: int
    last_at: datetime
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last refresh of the marts."""

    status: str
    as_of: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_full: bool | None = None
    batches: int | None = None
    error: str | None = None
