"""Reading a thread: the first time from its beginning, later from the last page that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from flows.forumreader.links import unique
from flows.forumreader.posts import ThreadRef
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.base import Page
from flows.sources.forum.client import Read, Way
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import Taken, Taking
from flows.sources.forum.crawling.messages import STREAM, scoped
from flows.sources.forum.crawling.store import Book, Listed, PageSeen, Thread
from flows.sources.http import HostResting, HttpError, RobotsRefused

GONE = {404, 410}
CLOSED = {401, 403}
MOST_TRIES = 5
MOST_PAGES = 2000  # of one thread in one go: a pager that never ends is a trap
BELIEVED = 3  # threads that one run may find gone; where more are, they must be gone the next time, too
ASKED = 20  # posts in one request, by their ids
HOUR, DAY = 3600, 86_400


class Refused(LayoutChanged):
    """A page is not for guests, or is none that can be read."""

    reason = "refused"


class Threads:
    """Reads threads. What a page gave, and what is then known of its thread, go together with what is yielded."""

    def __init__(self, config: ForumConfig, way: Way, book: Book, taking: Taking, now: datetime) -> None:
        """`answers` counts pages that could be read."""
        self.way = way
        self.answers = 0
        self._config = config
        self._book = book
        self._taking = taking
        self._now = int(now.timestamp())
        self._vanished: list[str] = []

    def read(self, thread: Thread) -> Iterator[Page]:
        """Yield what is new in a thread, page by page. Raises BudgetUsedUp between them."""
        first = self.way.thread(ThreadRef(thread.id, thread.url, thread.title))
        start = thread.follow or thread.at or first
        try:
            if thread.back:
                yield from self._older(thread, first)
            yield from self._forward(thread, start, first)
        except HostResting:
            raise  # no other thread can be asked for, either
        except LayoutChanged as error:
            yield self.failed(thread, error)
        except HttpError as error:
            if error.status in GONE and start != first:
                thread.at = thread.follow = thread.back = None  # it has fewer pages than it had
                yield from self.read(thread)
            elif error.status in GONE:
                yield self.vanished(thread)
            else:
                yield self.failed(thread, error)

    def _forward(self, thread: Thread, address: str, first: str) -> Iterator[Page]:
        """Read from a page to the thread's end."""
        visited: set[str] = set()
        following: str | None = address
        is_new, is_known_page = not thread.posts, address == thread.at and thread.follow is None
        read, taken = None, Taken()
        while following and following not in visited and len(visited) < MOST_PAGES:
            if read is not None:
                thread.follow = following
                yield self.page(thread, taken)
                taken = Taken()
            visited.add(following)
            try:
                read = self.way.read(following)
            except HttpError as error:
                if error.status not in GONE or following in {first, address}:
                    raise
                break  # the page before told of one that is not there
            taken = self.take(thread, read, is_first=following == first)
            if is_known_page and taken.seen and not taken.met and following != first:
                following = first  # posts went away before it, and what stood there moved to earlier pages
            elif is_new and following == first and self._is_long(thread, read):
                yield self.page(thread, taken)
                taken = Taken()
                yield from self._older(thread, first)
                break
            else:
                following = read.reading.next_page if read.reading else None
            is_known_page = False
        if read is not None and (left := self._told(thread, read)):
            yield self.page(thread, taken)
            taken = Taken()
            yield from self._some(thread, read, left)
        self._done(thread)
        yield self.page(thread, taken)

    def _is_long(self, thread: Thread, read: Read) -> bool:
        """Note of a thread that is new and long: it is read from its last page back."""
        reading = read.reading
        if reading is None or not reading.last_page or not reading.next_page or not reading.posts:
            return False
        replies = thread.want.replies if thread.want else None
        pages = _count(reading.last_page, reading.next_page, len(reading.posts), replies)
        if pages is None or pages <= self._config.first_pages:
            return False
        thread.back = (reading.last_page, self._config.first_pages - 1, None)
        return True

    def _older(self, thread: Thread, first: str) -> Iterator[Page]:
        """Read a long thread's pages from its last one back, as many as are wanted, or as are young enough."""
        while thread.back and thread.back[1] > 0:
            address, left, before = thread.back
            read = self.way.read(address)
            taken = self.take(thread, read, is_first=False, before=before)
            posts = read.reading.posts if read.reading else []
            dates = [post.posted_at.at.timestamp() for post in posts if post.posted_at]
            is_old = bool(dates) and min(dates) < self._now - self._config.history_days * DAY
            more = None if is_old or read.previous in {first, address} else read.previous
            thread.back = (more, left - 1, taken.first or before) if more else None
            if more and left <= 1:
                taken.gap = f"{thread.url}: {self._config.first_pages} pages are read, those in its middle are not"
            yield self.page(thread, taken)
        thread.back = None

    def _told(self, thread: Thread, read: Read) -> list[str]:
        """Which posts the thread is told to have, and no page gave."""
        known = thread.known().keys() | set(thread.quiet)
        left = [name for name in read.whole or () if name not in known]
        return left if len(left) <= self._config.first_pages * ASKED else []

    def _some(self, thread: Thread, read: Read, left: list[str]) -> Iterator[Page]:
        """Ask for posts by their ids; those that are not given are not asked for again."""
        while left:
            asked, left = left[:ASKED], left[ASKED:]
            found = self.way.read(self.way.some(thread.id, asked))
            found.whole = read.whole
            taken = self.take(thread, found, is_first=False, before="")
            lost = set(asked) - thread.known().keys() - set(thread.quiet)
            thread.quiet += sorted(lost)
            if lost and not taken.rejects:
                taken.gap = f"{thread.url}: {len(lost)} of its posts are told of and not given"
            yield self.page(thread, taken)

    def take(self, thread: Thread, read: Read, *, is_first: bool, before: str | None = None) -> Taken:
        """Take a page's posts; `before` is the known post that they all stand before, where that is so.

        Raises LayoutChanged where there should be posts and are none.
        """
        self.answers += 1
        reading = read.reading
        if reading is None:
            self._saw(thread, read)
            return Taken()
        if error := _trouble(read, thread):
            raise error
        number = scoped(reading.thread_id or "", reading.space)
        if read.url != read.address and reading.thread_id and number != thread.id:
            self._merged(thread, read)
            return Taken()
        thread.title = thread.title or reading.title or ""
        thread.quiet = [name for name in unique([*thread.quiet, *read.silent]) if name in (read.whole or ())]
        taken = self._taking.page(thread, read, is_first=is_first or reading.page == 1, before=before)
        self._saw(thread, read)
        thread.gone = None
        if before is None:
            thread.at = read.address
        return taken

    def _merged(self, thread: Thread, read: Read) -> None:
        """A thread leads to another one: that has its posts now, and is read."""
        shown = read.shown
        number = scoped(str(shown.thread_id), shown.space)
        other = self._book.get(number) or Thread(number, read.url, shown.title or "")
        known = other.known()
        other.posts += [post for post in thread.posts if post.id not in known]
        other.want, other.at = other.want or Listed(), None
        self._book.put(other)
        thread.posts, thread.pages, thread.at, shown.next_page = [], [], None, None

    def _saw(self, thread: Thread, read: Read) -> None:
        """Remember a page: when, how to ask again, and the newest post there."""
        if read.reading is not None and read.reading.page is None and read.whole is not None:
            return  # some posts, no page
        posts = read.reading.posts if read.reading else []
        dates = [int(post.posted_at.at.timestamp()) for post in posts if post.posted_at]
        before = next((page for page in thread.pages if page.address == read.address), None)
        newest = max(dates, default=before.newest if before else 0)
        etag, modified = read.validators.etag, read.validators.last_modified
        seen = PageSeen(read.address, self._now, newest, etag, modified)
        thread.pages = [page for page in thread.pages if page.address != read.address] + [seen]

    def _done(self, thread: Thread) -> None:
        thread.have, thread.want = thread.want or thread.have or Listed(), None
        thread.follow, thread.tries, thread.later, thread.gone = None, 0, 0, None

    def page(self, thread: Thread, taken: Taken) -> Page:
        """Make a page of what was taken; what is known of the thread goes with it."""
        self._book.put(thread)
        return Page(taken.records, {}, taken.rejects, taken.tombstones, gap=taken.gap)

    def failed(self, thread: Thread, error: HttpError | LayoutChanged) -> Page:
        """Say why a thread gave nothing. It is tried again after 1, 4, 16 and 64 hours, then when it changes."""
        thread.tries += 1
        thread.later = self._now + HOUR * 4 ** (thread.tries - 1)
        status = error.status if isinstance(error, HttpError) else None
        is_final = isinstance(error, RobotsRefused) or status in CLOSED
        if is_final or thread.tries >= MOST_TRIES:
            self._done(thread)
        return self.page(thread, Taken(rejects=[rejected(STREAM, thread.url, error)]))

    def vanished(self, thread: Thread) -> Page:
        """A thread is not there. Its posts are gone where it was so the last time, or at the end of the run."""
        taken = Taken()
        earlier = thread.gone
        self._done(thread)
        thread.gone = self._now
        if earlier and earlier < self._now:
            self._bury(thread, taken)
        else:
            self._vanished.append(thread.id)
        return self.page(thread, taken)

    def bury_vanished(self) -> Iterator[Page]:
        """Yield the end of threads that this run found gone; of many at once only that it is in doubt."""
        if len(self._vanished) > BELIEVED:
            gap = f"{len(self._vanished)} threads are gone at once: believed if they are the next time, too"
            yield Page([], {}, gap=gap)
            return
        for number in self._vanished:
            if thread := self._book.get(number):
                taken = Taken()
                self._bury(thread, taken)
                yield self.page(thread, taken)

    def _bury(self, thread: Thread, taken: Taken) -> None:
        self._taking.bury(thread, [post.id for post in thread.posts], taken, is_doubtful=False)
        thread.pages, thread.at = [], None


