"""Messages that are watched while they are young: for replies, for edits, and for being deleted.

Kept in the state in a bucket a day of writing. A message is due again after a quarter of its age, ten minutes at
least: often while it is news, rarely when it is not. Its thread is wanted when more replies are counted than when
it was last read, or when what it answers was never read. One that a look did not bring is looked at again when
the rule of absence wants it, and watched until it is back or believed gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import LONGEST, Absences
from flows.sources.rechecks.pace import wait

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


class WatchedPosts:
    """What is watched, as this run sees it."""

    def __init__(
        self, state: Mapping[str, Json], memory: Memory, absences: Absences, *, days: float, now: datetime
    ) -> None:
        """Take over what earlier runs watched, less what grew old."""
        self.absences = absences
        self._memory = memory
        self._days = timedelta(days=days)
        self._now = now
        self._all: dict[str, WatchedPost] = {}
        self._changed: set[str] = set()
        for key, bucket in state.items():
            if key.startswith(BUCKET):
                self._all |= {record_id: WatchedPost(*values) for record_id, values in bucket.get("of", {}).items()}
        for record_id in list(self._all):
            self._let_go(record_id)

    def parent(self, record_id: str) -> str | None:
        """What a message answered when it was first read."""
        known = self._all.get(record_id)
        return known.parent if known else None

    def knows(self, record_id: str) -> bool:
        """The message is watched."""
        return record_id in self._all

    def native(self, record_id: str) -> str:
        """What to ask for a message with."""
        return self._all[record_id].native

    def see(self, record_id: str, native: str, posted_at: datetime, replies: int, parent: str | None) -> None:
        """A message was read now: watch it, or note how it stands."""
        covered = NEVER if parent else 0
        known = self._all.get(record_id) or WatchedPost(native, posted_at.isoformat(), "", 0, covered, parent)
        known.native, known.replies, known.checked_at = native, replies, self._now.isoformat()
        known.parent = known.parent or parent
        self._all[record_id] = known
        self._changed.add(_bucket(known))
        self._let_go(record_id)

    def cover(self, record_id: str, seen: int | None = None) -> None:
        """The message's thread was read now, as far as it can be; or, with another's, so many of its replies."""
        known = self._all.get(record_id)
        if known:
            known.covered = max(known.covered, known.replies if seen is None else seen)
            known.failures = 0
            self._changed.add(_bucket(known))
            self._let_go(record_id)

    def fail(self, record_id: str) -> None:
        """The message's thread could not be read: the next run tries again, but not for ever."""
        known = self._all.get(record_id)
        if known:
            known.failures += 1
            self._changed.add(_bucket(known))
            if known.failures >= MOST_FAILURES:
                self.cover(record_id)

    def forget(self, record_id: str) -> None:
        """Watch a message no more."""
        known = self._all.pop(record_id, None)
        if known:
            self._changed.add(_bucket(known))

    def wanted(self, left_out: Collection[str] = ()) -> str | None:
        """Whose thread to read next: the newest, from as far up as its thread is known; None when all were read.

        The thread of one that is missing waits until that is to be looked at.
        """
        wanted = {
            i: one
            for i, one in self._all.items()
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
        return sum(self._is_wanted(one) and self.absences.may_ask(i) for i, one in self._all.items())

    def due(self) -> list[str]:
        """Messages to look at again, the one that waits longest first."""
        due = []
        for record_id, one in self._all.items():
            is_awaited = self.absences.is_awaited(record_id)
            if self.absences.is_due(record_id) if is_awaited else self._is_due(one):
                due.append((one.checked_at, record_id))
        return [record_id for _, record_id in sorted(due)]

    def note(self) -> None:
        """Hand what changed to the memory, for the next page."""
        self.absences.save()
        buckets: dict[str, Json] = {key: {} for key in self._changed}
        for record_id, one in self._all.items():
            if _bucket(one) in buckets:
                buckets[_bucket(one)][record_id] = list(astuple(one))
        for key, bucket in buckets.items():
            self._memory.note(key, {"of": bucket})
        self._changed.clear()

    def _let_go(self, record_id: str) -> None:
        one = self._all[record_id]
        if self._is_young(one):
            return
        if self.absences.is_awaited(record_id):
            is_over = self._now - datetime.fromisoformat(one.posted_at) > self._days + timedelta(seconds=LONGEST)
        else:
            is_over = not self._is_wanted(one)
        if is_over:
            self.absences.settle(record_id)
            self.forget(record_id)

    def _is_due(self, one: WatchedPost) -> bool:
        age = (self._now - datetime.fromisoformat(one.posted_at)).total_seconds()
        pause = timedelta(seconds=wait(age, SOONEST, QUARTER))
        return self._is_young(one) and datetime.fromisoformat(one.checked_at) + pause <= self._now

    def _is_young(self, one: WatchedPost) -> bool:
        return self._now - datetime.fromisoformat(one.posted_at) <= self._days

    def _is_orphan(self, one: WatchedPost) -> bool:
        return one.covered == NEVER and one.parent not in self._all

    def _is_wanted(self, one: WatchedPost) -> bool:
        return one.replies > max(one.covered, 0) or self._is_orphan(one)


def _bucket(one: WatchedPost) -> str:
    return BUCKET + one.posted_at[:10]
