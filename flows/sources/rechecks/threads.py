"""Discussions that are read again as a whole while they are young: stories, questions, articles with comments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import DAY, HOUR
from flows.sources.rechecks.pace import Pace
from flows.sources.rechecks.store import Form, Store


@dataclass(frozen=True)
class WatchedThread:
    """A thread: when it was begun and read, until when it is watched (epoch seconds), and what its list says."""

    created: int | None = None
    until: int = 0
    read: int | None = None
    sign: Any = None
    about: Json | None = None

    @property
    def born(self) -> float | None:
        """When it was begun."""
        return self.created

    @property
    def looked(self) -> float | None:
        """When it was read; None where its list says something new since."""
        return self.read


def _write(thread: WatchedThread) -> Any:
    kept = {"created": thread.created, "until": thread.until, "read": thread.read, "sign": thread.sign}
    return kept | ({"about": thread.about} if thread.about else {})


class WatchedThreads:
    """Threads that are read again as a whole: those listed, and those found while they are young.

    Each is read when it is new, when what its list says of it changed, and again after a tenth of its age
    (at least an hour).
    """

    def __init__(self, memory: Memory, listed: Iterable[int], now: int, days: int) -> None:
        """`listed` are watched whatever their age, others for `days` days."""
        self._now = now
        self._days = days
        self._listed = {str(number) for number in listed}
        self._pace = Pace(((inf, HOUR),))
        form = Form("watched", "threads", lambda _, kept: WatchedThread(**kept), _write)
        self._store = Store(memory, form)
        self.expired = {thread for thread, known in self._store.open("").items() if self._is_over(thread, known)}
        for thread in self.expired:
            self._store.drop(thread)
        for thread in sorted(self._listed):
            if not self._store.get(thread):
                self._store.put(thread, WatchedThread())

    def find(self, thread: str, created: int, sign: object, about: Json | None = None) -> None:
        """Watch a thread that was found; a `sign` other than the last one (its number of replies) makes it due.

        `about` is kept with it.
        """
        until = created + self._days * DAY
        before = self._store.get(thread)
        if before and before.sign == sign and before.read is not None:
            return
        if before or until > self._now:
            self._store.put(thread, WatchedThread(created, until, None, sign, about))

    def about(self, thread: str) -> Json:
        """Return what is kept with a thread."""
        return dict(self._known(thread).about or {})

    def due(self) -> list[str]:
        """Threads to read now, the one that waits longest first: a small budget comes round to all."""
        return self._store.due(self._pace, self._now)

    def was_read(self, thread: str, created: int | None = None) -> None:
        """Remember that a thread was read just now."""
        before = self._known(thread)
        self._store.put(thread, replace(before, read=self._now, created=created or before.created))

    def all(self) -> set[str]:
        """Every thread that is watched."""
        return {thread for thread, _ in self._store.things()}

    def is_listed(self, thread: str) -> bool:
        """Say whether somebody asked for this thread."""
        return thread in self._listed

    def drop(self, thread: str) -> None:
        """Watch a thread no longer that is gone, unless it is listed."""
        if self.is_listed(thread):
            self.was_read(thread)
        else:
            self._store.drop(thread)

    def _known(self, thread: str) -> WatchedThread:
        return self._store.open("")[thread]

    def _is_over(self, thread: str, known: WatchedThread) -> bool:
        return thread not in self._listed and known.until <= self._now and known.read is not None
