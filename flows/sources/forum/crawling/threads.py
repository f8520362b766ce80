"""Reads a thread: the first time from its beginning, later from the last page that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from flows.forumreader import ThreadRef
from flows.forumreader.links import unique
from flows.records import Page
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.forum.client import ForumClient, Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.intake import IntakeResult, PostIntake, unit
from flows.sources.forum.crawling.messages import STREAM, scoped
from flows.sources.forum.crawling.store import Listed, PageSeen, Thread, ThreadStore
from flows.sources.http import HostResting, HttpError, RobotsRefused

GONE = {404, 410}
CLOSED = {401, 403}
MAX_TRIES = 5
MAX_PAGES = 2000  # of one thread in one run: pagers that never end are traps
BATCH = 20  # posts asked for by their ids in one request
HOUR, DAY = 3600, 86_400


class Refused(LayoutChanged):
    """A page is not open to guests, or cannot be read."""

    reason = "refused"


class ThreadReader:
    """Reads threads; each page it yields carries records together with what is then known of the thread."""

    def __init__(
        self, config: ForumConfig, client: ForumClient, store: ThreadStore, intake: PostIntake, now: datetime
    ) -> None:
        """`answers` counts the pages that could be read."""
        self.client = client
        self.answers = 0
        self._config = config
        self._store = store
        self._intake = intake
        self._now = int(now.timestamp())
        self.missed: set[str] = set()

    def read(self, thread: Thread) -> Iterator[Page]:
        """Yield what is new in a thread, page by page. Raises BudgetUsedUp between them."""
        first = self.client.thread(ThreadRef(thread.id, thread.url, thread.title))
        start = thread.follow or thread.at or first
        try:
            if thread.back:
                yield from self._read_backwards(thread, first)
            yield from self._read_forward(thread, start, first)
        except HostResting:
            raise  # no other thread can be asked for either
        except LayoutChanged as error:
            yield self.failed(thread, error)
        except HttpError as error:
            if error.status in GONE and start != first:
                thread.at = thread.follow = thread.back = None  # the thread has fewer pages than before
                yield from self.read(thread)
            elif error.status in GONE and thread.posts:
                yield self.missing(thread)
            else:
                yield self.failed(thread, error)

    def _read_forward(self, thread: Thread, address: str, first: str) -> Iterator[Page]:
        """Read from a page to the thread's last one."""
        visited: set[str] = set()
        following: str | None = address
        is_new, is_known_page = not thread.posts, address == thread.at and thread.follow is None
        read, result = None, IntakeResult()
        while following and following not in visited and len(visited) < MAX_PAGES:
            if read is not None:
                thread.follow = following
                yield self.page(thread, result)
                result = IntakeResult()
            visited.add(following)
            try:
                read = self.client.read(following)
            except HttpError as error:
                if error.status not in GONE or following in {first, address}:
                    raise
                break  # the pager names a page that does not exist
            result = self.take(thread, read, is_first=following == first)
            if is_known_page and result.seen and not result.met and following != first:
                following = first  # posts before it were deleted: its posts moved to earlier pages
            elif is_new and following == first and self._is_long(thread, read):
                yield self.page(thread, result)
                result = IntakeResult()
                yield from self._read_backwards(thread, first)
                break
            else:
                following = read.reading.next_page if read.reading else None
            is_known_page = False
        if read is not None and (left := self._unread_ids(thread, read)):
            yield self.page(thread, result)
            result = IntakeResult()
            yield from self._read_by_ids(thread, read, left)
        self._mark_read(thread)
        yield self.page(thread, result)

    def _is_long(self, thread: Thread, read: Read) -> bool:
        """Say whether a new thread is too long to be read whole; if so, plan to read it from its last page."""
        reading = read.reading
        if reading is None or not reading.last_page or not reading.next_page or not reading.posts:
            return False
        replies = thread.want.replies if thread.want else None
        pages = _page_count(reading.last_page, reading.next_page, len(reading.posts), replies)
        if pages is None or pages <= self._config.first_pages:
            return False
        thread.back = (reading.last_page, self._config.first_pages - 1, None)
        return True

    def _read_backwards(self, thread: Thread, first: str) -> Iterator[Page]:
        """Read a long thread from its last page backwards, up to `first_pages` pages or `history_days`."""
        while thread.back and thread.back[1] > 0:
            address, left, before = thread.back
            read = self.client.read(address)
            result = self.take(thread, read, is_first=False, before=before)
            posts = read.reading.posts if read.reading else []
            dates = [post.posted_at.at.timestamp() for post in posts if post.posted_at]
            is_old = bool(dates) and min(dates) < self._now - self._config.history_days * DAY
            more = None if is_old or read.previous in {first, address} else read.previous
            thread.back = (more, left - 1, result.first or before) if more else None
            if more and left <= 1:
                result.gap = f"{thread.url}: {self._config.first_pages} pages are read, those in its middle are not"
            yield self.page(thread, result)
        thread.back = None

    def _unread_ids(self, thread: Thread, read: Read) -> list[str]:
        """Ids that the forum lists for the thread and that no page had; none where they are too many to ask for."""
        known = thread.known().keys() | set(thread.quiet)
        left = [name for name in read.whole or () if name not in known]
        return left if len(left) <= self._config.first_pages * BATCH else []

    def _read_by_ids(self, thread: Thread, read: Read, left: list[str]) -> Iterator[Page]:
        """Ask for posts by their ids; those that are not answered are not asked for again."""
        while left:
            asked, left = left[:BATCH], left[BATCH:]
            found = self.client.read(self.client.some(thread.id, asked))
            found.whole = read.whole
            result = self.take(thread, found, is_first=False, before="")
            lost = set(asked) - thread.known().keys() - set(thread.quiet)
            thread.quiet += sorted(lost)
            if lost and not result.rejects:
                result.gap = f"{thread.url}: {len(lost)} of its posts are told of and not given"
            yield self.page(thread, result)

    def take(self, thread: Thread, read: Read, *, is_first: bool, before: str | None = None) -> IntakeResult:
        """Take a page's posts; `before` is the known post that follows the page in a thread read backwards.

        Raises LayoutChanged for a page without posts.
        """
        self.answers += 1
        reading = read.reading
        if reading is None:
            self._remember_page(thread, read)
            return IntakeResult()
        if error := _layout_error(read, thread):
            raise error
        number = scoped(reading.thread_id or "", reading.space)
        if read.url != read.address and reading.thread_id and number != thread.id:
            self._follow_merge(thread, read)
            return IntakeResult()
        thread.title = thread.title or reading.title or ""
        thread.quiet = [name for name in unique([*thread.quiet, *read.silent]) if name in (read.whole or ())]
        result = self._intake.page(thread, read, is_first=is_first or reading.page == 1, before=before)
        self._remember_page(thread, read)
        if before is None:
            thread.at = read.address
        return result

    def _follow_merge(self, thread: Thread, read: Read) -> None:
        """Follow a redirect to another thread, into which this one was merged: that is to be read."""
        shown = read.shown
        number = scoped(str(shown.thread_id), shown.space)
        other = self._store.get(number) or Thread(number, read.url, shown.title or "")
        known = other.known()
        other.posts += [post for post in thread.posts if post.id not in known]
        other.want, other.at = other.want or Listed(), None
        self._store.put(other)
        thread.posts, thread.pages, thread.at, shown.next_page = [], [], None, None

    def _remember_page(self, thread: Thread, read: Read) -> None:
        """Remember when a page was read, its validators and its newest post."""
        if read.reading is not None and read.reading.page is None and read.whole is not None:
            return  # posts asked for by id are no page
        posts = read.reading.posts if read.reading else []
        dates = [int(post.posted_at.at.timestamp()) for post in posts if post.posted_at]
        before = next((page for page in thread.pages if page.address == read.address), None)
        newest = max(dates, default=before.newest if before else 0)
        etag, modified = read.validators.etag, read.validators.last_modified
        seen = PageSeen(read.address, self._now, newest, etag, modified)
        thread.pages = [page for page in thread.pages if page.address != read.address] + [seen]

    def _mark_read(self, thread: Thread) -> None:
        thread.have, thread.want = thread.want or thread.have or Listed(), None
        thread.follow, thread.tries, thread.later = None, 0, 0

    def page(self, thread: Thread, result: IntakeResult) -> Page:
        """Make the page to yield; what is known of the thread is stored with it."""
        self._store.put(thread)
        return Page(result.records, {}, result.rejects, result.tombstones, gap=result.gap)

    def failed(self, thread: Thread, error: HttpError | LayoutChanged) -> Page:
        """Reject a thread that could not be read; retries come after 1, 4, 16, 64 hours, then when it changes."""
        status = error.status if isinstance(error, HttpError) else None
        self._try_later(thread, is_final=isinstance(error, RobotsRefused) or status in CLOSED)
        return self.page(thread, IntakeResult(rejects=[rejected(STREAM, thread.url, error)]))

    def missing(self, thread: Thread) -> Page:
        """Note a thread that was not found: its posts are missing, and looked for again by its pages."""
        self._try_later(thread, is_final=not (thread.want or thread.follow or thread.back))
        self.missed.add(thread.id)
        first = self.client.thread(ThreadRef(thread.id, thread.url, thread.title))
        thread.pages = thread.pages or [PageSeen(first, self._now, thread.active)]
        for page in thread.pages:
            page.read = self._now
        self._intake.miss(thread, [post.id for post in thread.posts], unit(thread))
        return self.page(thread, IntakeResult())

    def _try_later(self, thread: Thread, *, is_final: bool) -> None:
        thread.tries += 1
        thread.later = self._now + HOUR * 4 ** (thread.tries - 1)
        if is_final or thread.tries >= MAX_TRIES:
            self._mark_read(thread)


def _layout_error(read: Read, thread: Thread) -> LayoutChanged | None:
    """The error for a thread's page without posts or without dates; None for a good one."""
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


def _page_count(last: str, following: str, size: int, replies: int | None) -> int | None:
    """Count a thread's pages by its replies, else by the addresses of its last and its second page."""
    if replies is not None and size:
        return replies // size + 1
    pairs = zip(re.findall(r"\d+", urlsplit(last).path + urlsplit(last).query),
                re.findall(r"\d+", urlsplit(following).path + urlsplit(following).query), strict=False)  # fmt: skip
    apart = [(int(a), int(b)) for a, b in pairs if a != b]
    if len(apart) != 1 or apart[0][1] <= 0:
        return None
    end, second = apart[0]
    return end if second == 2 else end // second + 1