def _trouble(read: Read, thread: Thread) -> LayoutChanged | None:
    """Why a page cannot be what it should be: the page of a thread with posts and their dates."""
    reading = read.reading
    if reading is None or read.silent or read.broken:
        return None
    if any(post.posted_at or post.is_deleted for post in reading.posts):
        return None
    if reading.posts:
        detail = f"{len(reading.posts)} posts stand there, none with a date that can be read"
        return LayoutChanged(read.url, detail, read.content)
    detail = reading.refusal or "a thread's posts were expected, and none can be found"
    if reading.kind == "thread" or (thread.posts and not read.asks_login):
        return LayoutChanged(read.url, detail, read.content)
    return Refused(read.url, detail, read.content)


def _count(last: str, following: str, size: int, replies: int | None) -> int | None:
    """How many pages a thread has: by its replies, else by the addresses of its last and its second page."""
    if replies is not None and size:
        return replies // size + 1
    pairs = zip(re.findall(r"\d+", urlsplit(last).path + urlsplit(last).query),
                re.findall(r"\d+", urlsplit(following).path + urlsplit(following).query), strict=False)  # fmt: skip
    apart = [(int(a), int(b)) for a, b in pairs if a != b]
    if len(apart) != 1 or apart[0][1] <= 0:
        return None
    end, second = apart[0]
    return end if second == 2 else end // second + 1
