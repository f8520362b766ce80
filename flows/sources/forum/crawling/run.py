"""One run over a forum: what its lists say is new, the threads that are, then a look at what was read before."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from flows.sources.answers import LayoutChanged, rejected
from flows.sources.base import Page
from flows.sources.forum.client import Read, Way
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import Taking
from flows.sources.forum.crawling.lists import Lists
from flows.sources.forum.crawling.messages import STREAM, scoped
from flows.sources.forum.crawling.newest import Newest
from flows.sources.forum.crawling.recheck import Again
from flows.sources.forum.crawling.store import Book, Listed, Thread
from flows.sources.forum.crawling.threads import Threads
from flows.sources.forum.json.discourse import Discourse
from flows.sources.http import HostResting, HttpError, Memory, Validators

FEW = 3  # sections that changed: from here on, a page of the newest activity may save requests
MOST_SECTIONS = 2000


class Crawl:
    """A run. `answers` counts what could be read, `failures` say what not."""

    def __init__(
        self, config: ForumConfig, way: Way, memory: Memory, *, site: str, keys: Iterable[str], now: datetime
    ) -> None:
        """`keys` are those of the state that was committed."""
        self.failures: list[str] = []
        self._config = config
        self._way = way
        self._memory = memory
        self._now = now
        self._book = Book(memory, keys)
        self._taking = Taking(config, site, self._book, now)
        self._lists = Lists(config, way, self._book, memory, now)
        self._threads = Threads(config, way, self._book, self._taking, now)
        self._again = Again(config, self._threads, self._book, int(now.timestamp()))
        self._newest_answers = 0
        self._recent_pages: list[str] = []
        self._seen: set[str] = set()

    @property
    def answers(self) -> int:
        """How many pages could be read."""
        return self._lists.answers + self._threads.answers + self._newest_answers

    def live(self) -> Iterator[Page]:
        """Yield what is new. Raises BudgetUsedUp."""
        try:
            for page in self._steps():
                yield self.page(page)
        except HostResting as error:
            self.failures.append(str(error))
            reject = rejected(STREAM, error.url, error)
            yield self.page(Page([], {}, [reject], gap=f"{error}: the next run goes on"))

    def page(self, page: Page) -> Page:
        """Make a page that carries what is to be remembered."""
        state = {**page.state, **self._memory.take()}
        return replace(page, next_cursor={"run": self._now.isoformat()}, state=state)

    def left(self) -> str:
        """Say what a run that ends early leaves."""
        return f"{len(self._book.wanted())} threads are left for the next run"

    def _steps(self) -> Iterator[Page]:
        yield from self._find()
        for thread in self._book.wanted(int(self._now.timestamp())):
            yield from self._threads.read(thread)
        yield from self._again.look()
        yield from self._threads.bury_vanished()
        self._again.forget()
        if state := self._memory.take():
            yield Page([], {}, state=state)

    def _find(self) -> Iterator[Page]:
        """Note which threads are to be read."""
        recent = self._way.recent()
        if recent and isinstance(self._way, Discourse):
            newest = Newest(self._way, self._book, self._taking, self._memory, self._now)
            yield from self._try(recent, newest.read() if newest.is_begun else newest.begin())
            self._newest_answers = newest.answers
            if self._lists.state(recent).get("done"):
                return
        if recent:
            self._seen.add(recent)
            yield from self._try(recent, self._lists.read(recent, None))
            if isinstance(self._way, Discourse) or self._lists.ends_known:
                return
        for start in self._way.starts():
            if start not in self._seen:
                yield from self._try(start, self._start(start))

    def _try(self, where: str, pages: Iterator[Page]) -> Iterator[Page]:
        """Yield a list's pages; its failure is a page with a reject, and the others are read all the same."""
        try:
            yield from pages
        except HostResting:
            raise
        except (HttpError, LayoutChanged) as error:
            self.failures.append(str(error))
            yield Page([], {}, [rejected(STREAM, where, error)])

    def _start(self, address: str) -> Iterator[Page]:
        """Read an address that was asked for: a thread, a list, or an index of sections."""
        self._seen.add(address)
        single = self._memory.get(f"single:{address}").get("thread")
        if single and (known := self._book.get(single)):
            known.want = known.want or Listed()
            self._book.put(known)
            return
        before = self._lists.state(address)
        read = self._way.read(address, Validators.of(before) if before.get("whole") else None)
        if read.reading is None:
            self._lists.answers += 1
            return
        if read.reading.kind == "thread":
            self._one(address, read)
            yield Page([], {})
            return
        count = len(self.failures)
        yield from self._section(address, None, read)
        if len(self.failures) == count:
            self._memory.note(
                f"list:{address}", self._lists.state(address) | {"whole": True} | read.validators.as_state()
            )

    def _one(self, address: str, read: Read) -> None:
        """An address is that of a single thread: it is asked for each time."""
        shown, parts = read.shown, urlsplit(address)
        own = scoped(shown.thread_id, shown.space) if shown.thread_id else None
        number = own or f"{parts.path}?{parts.query}"
        thread = self._book.get(number) or Thread(number, address, shown.title or "")
        thread.want = thread.want or Listed()
        self._book.put(thread)
        self._memory.note(f"single:{address}", {"thread": number})

    def _section(self, address: str, sign: str | None, read: Read) -> Iterator[Page]:
        """Read a list of threads, and the sections that stand on its page, where they changed."""
        reading = read.shown
        self._recent_pages += read.recent
        if reading.threads or not reading.forums:
            yield from self._lists.read(address, sign, first=read)
        else:
            self._lists.check(read, self._lists.state(address))
        if not (self._config.subforums or not reading.threads):
            return
        changed = [url for url in reading.forums if self._is_changed(url, read.signs.get(url))]
        changed = yield from self._spare(changed, read)
        for url in changed:
            if url in self._seen or len(self._seen) > MOST_SECTIONS:
                continue
            self._seen.add(url)
            yield from self._try(url, self._below(url, read.signs.get(url)))
        if not reading.threads and reading.forums:
            yield Page([], {})

    def _below(self, url: str, sign: str | None) -> Iterator[Page]:
        read = self._lists.ask(url, url, self._lists.state(url))
        if read.reading is None:
            self._memory.note(f"list:{url}", self._lists.state(url) | {"sign": sign})
            return
        yield from self._section(url, sign, read)
        # An index below has no list of its own; what it shows was read through.
        self._memory.note(f"list:{url}", self._lists.state(url) | {"sign": sign, "done": True})

    def _is_changed(self, url: str, sign: str | None) -> bool:
        known = self._lists.state(url)
        return not known.get("done") or bool(known.get("holes")) or sign is None or known.get("sign") != sign

    def _spare(self, changed: list[str], read: Read) -> Generator[Page, None, list[str]]:
        """Return the sections that are still to be read after a look at a page of the newest activity."""
        done = [url for url in changed if self._lists.state(url).get("done")]
        for recent in read.recent:
            if len(done) < FEW or recent in self._seen:
                break
            self._seen.add(recent)
            self._memory.note(f"list:{recent}", self._lists.state(recent) | {"done": True})
            self._lists.forget_tail()
            yield from self._try_quietly(self._lists.read(recent, None))
            if self._lists.ends_known:
                for url in done:
                    if not self._lists.state(url).get("holes"):
                        note = self._lists.state(url) | {"sign": read.signs.get(url)}
                        self._memory.note(f"list:{url}", note)
                return [url for url in changed if url not in done or self._lists.state(url).get("holes")]
        return changed

    def _try_quietly(self, pages: Iterator[Page]) -> Iterator[Page]:
        """A page that only saves requests is no loss where it cannot be read."""
        try:
            yield from pages
        except HostResting:
            raise
        except (HttpError, LayoutChanged):
            return
