"""The contract every source keeps: a config (its form in the Prefect UI) and pages of records.

A source yields `Page`s; whoever runs it commits each with its records, rejects, state and next cursor in one
transaction. A source never sees the warehouse: what it must remember comes in as `cursor` and `state`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import orjson
from pydantic import BaseModel, ConfigDict, Field

from flows.errors import SourceError

Json: TypeAlias = dict[str, Any]
Cursor: TypeAlias = dict[str, Any]
Answerable: TypeAlias = Literal["all", "addressed", "intent"]
LAYOUT_CHANGED = "layout changed"  # the reason of a reject that raises an alarm


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@dataclass(slots=True, frozen=True)
class Record:
    """One thing that was read: the site that issued its id, the id, and what it says, JSON-ready.

    `counters` are values that change without the record changing (reactions, shares): they are kept
    latest-only. `native_order` is the source's own order, for ties in time. Neither is part of the hash.
    """

    stream: str
    site: str
    record_id: str
    content: bytes
    content_hash: bytes
    counters: Json | None = None
    repaired: bool = False
    native_order: int = 0

    @classmethod
    def of(
        cls,
        stream: str,
        site: str,
        record_id: str,
        payload: Json,
        *,
        counters: Json | None = None,
        repaired: bool = False,
        native_order: int = 0,
    ) -> Record:
        """Make a record from its payload; the hash (SHA-256) covers the payload's canonical JSON."""
        content = canonical(payload)
        digest = hashlib.sha256(content).digest()
        return cls(stream, site, record_id, content, digest, counters or None, repaired, native_order)


@dataclass(slots=True, frozen=True)
class Reject:
    """Input that could not become a record: where it stood, why, and the input itself."""

    stream: str
    locator: str
    reason: str
    detail: str
    content: bytes

    def __post_init__(self) -> None:
        """Leave out what no database takes as text, NUL and halves of characters: the input may be quoted."""
        for name in ("locator", "detail"):
            plain = getattr(self, name).replace("\0", "").encode("utf-8", "backslashreplace").decode()
            object.__setattr__(self, name, plain)


@dataclass(slots=True, frozen=True)
class Tombstone:
    """A record that its source no longer has; `deleted_at` (ISO 8601) where the source says when."""

    stream: str
    site: str
    record_id: str
    reason: str
    deleted_at: str | None = None


@dataclass(frozen=True)
class Page:
    """What is committed together: records, rejects, tombstones, state, and the cursor that follows them.

    `gap` says what the source could not reach; `progress` counts towards the source's `total()`.
    """

    records: list[Record]
    next_cursor: Cursor
    rejects: list[Reject] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    state: Mapping[str, Json] = field(default_factory=dict)
    gap: str | None = None
    progress: int = 0

    @cached_property
    def read(self) -> int:
        """Inputs that the page stands for: records and rejects."""
        return len(self.records) + len(self.rejects)


@dataclass(slots=True, frozen=True)
class Period:
    """A stretch of time to read again or for the first time: from `since` (included) to `until` (excluded)."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """Moments have a zone, and the period is not empty; raises SourceError."""
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise SourceError("a period needs a time zone: write 2026-01-01T00:00:00+01:00")
        if self.since >= self.until:
            raise SourceError(f"the period ends ({self.until:%Y-%m-%d}) before it begins ({self.since:%Y-%m-%d})")

    def __str__(self) -> str:
        """Name it in UTC, as it stands beside a source's name where its cursor is kept."""
        return "/".join(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (self.since, self.until))


def back_fill(since: datetime | None, until: datetime | None) -> Period | None:
    """Return the period that is asked for, None where none is: it ends at midnight (UTC) today where unsaid.

    A moment without a zone is UTC's. Raises SourceError for an end without a beginning.
    """
    if since is None:
        if until is not None:
            raise SourceError("a period of the past needs its beginning, too")
        return None
    end = until or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(*(m if m.tzinfo else m.replace(tzinfo=UTC) for m in (since, end)))


class Policy(BaseModel):
    """What may be done with what is read here. It can only tighten what the site's own policy allows."""

    model_config = ConfigDict(extra="forbid")

    join: bool | None = Field(
        None, description="Accounts may be matched with accounts elsewhere. Empty: as the site's policy says."
    )
    show_text: bool = Field(True, description="Texts may be shown; without, only times, authors and figures are.")
    store_text: bool = Field(True, description="Texts may be kept; without, they are dropped before storing.")
    keep_days: int | None = Field(
        None, ge=1, le=36500, description="Days after which a message is no longer shown. Empty: no limit."
    )


class SourceConfig(BaseModel):
    """What every source declares; a subclass a source adds its own fields and its `type`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[a-z0-9][a-z0-9_.-]*$",
        description="Name of this source: small letters, digits, dots, dashes. Shown in the app.",
        examples=["support-archive"],
    )
    site: str | None = Field(
        None,
        pattern=r"^[^:\s]+$",
        description="Who issues ids of messages and accounts. Sources of one site share ids, nothing doubles.",
    )
    answerable: Answerable | None = Field(
        None,
        description="Which customer messages wait for an answer: all of them (private channels, support archives), "
        "those addressed to the company, or those that ask or complain.",
    )
    owned: bool = Field(False, description="A space of the company's own: whoever writes there addresses it.")
    brand_id: str | None = Field(None, description="The company's brand this source belongs to, if only one.")
    panel: list[str] = Field(default_factory=list, description="Tags to filter by: press, forums, social, …")
    owner: str | None = Field(None, description="Who looks after this source.")
    policy: Policy = Field(
        default_factory=Policy, description="What may be stored, joined and shown, and for how long."
    )


@dataclass(slots=True, frozen=True)
class SourceFacts:
    """What the warehouse keeps of a source's configuration, for dbt and the app."""

    type: str
    site: str
    answerable: Answerable


class Source(Protocol):
    """A source: facts about itself, and pages from a cursor on."""

    def facts(self) -> SourceFacts:
        """Say what kind of source this is, who issues its ids, and which messages wait for an answer."""

    def total(self) -> int | None:
        """Bytes or items that a whole read goes through, for a progress bar; None when unknown."""

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new since `cursor`, page by page; a source error raises SourceError."""


@runtime_checkable
class BackFills(Protocol):
    """A source that can also read a period of the past, with a cursor of that period's own."""

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was written in `period`, from that period's cursor on; the live cursor is not touched."""
