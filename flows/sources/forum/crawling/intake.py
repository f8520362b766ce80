"""Posts of a thread's page become records: what is new or changed; what should stand there and does not is gone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flows.forumreader.posts import Moment, Post, Reading
from flows.sources.base import LAYOUT_CHANGED, Record, Reject, Tombstone
from flows.sources.feeds.mapping import key
from flows.sources.forum.client import Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.messages import (
    STREAM,
    ApiPost,
    Place,
    Unusable,
    record_id,
    sign,
    steadier,
    to_record,
)
from flows.sources.forum.crawling.store import Book, KnownPost, Thread

KEPT_BYTES = 100_000
RE = re.compile(r"^\s*(re|ré|rép|aw|sv)\s*:\s*", re.IGNORECASE)
BELIEVED = 5  # posts missing from one look that are believed to be gone; more, and most, are only the second time


@dataclass
class Taken:
    """What a page of a thread gave."""

    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    gap: str | None = None
    seen: int = 0
    met: bool = False  # a post that was known stands there
    first: str | None = None  # the page's first post


class Taking:
    """Turns posts into records, by what is known of their thread; the thread is changed, nothing else is kept."""

    def __init__(self, config: ForumConfig, site: str, book: Book, now: datetime) -> None:
        """`now` is the run's moment."""
        self._config = config
        self._book = book
        self.site = site
        self._now = now

    def page(self, thread: Thread, read: Read, *, is_first: bool, before: str | None = None) -> Taken:
        """Take what stands on a page of a thread; compare it with what is known of that stretch.

        `before` is a known post that the page stands before, of a thread that is read from its end.
        """
        reading = read.shown
        taken = Taken()
        for reason, content in read.broken:
            taken.rejects.append(Reject(STREAM, read.address, "wrong shape", reason, content[:KEPT_BYTES]))
        order = [post.id for post in thread.posts]
        if reading.lost:
            detail = f"{len(reading.lost)} posts stand there that cannot be read: {', '.join(reading.lost[:20])}"
            taken.rejects.append(Reject(STREAM, read.url, LAYOUT_CHANGED, detail, read.content[:KEPT_BYTES]))
        posts = _titled(reading.posts, thread.title, is_first=is_first)
        there = self.posts(thread, posts, reading, taken)
        taken.first = there[0] if there else None
        if not taken.rejects and before is None:  # what could not be read is not gone
            is_last = reading.next_page is None
            missing = _missing(order, there, is_first=is_first, is_last=is_last, whole=read.whole)
            stretch = len(set(order) & set(there)) + len(missing)
            is_doubtful = len(missing) > BELIEVED and len(missing) * 2 > stretch
            self.bury(thread, missing, taken, is_doubtful=is_doubtful)
        _arrange(thread, order, there, read.whole, before)
        return taken

    def posts(self, thread: Thread, posts: list[Post], reading: Reading, taken: Taken) -> list[str]:
        """Take some posts of a thread; returns the ids of those that are there, in order."""
        place = Place(
            self.site, thread.id, reading.space, self._config.channel, self._config.language, reading.engine
        )
        known = thread.known()
        numbers = {post.number: post.id for post in thread.posts if post.number}
        numbers |= {post.number: post.id for post in posts if isinstance(post, ApiPost) and post.number}
        there: list[str] = []
        for post in posts:
            name = record_id(post, place)
            if name in there:
                continue
            if post.is_deleted:
                thread.quiet += [name] if name not in thread.quiet else []
                self._bury(thread, known, name, "deleted", taken)
                continue
            if isinstance(post, ApiPost) and post.reply_number:
                post = replace(post, reply_to=numbers.get(post.reply_number) or post.reply_to)  # noqa: PLW2901 - the same post, with its parent
            try:
                self._take(thread, known, post, place, taken)
            except (Unusable, ValueError, TypeError) as error:
                reason = error.reason if isinstance(error, Unusable) else "wrong shape"
                where = f"{post.url or thread.url}#{name}"
                taken.rejects.append(Reject(STREAM, where, reason, str(error), post.html.encode()[:KEPT_BYTES]))
                continue
            there.append(name)
        return there

    def _take(self, thread: Thread, known: dict[str, KnownPost], post: Post, place: Place, taken: Taken) -> None:
        name, said = record_id(post, place), sign(post)
        before = known.get(name)
        taken.seen += 1
        taken.met = taken.met or before is not None
        posted = _posted(post, before)
        number = post.number if isinstance(post, ApiPost) else None
        is_same = before is not None and before.sign == said and before.moment == posted
        if not is_same:
            record = to_record(post, place, posted, Moment(self._now, "second"))
            taken.records.append(record)
        active = int(posted.at.timestamp())
        thread.active = max(thread.active, active)
        at = posted.at.astimezone(UTC).isoformat()
        mark = KnownPost(name, said, at, posted.precision, number)
        if before is None:
            thread.posts.append(mark)
        else:
            thread.posts[thread.posts.index(before)] = mark
        known[name] = mark

    def _bury(self, thread: Thread, known: dict[str, KnownPost], name: str, reason: str, taken: Taken) -> None:
        """A post is gone from its thread; where another thread has it, it was only moved."""
        if name in known:
            thread.posts.remove(known.pop(name))
            if not self._book.has_elsewhere(name, thread.id):
                taken.tombstones.append(Tombstone(STREAM, self.site, name, reason))

    def bury(self, thread: Thread, missing: list[str], taken: Taken, *, is_doubtful: bool) -> None:
        """Take missing posts for gone; in doubt only those that were missing in an earlier run, too."""
        run = int(self._now.timestamp())
        before = set(thread.doubt) if thread.doubt_at and thread.doubt_at < run else set()
        if is_doubtful and not set(missing) <= before:
            thread.doubt, thread.doubt_at = missing, run
            taken.gap = f"{thread.url}: {len(missing)} posts are missing at once: believed if it happens again"
            return
        known = thread.known()
        for name in missing:
            self._bury(thread, known, name, "not found", taken)
        if missing or (thread.doubt and thread.doubt_at != run):
            thread.doubt, thread.doubt_at = [], None


