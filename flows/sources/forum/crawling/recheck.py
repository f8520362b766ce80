"""Rechecks pages that were read: recent posts for edits, older ones for deletions, first those that were missed."""

from __future__ import annotations

from collections.abc import Iterator

from flows.forumreader import ThreadRef
from flows.records import Page
from flows.sources.answers import LayoutChanged
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import IntakeResult
from flows.sources.forum.crawling.store import PageSeen, Thread, ThreadStore, has_any
from flows.sources.forum.crawling.threads import GONE, ThreadReader
from flows.sources.http import HostResting, HttpError, Validators
from flows.sources.rechecks import Absences, Pace
from flows.sources.rechecks.absence import DAY, HOUR

SOON = 10**6  # how overdue a page is that lacked a post
KEPT = 50  # posts kept of a thread that is no longer rechecked


class Recheck:
    """Rechecks a few pages a run, the most overdue first.

    A page is due after a tenth of its newest post's age: after an hour at least for `watch_days`, after a day at
    least for `sweep_days`, then no longer. Pages of a thread with missing posts are due when the rule of absence
    wants those looked for again.
    """

    def __init__(
        self, config: ForumConfig, threads: ThreadReader, store: ThreadStore, absences: Absences, now: int
    ) -> None:
        """`now` is the run's time (epoch seconds)."""
        self._absences = absences
        self._config = config
        steps = ((config.watch_days * DAY, HOUR), (config.sweep_days * DAY, DAY))
        self._pace = Pace(steps)
        self._threads = threads
        self._store = store
        self._now = now

    def run(self) -> Iterator[Page]:
        """Yield a page a request. Raises BudgetUsedUp."""
        for number, address in self._due()[: self._config.look_again]:
            thread = self._store.get(number)
            page = next((page for page in thread.pages if page.address == address), None) if thread else None
            if thread is None or page is None or number in self._threads.missed:
                continue
            yield self._recheck(thread, page)

    def forget(self) -> None:
        """Drop what is older than `sweep_days`, but keep each thread's last posts: later ones are new."""
        self._store.forget(self._now - int(self._config.sweep_days * DAY), KEPT, self._absences.awaited)

    def _recheck(self, thread: Thread, page: PageSeen) -> Page:
        first = self._threads.client.thread(ThreadRef(thread.id, thread.url, thread.title))
        at = thread.at
        try:
            read = self._threads.client.read(page.address, Validators(page.etag, page.last_modified))
            result = self._threads.take(thread, read, is_first=page.address == first)
        except HostResting:
            raise
        except (HttpError, LayoutChanged) as error:
            status = error.status if isinstance(error, HttpError) else None
            if status not in GONE:
                page.read = self._now
                return self._threads.failed(thread, error)
            if page.address == first:
                return self._threads.missing(thread)
            thread.pages.remove(page)  # the thread has fewer pages now
            thread.at = None if at == page.address else at
            return self._threads.page(thread, IntakeResult())
        if read.reading is None or read.reading.next_page is not None or at is None:
            thread.at = at  # reading goes on from a thread's last page only
        return self._threads.page(thread, result)

    def _due(self) -> list[tuple[str, str]]:
        """Pages that are due, the most overdue first."""
        found = []
        missing = set(self._absences.due())
        for number, kept in self._store.kept():
            is_missed = bool(missing) and has_any(kept, missing)
            for page in map(PageSeen.of, kept.get("pages", ())):
                late = max(self._pace.lateness(page, self._now), SOON if is_missed and page.read < self._now else 0)
                if late >= 1:
                    found.append((late, number, page.address))
        found.sort(key=lambda one: (-one[0], one[1], one[2]))
        return [(number, address) for _, number, address in found]
