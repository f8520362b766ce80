"""A page and what stands on it: records, rejects, tombstones. The warehouse commits it whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import orjson

Json: TypeAlias = dict[str, Any]
Cursor: TypeAlias = dict[str, Any]
LAYOUT_CHANGED = "layout changed"  # the reason of a reject that raises an alarm
KEPT_BYTES = 100_000  # of what was rejected: enough to see what is wrong with it


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes. Raises TypeError for what is no JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def as_bytes(found: object) -> bytes:
    """What was found, to be kept with a reject: bytes as they are, else as JSON, else as Python writes it."""
    if isinstance(found, bytes):
        return found
    try:
        return canonical(found)
    except TypeError:  # nested too deep, half a character, or a number that JSON has no place for
        return repr(found).encode("utf-8", "backslashreplace")


@dataclass(slots=True, frozen=True)
class Record:
    """One thing that was read: the site that issued its id, the id, and what it says, JSON-ready.

    `counters` are values that change without the record changing (reactions, shares): they are kept
    latest-only. `native_order` is the source's own order, for ties in time. Neither is part of the hash.
    Sources make records by `make`, which sees to it that the warehouse can hold them.
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
    """Input that could not become a record: where it stood, why, and the first `KEPT_BYTES` of the input itself."""

    stream: str
    locator: str
    reason: str
    detail: str
    content: bytes
    most: int = field(default=KEPT_BYTES, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Cut the content, and leave out what no database takes as text: NUL, and halves of characters."""
        object.__setattr__(self, "content", self.content[: self.most])
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

    `gap` says what the source could not reach, `notes` what a person should know though nothing is lost; `progress`
    counts towards the source's `total()`.
    """

    records: list[Record]
    next_cursor: Cursor
    rejects: list[Reject] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    state: Mapping[str, Json] = field(default_factory=dict)
    gap: str | None = None
    progress: int = 0
    notes: list[str] = field(default_factory=list)

    @cached_property
    def read(self) -> int:
        """Inputs that the page stands for: records and rejects."""
        return len(self.records) + len(self.rejects)
