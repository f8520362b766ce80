"""Messages that are watched while they are young: for replies, for edits, and for being deleted.

Kept in the state in a bucket a day of writing. A message is due again after a quarter of its age, ten minutes at
least: often while it is news, rarely when it is not. Its thread is wanted when more replies are counted than when
it was last read, or when what it answers was never read. One that a look did not bring is looked at again when
the rule of absence wants it, and watched until it is back or believed gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks import Absences, Form, Pace, Store
from flows.sources.rechecks.absence import DAY, LONGEST

BUCKET = "watched:"
SOONEST = 600  # seconds
QUARTER = 0.25
NEVER = -1
MOST_FAILURES = 5  # in a row, a run each


@dataclass
class WatchedPost:
    """One message: what to ask for it with, times (ISO 8601), replies counted, and counted when last read.

    `failures` are the runs in a row in which its thread could not be read.
    """

    native: str
    posted_at: str
    checked_at: str
    replies: int
    covered: int
    parent: str | None
    failures: int = 0

    @property
    def born(self) -> float:
        """When it was written."""
        return datetime.fromisoformat(self.posted_at).timestamp()

    @property
    def looked(self) -> float:
        """When it was seen last."""
        return datetime.fromisoformat(self.checked_at).timestamp()


class WatchedPosts:
    """What is watched, as this run sees it."""

    def __init__(
        self, state: Mapping[str, Json], memory: Memory, absences: Absences, *, days: float, now: datetime
    ) -> None:
        """Take over what earlier runs watched, less what grew old."""
        self.absences = absences
        self._seen_at = now.isoformat()
        self._now = now.timestamp()
        self._longest = days * DAY + LONGEST
        self._pace = Pace(((days * DAY, SOONEST),), QUARTER)
        self._store = Store(memory, Form(BUCKET, "of", lambda _, kept: WatchedPost(*kept), _write))
        for key in state:
            if key.startswith(BUCKET):
                self._store.open(key.removeprefix(BUCKET))
        for record_id, _ in list(self._store.things()):
            self._let_go(record_id)

    def parent(self, record_id: str) -> str | None:
        """What a message answered when it was first read."""
        known = self._store.get(record_id)
        return known.parent if known else None

    def knows(self, record_id: str) -> bool:
        """The message is watched."""
        return self._store.get(record_id) is not None

    def native(self, record_id: str) -> str:
        """What to ask for a message with."""
        return self._known(record_id).native

    def see(self, record_id: str, native: str, posted_at: datetime, replies: int, parent: str | None) -> None:
        """A message was read now: watch it, or note how it stands."""
        covered = NEVER if parent else 0
        known = self._store.get(record_id) or WatchedPost(native, posted_at.isoformat(), "", 0, covered, parent)
        known.native, known.replies, known.checked_at = native, replies, self._seen_at
        known.parent = known.parent or parent
        self._put(record_id, known)
        self._let_go(record_id)

    def cover(self, record_id: str, seen: int | None = None) -> None:
        """The message's thread was read now, as far as it can be; or, with another's, so many of its replies."""
        known = self._store.get(record_id)
        if known:
            known.covered = max(known.covered, known.replies if seen is None else seen)
            known.failures = 0
            self._put(record_id, known)
            self._let_go(record_id)

    def fail(self, record_id: str) -> None:
        """The message's thread could not be read: the next run tries again, but not for ever."""
        known = self._store.get(record_id)
        if known:
            known.failures += 1
            self._put(record_id, known)
            if known.failures >= MOST_FAILURES:
                self.cover(record_id)

    def forget(self, record_id: str) -> None:
        """Watch a message no more."""
        self._store.drop(record_id)

    def wanted(self, left_out: Collection[str] = ()) -> str | None:
        """Whose thread to read next: the newest, from as far up as its thread is known; None when all were read.

        The thread of one that is missing waits until that is to be looked at.
        """
        wanted = {
            i: one
            for i, one in self._store.things()
            if i not in left_out and self._is_wanted(one) and self.absences.may_ask(i)
        }
        if not wanted:
            return None
        record_id = max(wanted, key=lambda i: (not self._is_orphan(wanted[i]), wanted[i].posted_at, i))
        climbed = {record_id}
        while (parent := wanted[record_id].parent) in wanted and parent not in climbed:
            climbed.add(parent)
            record_id = parent
        return record_id

    def count_wanted(self) -> int:
        """Threads that are still to be read."""
        return sum(self._is_wanted(one) and self.absences.may_ask(i) for i, one in self._store.things())

    def due(self) -> list[str]:
        """Messages to look at again: those that are awaited, then the one that waits longest."""
        return self._store.due(self._pace, self._now, self.absences)

    def _let_go(self, record_id: str) -> None:
        one = self._known(record_id)
        if self._pace.is_young(one, self._now):
            return
        if self.absences.is_awaited(record_id):
            is_over = self._now - one.born > self._longest
        else:
            is_over = not self._is_wanted(one)
        if is_over:
            self.absences.settle(record_id)
            self.forget(record_id)

    def _known(self, record_id: str) -> WatchedPost:
        known = self._store.get(record_id)
        if known is None:
            raise KeyError(record_id)
        return known

    def _put(self, record_id: str, one: WatchedPost) -> None:
        self._store.put(record_id, one, one.posted_at[:10])

    def _is_orphan(self, one: WatchedPost) -> bool:
        return one.covered == NEVER and (one.parent is None or self._store.get(one.parent) is None)

    def _is_wanted(self, one: WatchedPost) -> bool:
        return one.replies > max(one.covered, 0) or self._is_orphan(one)


def _write(one: WatchedPost) -> Any:
    return list(astuple(one))
