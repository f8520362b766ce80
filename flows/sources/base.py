"""The contract every source keeps: a config (its form in the Prefect UI) and pages of records (`flows.records`).

A source yields `Page`s; whoever runs it commits each with its records, rejects, state and next cursor in one
transaction. A source never sees the warehouse: what it must remember comes in as `cursor` and `state`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from flows.errors import SourceError
from flows.records import Answerable, Cursor, Json, Page, Policy

KnownIds: TypeAlias = Callable[[str, str], Iterable[str]]
Stored: TypeAlias = Callable[[str, str, str], Json | None]


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


def _title(model: type) -> str:
    """The kind of source as a person picks it in the Prefect UI: `HackerNewsConfig` is Hacker News."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__.removesuffix("Config"))


class SourceConfig(BaseModel):
    """What every source declares; a subclass a source adds its own fields and its `type`."""

    model_config = ConfigDict(extra="forbid", model_title_generator=_title)

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
    """What the warehouse keeps of a source's configuration, for dbt and the app.

    `answerable` is None where the source brings no messages.
    """

    type: str
    site: str
    answerable: Answerable | None


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


@runtime_checkable
class LooksBack(Protocol):
    """A source that has to know what it read before, in order to find what is missing now."""

    def look_back(self, known: KnownIds) -> None:
        """Take what answers it: ids of a stream and a site that this source was the last to read, and not gone."""


@runtime_checkable
class Compares(Protocol):
    """A source whose ids may come again for something else: it compares what it reads with what is stored."""

    def compare(self, stored: Stored) -> None:
        """Take what answers it: the latest payload under a stream, a site and an id; None where there is none."""
