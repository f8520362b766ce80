"""One run over a forum: find changed threads by its lists, read them, then recheck pages that were read before."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from flows.records import Page
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.forum.client import ForumClient, Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import PostIntake
from flows.sources.forum.crawling.lists import ListReader
from flows.sources.forum.crawling.messages import STREAM, scoped
from flows.sources.forum.crawling.newest import NewestReader
from flows.sources.forum.crawling.recheck import Recheck
from flows.sources.forum.crawling.store import Listed, Thread, ThreadStore
from flows.sources.forum.crawling.threads import ThreadReader
from flows.sources.http import HostResting, HttpError, Memory, Validators
from flows.sources.rechecks import Absences, join_gaps

FEW = 3  # changed sections from which on a page of the newest activity may save requests
MAX_SECTIONS = 2000


class Crawl:
    """One run. `answers` counts the pages that could be read, `failures` says which could not."""

    def __init__(
        self,
        config: ForumConfig,
        client: ForumClient,
        memory: Memory,
        *,
        site: str,
        keys: Iterable[str],
        now: datetime,
    ) -> None:
        """`keys` are those of the committed state."""
        self.failures: list[str] = []
        self._config = config
        self._client = client
        self._memory = memory
        self._now = now
        self._store = ThreadStore(memory, keys)
        self._absences = Absences(memory, config, now)
        self._intake = PostIntake(config, site, self._store, self._absences, now)
        self._lists = ListReader(config, client, self._store, memory, now)
        self._threads = ThreadReader(config, client, self._store, self._intake, now)
        self._recheck = Recheck(config, self._threads, self._store, self._absences, int(now.timestamp()))
        self._newest_answers = 0
        self._recent_pages: list[str] = []
        self._seen: set[str] = set()

    @property
    def answers(self) -> int:
        """Count of pages that could be read."""
        return self._lists.answers + self._threads.answers + self._newest_answers

    def run(self) -> Iterator[Page]:
        """Yield what is new. Raises BudgetUsedUp."""
        try:
            for page in self._steps():
                yield self.page(page)
        except HostResting as error:
            self.failures.append(str(error))
            reject = rejected(STREAM, error.url, error)
            yield self.page(Page([], {}, [reject], gap=f"{error}: the next run goes on"))

    def stop(self, gap: str) -> Iterator[Page]:
        """Yield the last page of a run that ends early."""
        yield from map(
            self.page, self._ending(f"{gap}: {len(self._store.wanted())} threads are left for the next run")
        )

    def page(self, page: Page) -> Page:
        """Return the page with the state that is committed with it."""
        state = {**page.state, **self._memory.take()}
        return replace(page, next_cursor={"run": self._now.isoformat()}, state=state)

    def _steps(self) -> Iterator[Page]:
        yield from self._find_changed()
        for thread in self._store.wanted(int(self._now.timestamp())):
            yield from self._threads.read(thread)
        yield from self._recheck.run()
        yield from self._ending()
        self._recheck.forget()
        if state := self._memory.take():
            yield Page([], {}, state=state)

    def _ending(self, gap: str | None = None) -> Iterator[Page]:
        """Yield what is believed gone by the end of a run."""
        result = self._intake.believe()
        gap = join_gaps(gap, result.gap)
        if result.tombstones or gap:
            yield Page([], {}, tombstones=result.tombstones, gap=gap)

    def _find_changed(self) -> Iterator[Page]:
        """Note which threads changed and are to be read."""
        recent, newest = self._client.recent(), self._client.newest
        if recent and newest:
            reader = NewestReader(newest, self._store, self._intake, self._memory, self._now)
            yield from self._try(recent, reader.read() if reader.is_begun else reader.begin())
            self._newest_answers = reader.answers
            if self._lists.state(recent).get("done"):
                return
        if recent:
            self._seen.add(recent)
            yield from self._try(recent, self._lists.read(recent, None))
            if newest or self._lists.ends_known:
                return
        for start in self._client.starts():
            if start not in self._seen:
                yield from self._try(start, self._start(start))

    def _try(self, where: str, pages: Iterator[Page]) -> Iterator[Page]:
        """Yield a list's pages; where it fails a page with a reject, so that other lists are still read."""
        try:
            yield from pages
        except HostResting:
            raise
        except (HttpError, LayoutChanged) as error:
            self.failures.append(str(error))
            yield Page([], {}, [rejected(STREAM, where, error)])

    def _start(self, address: str) -> Iterator[Page]:
        """Read a configured address: a thread, a list of threads, or an index of sections."""
        self._seen.add(address)
        single = self._memory.get(f"single:{address}").get("thread")
        if single and (known := self._store.get(single)):
            known.want = known.want or Listed()
            self._store.put(known)
            return
        before = self._lists.state(address)
        read = self._client.read(address, Validators.of(before) if before.get("whole") else None)
        if read.reading is None:
            self._lists.answers += 1
            return
        if read.reading.kind == "thread":
            self._follow_single(address, read)
            yield Page([], {})
            return
        count = len(self.failures)
        yield from self._section(address, None, read)
        if len(self.failures) == count:
            self._memory.note(
                f"list:{address}", self._lists.state(address) | {"whole": True} | read.validators.as_state()
            )

    def _follow_single(self, address: str, read: Read) -> None:
        """Note a single thread, whose address was configured: it is read in each run."""
        shown, parts = read.shown, urlsplit(address)
        own = scoped(shown.thread_id, shown.space) if shown.thread_id else None
        number = own or f"{parts.path}?{parts.query}"
        thread = self._store.get(number) or Thread(number, address, shown.title or "")
        thread.want = thread.want or Listed()
        self._store.put(thread)
        self._memory.note(f"single:{address}", {"thread": number})

    def _section(self, address: str, sign: str | None, read: Read) -> Iterator[Page]:
        """Read a list of threads, and the sections on its page that changed."""
        reading = read.shown
        self._recent_pages += read.recent
        if reading.threads or not reading.forums:
            yield from self._lists.read(address, sign, first=read)
        else:
            self._lists.check(read, self._lists.state(address))
        if not (self._config.subforums or not reading.threads):
            return
        changed = [url for url in reading.forums if self._is_changed(url, read.signs.get(url))]
        changed = yield from self._skip_unchanged(changed, read)
        for url in changed:
            if url in self._seen or len(self._seen) > MAX_SECTIONS:
                continue
            self._seen.add(url)
            yield from self._try(url, self._subsection(url, read.signs.get(url)))
        if not reading.threads and reading.forums:
            yield Page([], {})

    def _subsection(self, url: str, sign: str | None) -> Iterator[Page]:
        read = self._lists.ask(url, url, self._lists.state(url))
        if read.reading is None:
            self._memory.note(f"list:{url}", self._lists.state(url) | {"sign": sign})
            return
        yield from self._section(url, sign, read)
        # An index of sections has no list of its own; its sections were just read.
        self._memory.note(f"list:{url}", self._lists.state(url) | {"sign": sign, "done": True})

    def _is_changed(self, url: str, sign: str | None) -> bool:
        known = self._lists.state(url)
        return not known.get("done") or bool(known.get("holes")) or sign is None or known.get("sign") != sign

    def _skip_unchanged(self, changed: list[str], read: Read) -> Generator[Page, None, list[str]]:
        """Return the sections still to be read after a page of the newest activity, which may cover the others."""
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
        """Yield a list's pages; failing is no loss, since the list is read only to save requests."""
        try:
            yield from pages
        except HostResting:
            raise
        except (HttpError, LayoutChanged):
            return
