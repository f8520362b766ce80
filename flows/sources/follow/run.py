"""One run over one social network: lists first, then the threads around them, then what is due for a look.

What Mastodon and Bluesky have in common; how each is asked and how a post becomes a record is its own. What a look
does not bring is missed; the end of a run decides what of that is gone (`flows.sources.rechecks`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeAlias

from flows.errors import SourceError
from flows.records import Cursor, Page, Record, Reject, Tombstone, as_bytes, reject
from flows.sources.follow.config import FollowConfig
from flows.sources.follow.timelines import Answer, Walk
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import BadAnswer, BudgetUsedUp, Clock, HttpError, Memory
from flows.sources.rechecks import join_gaps

THREADS = "threads"
CLOSED = "threads, edits and deletions cannot be read: the server shows them to those with a token only"
NOT_FOUND = "not found"
Read: TypeAlias = Callable[[str | None], Answer]


class ApiError(SourceError):
    """The server answered a call with nothing that can be used."""

    reason = "unusable answer"


class NotThere(ApiError):
    """There is no such thing, or no more."""

    reason = "not there"


class NotAllowed(ApiError):
    """The server shows this to nobody, or to those who are logged in."""

    reason = "not allowed"


UNUSABLE = (ApiError, BadAnswer)


class Follow(ABC):
    """What a run reads and remembers; a page is made of what was taken since the last one."""

    stream: ClassVar[str]
    batch: ClassVar[int]

    def __init__(self, config: FollowConfig, site: str, memory: Memory, watch: WatchedPosts, clock: Clock) -> None:
        """Nothing is asked before the first list."""
        self.watch = watch
        self.absences = watch.absences
        self.read = 0
        self.failures: list[str] = []
        self.taken: set[str] = set()
        self._follow = config
        self._site = site
        self._memory = memory
        self._now = clock.now().astimezone(UTC)
        self._is_closed = False
        self._records: list[Record] = []
        self._rejects: list[Reject] = []
        self._tombstones: list[Tombstone] = []

    @abstractmethod
    def reader(self, name: str) -> Read:
        """Return how one of the source's lists is asked."""

    def jump(self, moment: datetime, first: Answer) -> str | None:
        """Return what to ask a list with for what was written before a moment, where its first page tells."""
        return None

    @abstractmethod
    def take(self, found: Any, where: str, *, watch: bool) -> str | None:
        """Turn a post into a record, and watch it; return its id, None where it is a repeat or a reject."""

    @abstractmethod
    def read_thread(self, record_id: str) -> None:
        """Take what stands around a post, as far as the server shows it. Raises ApiError."""

    @abstractmethod
    def look_at(self, record_ids: list[str]) -> list[str]:
        """Take several posts at once; return those that are not among what came. Raises ApiError."""

    @abstractmethod
    def look(self, record_id: str) -> None:
        """Take one post; raises NotThere where its server does not have it."""

    def run(self, names: list[str], cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new, page by page, beginning with what the last run could not come to."""
        at = (cursor or {}).get("next")
        start = names.index(at) if at in names else 0
        order = names[start:] + names[:start]
        done = 0
        try:
            if at == THREADS:
                yield from self._look_around(done)
            for done, at in enumerate(order):
                yield from self.read_list(at, {"next": at}, done)
            at, done = THREADS, len(order)
            if self.read:
                yield from self._look_around(done)
            yield self.page({"next": None}, gap=self._believe(), progress=done)
        except BudgetUsedUp as end:
            lists = f"{len(order) - done} of {len(order)} lists, " if at != THREADS else ""
            left = f"{lists}{self.watch.count_wanted()} threads and {len(self.watch.due())} posts to look at"
            gap = join_gaps(f"{end}: {left} are left for the next run", self._believe())
            yield self.page({"next": at}, gap=gap, progress=done)

    def page(self, cursor: Cursor, *, gap: str | None = None, progress: int = 0) -> Page:
        """Make a page of what was taken."""
        records, rejects, tombstones = self._records, self._rejects, self._tombstones
        self._records, self._rejects, self._tombstones = [], [], []
        return Page(records, cursor, rejects, tombstones, self._memory.take(), gap, progress)

    def read_list(self, name: str, cursor: Cursor, done: int) -> Iterator[Page]:
        """Yield what is new in a list; its failure is a page with a reject. Raises BudgetUsedUp."""
        key = f"list:{name}"
        before = self._memory.get(key)
        since = self._now - timedelta(days=self._follow.first_days)
        overlap = timedelta(minutes=self._follow.overlap_minutes)
        walk = Walk(before, self.reader(name), since, overlap, self._follow.most_pages)
        count = 0
        try:
            for step in walk.steps():
                for number, item in enumerate(step.items, count + 1):
                    self.take(item.value, f"{name}#{number}", watch=step.is_news(item))
                count += len(step.items)
                if not count and before.get("top") and not before.get("empty"):
                    self.reject(name, "empty list", "there were posts, there are none now", [])
                self._memory.note(key, step.state | {"empty": not count})
                yield self.page(cursor, gap=step.gap and f"{name}: {step.gap}", progress=done)
        except (ApiError, HttpError) as error:
            self.failures.append(str(error))
            self.reject(name, error.reason, str(error), str(error))
            yield self.page(cursor, progress=done)
            return
        self.read += 1
        if walk.left():
            yield self.page(cursor, gap=f"{name}: {walk.left()}", progress=done)

    def threads(self, cursor: Cursor, done: int) -> Iterator[Page]:
        """Yield the threads that are wanted, one a page. Raises BudgetUsedUp."""
        asked: set[str] = set()
        failed: set[str] = set()
        while not self._is_closed and (record_id := self.watch.wanted(failed)):
            if record_id in asked:
                self.watch.cover(record_id)
            elif not self._read_thread(record_id):
                if not self.absences.is_awaited(record_id):
                    self.watch.fail(record_id)
                failed.add(record_id)
            asked.add(record_id)
            yield self.page(cursor, progress=done)
        if self._is_closed:
            yield self.page(cursor, gap=CLOSED, progress=done)

    def sweep(self, cursor: Cursor, done: int) -> Iterator[Page]:
        """Look at what is due again: edits are new versions, what does not come is missed. Raises BudgetUsedUp."""
        due = [record_id for record_id in self.watch.due() if record_id not in self.taken]
        while due and not self._is_closed:
            asked, due = due[: self.batch], due[self.batch :]
            self._look_at(asked)
            gap = CLOSED if self._is_closed else None
            yield self.page(cursor, gap=gap, progress=done)

    def add(self, make: Callable[[], Record], found: Any, where: str) -> Record | None:
        """Make a record and keep it; keep what was found as a reject where that cannot be."""
        try:
            record = make()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._rejects.append(reject(self.stream, where, error, found))
            return None
        self._records.append(record)
        self.taken.add(record.record_id)
        self.absences.settle(record.record_id)
        return record

    def reject(self, where: str, reason: str, detail: str, content: object) -> None:
        """Keep what could not be used, with the reason."""
        self._rejects.append(Reject(self.stream, where, reason, detail, as_bytes(content)))

    def _look_around(self, done: int) -> Iterator[Page]:
        yield from self.threads({"next": THREADS}, done)
        yield from self.sweep({"next": THREADS}, done)

    def _read_thread(self, record_id: str) -> bool:
        """Read a post's thread; say whether it was read, or cannot be though the post is there."""
        try:
            self.read_thread(record_id)
        except NotThere:
            if not self._look(record_id):
                return False
        except NotAllowed:
            self._is_closed = True
            return False
        except UNUSABLE as error:
            self.reject(f"thread of {record_id}", error.reason, str(error), str(error))
            return False
        else:
            self.absences.found(record_id)
        self.watch.cover(record_id)
        return True

    def _look_at(self, record_ids: list[str]) -> None:
        """Look at several posts; what cannot be read now is due again with the next run."""
        try:
            left = self.look_at(record_ids)
            for record_id in record_ids:
                if record_id not in left:
                    self.absences.found(record_id)
                elif not self._is_closed:
                    self._look(record_id)
        except NotAllowed:
            self._is_closed = True
        except UNUSABLE as error:
            self.reject(f"{len(record_ids)} posts", error.reason, str(error), str(error))

    def _look(self, record_id: str) -> bool:
        """Look at one post; only its own answer says that it is missing. Say whether it is there."""
        try:
            self.look(record_id)
        except NotThere:
            self.absences.miss(record_id)
            return False
        except NotAllowed:
            self._is_closed = True
            return False
        except UNUSABLE as error:
            self.reject(f"post {record_id}", error.reason, str(error), str(error))
            return False
        self.absences.found(record_id)
        return True

    def _believe(self) -> str | None:
        """Put on the next page what is believed gone by now; return what is to be said where nothing is."""
        verdict = self.absences.believe()
        for record_id in verdict.gone:
            self._tombstones.append(Tombstone(self.stream, self._site, record_id, NOT_FOUND))
            self.watch.forget(record_id)
        return verdict.gap
