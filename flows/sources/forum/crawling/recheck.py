"""Looking again at what was read: young posts for edits, older ones, now and then, for those that are gone."""

from __future__ import annotations

from collections.abc import Iterator

from flows.forumreader.posts import ThreadRef
from flows.sources.answers import LayoutChanged
from flows.sources.base import Page
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import Taken
from flows.sources.forum.crawling.store import Book, PageSeen, Thread
from flows.sources.forum.crawling.threads import GONE, Threads
from flows.sources.http import HostResting, HttpError, Validators

HOUR, DAY = 3600, 86_400
KEPT = 50  # posts of a thread that is looked at no longer


class Again:
    """A few requests a run, on the pages whose look is most overdue.

    A page is due a tenth of its newest post's age after the last look: an hour at least while the post is watched,
    a day at least afterwards, until it is older than the sweep goes.
    """

    def __init__(self, config: ForumConfig, threads: Threads, book: Book, now: int) -> None:
        """`now` is the run's moment (epoch seconds)."""
        self._config = config
        self._threads = threads
        self._book = book
        self._now = now

    def look(self) -> Iterator[Page]:
        """Yield a page a request. Raises BudgetUsedUp."""
        for number, address in self._due()[: self._config.look_again]:
            thread = self._book.get(number)
            page = next((page for page in thread.pages if page.address == address), None) if thread else None
            if thread is None or page is None or (thread.gone == self._now):
                continue
            yield self._look(thread, page)

    def forget(self) -> None:
        """Drop what is older than the sweep goes: a thread's last posts tell what is new when somebody writes."""
        self._book.forget(self._now - int(self._config.sweep_days * DAY), KEPT)

    def _look(self, thread: Thread, page: PageSeen) -> Page:
        first = self._threads.way.thread(ThreadRef(thread.id, thread.url, thread.title))
        at = thread.at
        try:
            read = self._threads.way.read(page.address, Validators(page.etag, page.last_modified))
            taken = self._threads.take(thread, read, is_first=page.address == first)
        except HostResting:
            raise
        except (HttpError, LayoutChanged) as error:
            status = error.status if isinstance(error, HttpError) else None
            if status not in GONE:
                page.read = self._now
                return self._threads.failed(thread, error)
            if page.address == first:
                return self._threads.vanished(thread)
            thread.pages.remove(page)  # the thread has fewer pages now
            thread.at = None if at == page.address else at
            return self._threads.page(thread, Taken())
        if read.reading is None or read.reading.next_page is not None or at is None:
            thread.at = at  # only a thread's last page is one to go on from
        return self._threads.page(thread, taken)

    def _due(self) -> list[tuple[str, str]]:
        """Pages that are due, the most overdue first."""
        found = []
        for number, kept in self._book.kept():
            for page in map(PageSeen.of, kept.get("pages", ())):
                late = self._late(page)
                if late >= 1:
                    found.append((late, number, page.address))
        found.sort(key=lambda one: (-one[0], one[1], one[2]))
        return [(number, address) for _, number, address in found]

    def _late(self, page: PageSeen) -> float:
        """How overdue a page is: 1 is just due, below that not yet."""
        age = max(0, self._now - page.newest)
        if age <= self._config.watch_days * DAY:
            wait = max(HOUR, age // 10)
        elif age <= self._config.sweep_days * DAY:
            wait = max(DAY, age // 10)
        else:
            return 0.0
        return (self._now - page.read) / wait
