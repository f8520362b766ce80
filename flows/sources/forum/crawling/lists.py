"""Reads lists of threads, newest activity first, down to where nothing changed since the last run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from flows.forumreader import ThreadRef
from flows.records import Json, Page
from flows.sources.answers import LayoutChanged
from flows.sources.forum.client import ForumClient, Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.messages import scoped
from flows.sources.forum.crawling.store import Listed, Thread, ThreadStore
from flows.sources.forum.crawling.threads import Refused
from flows.sources.http import Memory, Validators

MAX_PAGES = 5000
ENOUGH = 3  # unchanged threads at the end of a page sorted by activity: all that follow are older
MAX_QUIET = 5  # unchanged pages of a list without dates after which an unread stretch counts as read
KEPT_ORDER = 200
# A stretch that was not read: the page to go on from, and the oldest activity that was read by then.
Hole: TypeAlias = tuple[str, str | None]


class ListReader:
    """Reads lists of threads.

    Remembered of each: the digest its index showed when it was read (`sign`), the order of its first page, the
    validators, and the stretches that interrupted runs left unread (`holes`).
    """

    def __init__(
        self, config: ForumConfig, client: ForumClient, store: ThreadStore, memory: Memory, now: datetime
    ) -> None:
        """Threads not active in the `history_days` before the first run are read once somebody writes there."""
        self.client = client
        self.answers = 0
        self._tail = 0  # known, unchanged threads at the end of the last page
        self._noted: set[str] = set()
        self._store = store
        self._memory = memory
        first = memory.get("begun").get("at")
        begun = datetime.fromisoformat(first) if first else now
        self._since = begun.astimezone(UTC) - timedelta(days=config.history_days)
        if not first:
            memory.note("begun", {"at": now.isoformat()})

    @property
    def ends_known(self) -> bool:
        """Whether the last list was read down to known, unchanged threads.

        Then every later activity in what the list covers is noted.
        """
        return self._tail > 0

    def forget_tail(self) -> None:
        """Reset `ends_known` before another list is read."""
        self._tail = 0

    def state(self, address: str) -> Json:
        """What is remembered of a list."""
        return self._memory.get(f"list:{address}")

    def read(self, address: str, sign: str | None, *, first: Read | None = None) -> Iterator[Page]:
        """Yield a page a request until nothing changed; `first` is the list's first page where it was read already.

        Raises HttpError, LayoutChanged, BudgetUsedUp; what was noted until then is kept.
        """
        before = self.state(address)
        holes: list[Hole] = [(at, down_to) for at, down_to in before.get("holes") or ()]
        for at, down_to in [(address, None), *holes]:
            yield from self._walk(address, at, down_to, first if at == address else None)
        self._memory.note(f"list:{address}", self.state(address) | {"sign": sign, "holes": [], "done": True})
        yield Page([], {})

    def _walk(self, address: str, start: str, down_to: str | None, first: Read | None) -> Iterator[Page]:
        """Read a list from a page on until nothing changed; `down_to` is how far back an earlier run had read."""
        before = self.state(address)
        order: list[str] = before.get("order") or []
        hole: Hole | None = None if start == address else (start, down_to)
        at: str | None = start
        visited: set[str] = set()
        quiet = 0
        while at and at not in visited and len(visited) < MAX_PAGES:
            visited.add(at)
            read = first if first and at == start else self.ask(address, at, before)
            if read.reading is None:
                return
            self.check(read, before)
            following, space = read.reading.next_page, read.reading.space
            refs = [replace(ref, id=scoped(ref.id, space)) for ref in read.reading.threads]
            changed = self.note(refs, order) if before.get("done") else self.note_all(refs)
            if before.get("done") and self._tail >= ENOUGH and _is_sorted(refs):
                changed = 0  # it ends in unchanged threads, so all that follow are unchanged
            quiet = 0 if changed else quiet + 1
            is_over = not following or (not changed and not _is_above(refs, down_to, quiet))
            state = self.state(address)
            if at == address:
                validators = read.validators if is_over else Validators()
                ids = [ref.id for ref in refs][:KEPT_ORDER]
                state |= {"order": ids, "threads": len(ids)} | validators.as_state()
            # After a run that is interrupted here, the next one reads the top again, then the following page.
            others = [kept for kept in state.get("holes") or () if hole is None or tuple(kept) != hole]
            hole = None if is_over or not following else (following, _oldest(refs, down_to))
            self._memory.note(f"list:{address}", state | {"holes": ([list(hole)] if hole else []) + others})
            if is_over:
                return
            yield Page([], {})
            at = following

    def ask(self, address: str, at: str, before: Json) -> Read:
        """Ask for a page of a list; conditionally for the first page of a list that was read completely."""
        is_known = at == address and before.get("done") and not before.get("holes")
        read = self.client.read(at, Validators.of(before) if is_known else None)
        self.answers += read.reading is None
        return read

    def check(self, read: Read, before: Json) -> None:
        """Raise LayoutChanged for a page that was a list and is none now, Refused for one not open to guests."""
        reading = read.shown
        self.answers += 1
        if reading.threads or reading.forums:
            return
        if reading.refusal is None and reading.kind == "list" and not before.get("threads"):
            return  # a section without threads
        self.answers -= 1
        detail = reading.refusal or "a list of threads was expected, and none can be found"
        if before.get("threads") and not read.asks_login:
            raise LayoutChanged(read.url, f"{detail}; there were {before['threads']} threads", read.content)
        raise Refused(read.url, detail, read.content)

    def note(self, refs: list[ThreadRef], order: list[str]) -> int:
        """Note which threads are to be read; returns how many changed, sticky ones not counted."""
        moved = _moved([ref.id for ref in refs if not ref.is_sticky], order)
        changed = self._tail = 0
        for ref in refs:
            said = Listed.of(ref)
            thread = self._store.get(ref.id)
            is_known = thread is not None and not self._is_news(thread, said, ref, moved)
            if not is_known and (thread is not None or self._is_young(ref)):
                thread = thread or Thread(ref.id, ref.url, ref.title)
                thread.want, thread.url, thread.tries, thread.later = said, ref.url or thread.url, 0, 0
                self._store.put(thread)
                self._noted.add(ref.id)
            if not ref.is_sticky:
                is_quiet = is_known and ref.id not in self._noted
                changed += ref.id in self._noted
                self._tail = self._tail + 1 if is_quiet else 0
        return changed

    def note_all(self, refs: list[ThreadRef]) -> int:
        """Note the threads of a list that is read for the first time; returns how many are recent enough."""
        self.note(refs, [])
        return len([ref for ref in refs if not ref.is_sticky and self._is_young(ref)])

    def _is_young(self, ref: ThreadRef) -> bool:
        return ref.last_at is None or ref.last_at.at >= self._since

    def _is_news(self, thread: Thread, said: Listed, ref: ThreadRef, moved: set[str]) -> bool:
        if thread.want is not None:
            return said.differs(thread.want)
        if thread.have is None:
            return True
        return said.differs(thread.have) or (said.says_little and ref.id in moved)


def _is_sorted(refs: list[ThreadRef]) -> bool:
    """Say whether a page's threads are sorted by activity, newest first, with exact times."""
    said = [ref.last_at for ref in refs if not ref.is_sticky]
    times = [last.at for last in said if last is not None and last.precision in {"second", "minute"}]
    return len(times) == len(said) and times == sorted(times, reverse=True)


def _oldest(refs: list[ThreadRef], down_to: str | None) -> str | None:
    times = [ref.last_at.at.astimezone(UTC).isoformat() for ref in refs if ref.last_at and not ref.is_sticky]
    return min([*times, *([down_to] if down_to else [])], default=None)


def _is_above(refs: list[ThreadRef], down_to: str | None, quiet: int) -> bool:
    """Say whether a page lies above an unread stretch: threads have moved down since."""
    if down_to is None:
        return False
    times = [ref.last_at.at for ref in refs if ref.last_at and not ref.is_sticky]
    return min(times) > datetime.fromisoformat(down_to) if times else quiet < MAX_QUIET


def _moved(now: list[str], before: list[str]) -> set[str]:
    """Ids that moved up in a list: before one that was before them. The top one is included: it may have moved."""
    at = {name: place for place, name in enumerate(before)}
    moved, lowest = set(now[:1]), len(before)
    for name in reversed(now):
        place = at.get(name)
        if place is None:
            continue
        if place > lowest:
            moved.add(name)
        lowest = min(lowest, place)
    return moved
