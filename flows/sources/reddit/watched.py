"""Threads that are read whole, and again while they are young, on shelves by the last letter of their ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks import Form, Store

SHELVES = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Thread:
    """A watched thread: when it was written, how many comments it had when it was last read, and when that was.

    Moments are ISO 8601; `comments` is None before it was read.
    """

    written: str | None = None
    comments: int | None = None
    read_at: str | None = None

    @property
    def born(self) -> float | None:
        """When it was written."""
        return datetime.fromisoformat(self.written).timestamp() if self.written else None

    @property
    def looked(self) -> float | None:
        """When it was read last."""
        return datetime.fromisoformat(self.read_at).timestamp() if self.read_at else None


def _read(_: str, kept: Json) -> Thread:
    return Thread(kept["born"], kept["comments"], kept["read_at"])


def _write(thread: Thread) -> Json:
    return {"born": thread.written, "comments": thread.comments, "read_at": thread.read_at}


def watched_threads(memory: Memory) -> Store[Thread]:
    """Every thread under watch."""
    store = Store(memory, Form("threads:", "threads", _read, _write))
    for letter in SHELVES:
        store.open(letter)
    return store
