"""Discussions that are read again as a whole while they are young: stories, questions, articles with comments."""

from __future__ import annotations

from collections.abc import Iterable

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import DAY, HOUR
from flows.sources.rechecks.pace import wait


class WatchedThreads:
    """Threads that are read again as a whole: those listed, and those found while they are young.

    Each is read when it is new, when what its list says of it changed, and again after a tenth of its age
    (at least an hour).
    """

    def __init__(self, memory: Memory, listed: Iterable[int], now: int, days: int) -> None:
        """`listed` are watched whatever their age, others for `days` days."""
        self._memory = memory
        self._now = now
        self._days = days
        self._listed = {str(number) for number in listed}
        kept = memory.get("watched").get("threads", {})
        self._threads: dict[str, Json] = {
            thread: known
            for thread, known in kept.items()
            if thread in self._listed or known["until"] > now or known["read"] is None
        }
        self.expired = kept.keys() - self._threads.keys()
        for thread in sorted(self._listed):
            self._threads.setdefault(thread, {"created": None, "until": 0, "read": None, "sign": None})

    def find(self, thread: str, created: int, sign: object, about: Json | None = None) -> None:
        """Watch a thread that was found; a `sign` other than the last one (its number of replies) makes it due.

        `about` is kept with it.
        """
        until = created + self._days * DAY
        before = self._threads.get(thread)
        if before and before["sign"] == sign and before["read"] is not None:
            return
        if before or until > self._now:
            known = {"created": created, "until": until, "read": None, "sign": sign}
            self._threads[thread] = known | ({"about": about} if about else {})
            self._note()

    def about(self, thread: str) -> Json:
        """Return what is kept with a thread."""
        return dict(self._threads[thread].get("about", {}))

    def due(self) -> list[str]:
        """Threads to read now, the one that waits longest first: a small budget comes round to all."""
        due = [(known["read"] or 0, thread) for thread, known in self._threads.items() if self._is_due(known)]
        return [thread for _, thread in sorted(due, key=lambda one: one[0])]

    def _is_due(self, known: Json) -> bool:
        if known["read"] is None:
            return True
        age = self._now - (known["created"] or self._now)
        return bool(self._now - known["read"] >= wait(age, HOUR))

    def was_read(self, thread: str, created: int | None = None) -> None:
        """Remember that a thread was read just now."""
        before = self._threads[thread]
        self._threads[thread] = before | {"read": self._now, "created": created or before["created"]}
        self._note()

    def all(self) -> set[str]:
        """Every thread that is watched."""
        return set(self._threads)

    def is_listed(self, thread: str) -> bool:
        """Say whether somebody asked for this thread."""
        return thread in self._listed

    def drop(self, thread: str) -> None:
        """Watch a thread no longer that is gone, unless it is listed."""
        if self.is_listed(thread):
            self.was_read(thread)
        elif self._threads.pop(thread, None):
            self._note()

    def _note(self) -> None:
        self._memory.note("watched", {"threads": dict(self._threads)})
