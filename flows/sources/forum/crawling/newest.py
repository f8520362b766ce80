"""Discourse's newest posts: all that was written in the whole forum since the last run, 50 in a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flows.forumreader.posts import Post, Reading, ThreadRef
from flows.sources.answers import LayoutChanged
from flows.sources.base import Page, Reject
from flows.sources.forum.client import News
from flows.sources.forum.crawling.intake import KEPT_BYTES, Taken, Taking
from flows.sources.forum.crawling.messages import STREAM, ApiPost
from flows.sources.forum.crawling.store import Book, Listed, PageSeen, Thread
from flows.sources.forum.json.discourse import CHUNK, Discourse
from flows.sources.http import Memory

KEY = "newest"
WINDOW = 50  # ids that older versions look through for one answer, whichever of them a guest may see
MOST_EMPTY = 20


class Newest:
    """Walks from the newest post down to the last known one.

    Kept: `newest`, the id up to which all is read; while a walk lasts `top`, where it began, and `at`, below which
    it goes on. Ids have holes (private and deleted posts), and versions differ in whether `before` is included.
    """

    def __init__(self, way: Discourse, book: Book, taking: Taking, memory: Memory, now: datetime) -> None:
        """Nothing is asked yet."""
        self.answers = 0
        self._way = way
        self._book = book
        self._taking = taking
        self._memory = memory
        self._now = now

    @property
    def is_begun(self) -> bool:
        """There is an id from which on all is read."""
        return "newest" in self._memory.get(KEY)

    def begin(self) -> Iterator[Page]:
        """Note where the forum stands; what is older is found by its lists."""
        news = self._way.news(None)
        self.answers += 1
        self._memory.note(KEY, {"newest": max(news.numbers, default=0)})
        yield Page([], {})

    def read(self) -> Iterator[Page]:
        """Yield what is new, what an earlier run left first. Raises HttpError, LayoutChanged."""
        if "at" in self._memory.get(KEY):
            yield from self._walk(self._memory.get(KEY)["at"])
        yield from self._walk(None)

    def _walk(self, before: int | None) -> Iterator[Page]:
        empty = 0
        while True:
            mark = self._memory.get(KEY)
            news = self._way.news(before)
            self.answers += 1
            top = mark.get("top") or max(news.numbers, default=mark["newest"])
            low = min(news.numbers, default=None)
            if before is None and low is None and mark["newest"]:
                detail = "there are no posts, and there were some"
                raise LayoutChanged(f"{self._way.base}/posts.json", detail, news.content)
            empty = 0 if low is not None else empty + 1
            if low is None or (before is not None and low >= before):
                below = (before or mark["newest"]) - WINDOW  # a window in which a guest may see nothing more
            else:
                below = low
            is_done = below <= mark["newest"] or empty > MOST_EMPTY or (before is None and low is None)
            taken = self._take(news, mark["newest"])
            if empty > MOST_EMPTY and below > mark["newest"]:
                taken.gap = f"the forum gives no posts between {mark['newest']} and {below}"
            mark = {"newest": max(top, mark["newest"])} if is_done else {**mark, "top": top, "at": below}
            self._memory.note(KEY, mark)
            yield Page(taken.records, {}, taken.rejects, taken.tombstones, gap=taken.gap)
            if is_done:
                return
            before = below

    def _take(self, news: News, since: int) -> Taken:
        """Take posts of topics that are known; a topic that is not is read as a whole."""
        taken = Taken()
        url = f"{self._way.base}/posts.json"
        for reason, content in news.broken:
            taken.rejects.append(Reject(STREAM, url, "wrong shape", reason, content[:KEPT_BYTES]))
        by_thread: dict[str, tuple[ThreadRef, list[Post]]] = {}
        for ref, post in news.posts:
            by_thread.setdefault(ref.id, (ref, []))[1].append(post)
        for ref, listed in by_thread.values():
            thread = self._book.get(ref.id)
            known = thread.known() if thread else {}
            # What is no news is taken where it is known: it may have been edited.
            posts = [post for post in listed if int(post.id) > since or post.id in known]
            if not posts:
                continue
            if thread is None or not thread.posts or not self._is_whole(thread, posts):
                thread = thread or Thread(ref.id, ref.url, ref.title)
                thread.want = thread.want or Listed(last=self._now.isoformat())
            else:
                posts.sort(key=lambda post: post.place)
                self._taking.posts(thread, posts, Reading(url, "thread", self._way.engine), taken)
                if any(post.id not in known for post in posts):
                    self._note_page(thread)
            self._book.put(thread)
        return taken

    def _note_page(self, thread: Thread) -> None:
        """Let the topic's last page be looked at again: it has the new posts."""
        number = (len(thread.posts) - 1) // CHUNK + 1
        first = self._way.thread(ThreadRef(thread.id, thread.url, thread.title))
        address = first if number == 1 else f"{first}?page={number}"
        before = next((page.read for page in thread.pages if page.address == address), None)
        seen = PageSeen(address, before or int(self._now.timestamp()), thread.active)
        thread.pages = [page for page in thread.pages if page.address != address] + [seen]

    def _is_whole(self, thread: Thread, posts: list[Post]) -> bool:
        """Say whether the posts that are answered are known."""
        numbers = {post.number for post in thread.posts} | {
            post.number for post in posts if isinstance(post, ApiPost)
        }
        replies = [post.reply_number for post in posts if isinstance(post, ApiPost) and post.reply_number]
        return all(number in numbers for number in replies)