def _titled(posts: list[Post], title: str, *, is_first: bool) -> list[Post]:
    """Give a thread's title to its first post; others have one where theirs is another one."""
    found = []
    for place, post in enumerate(posts):
        if isinstance(post, ApiPost):
            own = post.title  # its number says whether it is the first
        elif is_first and place == 0:
            own = post.title or title or None
        else:
            own = None if post.title and RE.sub("", post.title).strip() == title.strip() else post.title
        found.append(post if own == post.title else replace(post, title=own))
    return found


def _posted(post: Post, before: KnownPost | None) -> Moment:
    """The reading of a post's date that is kept."""
    if post.posted_at is None:
        if before is not None:
            return before.moment
        raise Unusable("no date", f"the post has no date that can be read ({post.said_at[:80]!r})")
    return steadier(before.moment if before else None, post.posted_at)


def _missing(
    order: list[str], there: list[str], *, is_first: bool, is_last: bool, whole: list[str] | None
) -> list[str]:
    """Find which posts of a thread (in its order) are gone: those that should stand between others on a page."""
    here = set(there)
    if whole is not None:
        listed = {key(name) for name in whole} | here
        return [name for name in order if name not in listed]
    at = {name: place for place, name in enumerate(order)}
    known = [at[name] for name in there if name in at]
    if not known or known != sorted(known):
        return []  # newest first, or by votes: where a post should stand is not known
    low = 0 if is_first else known[0]
    high = len(order) if is_last else known[-1]
    return [name for name in order[low:high] if name not in here]


def _arrange(
    thread: Thread, order: list[str], there: list[str], whole: list[str] | None, before: str | None
) -> None:
    """Keep a thread's posts in its order: those of a page stand together, where the first known one stood."""
    if whole is not None:
        rank = {key(name): place for place, name in enumerate(whole)}
        thread.posts.sort(key=lambda post: rank.get(post.id, len(rank)))
        return
    here = set(there)
    known = [place for place, name in enumerate(order) if name in here]
    cut = order.index(before) if before in order else min(known, default=len(order))
    arranged = [n for n in order[:cut] if n not in here] + there + [n for n in order[cut:] if n not in here]
    posts = thread.known()
    thread.posts = [posts[name] for name in arranged if name in posts]
