"""Follows a forum's list of its newest posts: everything written since the last run, in whichever thread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flows.forumreader import ThreadRef
from flows.records import Page, Reject
from flows.sources.answers import LayoutChanged
from flows.sources.forum.client import CollectedPost, NewestPosts, News
from flows.sources.forum.crawling.intake import IntakeResult, PostIntake
from flows.sources.forum.crawling.messages import STREAM
from flows.sources.forum.crawling.store import Listed, PageSeen, Thread, ThreadStore
from flows.sources.http import Memory

KEY = "newest"
WINDOW = 50  # ids that older versions search for one answer, however few of them a guest may see
MAX_EMPTY = 20  # empty answers in a row before a stretch is given up


class NewestReader:
    """Reads from the newest post down to the last known one.

    Remembered: `newest`, the id up to which everything is read; while a walk is unfinished also `top`, where it
    began, and `at`, the id below which it goes on. Ids have gaps (private and deleted posts), and versions differ
    in whether the id in `before` is included.
    """

    def __init__(
        self, newest: NewestPosts, store: ThreadStore, intake: PostIntake, memory: Memory, now: datetime
    ) -> None:
        """`answers` counts the answers that could be read."""
        self.answers = 0
        self._newest = newest
        self._store = store
        self._intake = intake
        self._memory = memory
        self._now = now

    @property
    def is_begun(self) -> bool:
        """Whether an earlier run noted the newest id."""
        return "newest" in self._memory.get(KEY)

    def begin(self) -> Iterator[Page]:
        """Note the newest id; older posts are found by the lists of threads."""
        news = self._newest.news(None)
        self.answers += 1
        self._memory.note(KEY, {"newest": max(news.numbers, default=0)})
        yield Page([], {})

    def read(self) -> Iterator[Page]:
        """Yield new posts, beginning with those an earlier run left. Raises HttpError, LayoutChanged."""
        if "at" in self._memory.get(KEY):
            yield from self._walk(self._memory.get(KEY)["at"])
        yield from self._walk(None)

    def _walk(self, before: int | None) -> Iterator[Page]:
        empty = 0
        while True:
            mark = self._memory.get(KEY)
            news = self._newest.news(before)
            self.answers += 1
            top = mark.get("top") or max(news.numbers, default=mark["newest"])
            low = min(news.numbers, default=None)
            if before is None and low is None and mark["newest"]:
                detail = "there are no posts, and there were some"
                raise LayoutChanged(self._newest.news_address, detail, news.content)
            empty = 0 if low is not None else empty + 1
            if low is None or (before is not None and low >= before):
                below = (before or mark["newest"]) - WINDOW  # a window in which a guest may see nothing more
            else:
                below = low
            is_done = below <= mark["newest"] or empty > MAX_EMPTY or (before is None and low is None)
            result = self._take(news, mark["newest"])
            if empty > MAX_EMPTY and below > mark["newest"]:
                result.gap = f"the forum gives no posts between {mark['newest']} and {below}"
            mark = {"newest": max(top, mark["newest"])} if is_done else {**mark, "top": top, "at": below}
            self._memory.note(KEY, mark)
            yield Page(result.records, {}, result.rejects, result.tombstones, gap=result.gap)
            if is_done:
                return
            before = below

    def _take(self, news: News, since: int) -> IntakeResult:
        """Take posts of threads that are known; any other thread is noted to be read as a whole."""
        result = IntakeResult()
        url = self._newest.news_address
        for reason, content in news.broken:
            result.rejects.append(Reject(STREAM, url, "wrong shape", reason, content))
        by_thread: dict[str, tuple[ThreadRef, list[CollectedPost]]] = {}
        for ref, post in news.posts:
            by_thread.setdefault(ref.id, (ref, []))[1].append(post)
        for ref, listed in by_thread.values():
            thread = self._store.get(ref.id)
            known = thread.known() if thread else {}
            # An older post is taken where it is known: it may have been edited.
            posts = [post for post in listed if int(post.id) > since or post.id in known]
            if not posts:
                continue
            if thread is None or not thread.posts or not self._is_whole(thread, posts):
                thread = thread or Thread(ref.id, ref.url, ref.title)
                thread.want = thread.want or Listed(last=self._now.isoformat())
            else:
                posts.sort(key=lambda post: post.place)
                self._intake.posts(thread, posts, result)
                if any(post.id not in known for post in posts):
                    self._note_page(thread)
            self._store.put(thread)
        return result

    def _note_page(self, thread: Thread) -> None:
        """Schedule a recheck of the thread's last page: it has the new posts."""
        there = sum(not self._intake.absences.is_awaited(post.id) for post in thread.posts)
        address = self._newest.page_with(ThreadRef(thread.id, thread.url, thread.title), there)
        before = next((page.read for page in thread.pages if page.address == address), None)
        seen = PageSeen(address, before or int(self._now.timestamp()), thread.active)
        thread.pages = [page for page in thread.pages if page.address != address] + [seen]

    def _is_whole(self, thread: Thread, posts: list[CollectedPost]) -> bool:
        """Say whether all posts that these answer are known."""
        numbers = {post.number for post in thread.posts} | {post.number for post in posts}
        replies = [post.reply_number for post in posts if post.reply_number]
        return all(number in numbers for number in replies)
