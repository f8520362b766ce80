"""Messages and waits of a conversation, and what people decided of a wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.shared.persons import Name, Secret, Text

Verdict = Literal["outside", "not_for_us", "noise", "copy", "undo"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a thread; `is_own` where it belongs to the conversation that is being read.

    `labels` are a value and its probability by task, `corrected` the tasks that a person answered, `evidence` the
    spans of characters, of title and body with a line break between them, that prove a label.
    """

    message_id: str
    direction: str
    who: Name
    posted_at: datetime
    time_precision: str
    edited_at: datetime | None
    title: Text | None
    body: Text | None
    body_missing: str | None
    text_withheld: bool
    url: Secret | None
    rating: float | None
    rating_scale: float | None
    is_own: bool
    labels: dict[str, tuple[str | None, float | None]]
    corrected: list[str]
    evidence: dict[str, list[list[int]]]


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a conversation, with its first message and what closed it: a message, a desk or a person."""

    wait_id: str
    opening_message_id: str
    opened_at: datetime
    closing_message_id: str | None
    closing_kind: str | None
    decision_id: int | None
    closed_at: datetime | None
    response_minutes: float | None
    promise_minutes: int | None
    promise_due_at: datetime | None
    promise_kept: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided of the wait that a message, posted at `posted_at`, is in; or that this is undone.

    What the customer wrote after the decision's moment waits, since `waits_again_at`.
    """

    decision_id: int
    message_id: str
    posted_at: datetime
    verdict: Verdict
    reason: Text
    answered_at: datetime | None
    decided_by: str
    decided_at: datetime
    waits_again_at: datetime | None
