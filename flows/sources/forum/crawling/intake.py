"""Turns a page's posts into records where they are new or changed, and finds posts that are missing from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flows.forumreader import Moment
from flows.records import LAYOUT_CHANGED, Record, Reject, Tombstone, Unusable, reject
from flows.records.ids import key
from flows.sources.forum.client import CollectedPost, Read
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.messages import STREAM, Place, fingerprint, record_id, stable_moment, to_record
from flows.sources.forum.crawling.store import KnownPost, Thread, ThreadStore
from flows.sources.rechecks import Absences

RE = re.compile(r"^\s*(re|ré|rép|aw|sv)\s*:\s*", re.IGNORECASE)
MANY = 5  # posts that a page lacks, most of those that should be there: each counts, not the thread alone


@dataclass
class IntakeResult:
    """What came of a page of a thread."""

    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    gap: str | None = None
    seen: int = 0
    met: bool = False  # the page has a post that was known
    first: str | None = None  # the page's first post


class PostIntake:
    """Turns posts into records by what is known of their thread; only the thread is changed, nothing is stored."""

    def __init__(
        self, config: ForumConfig, site: str, store: ThreadStore, absences: Absences, now: datetime
    ) -> None:
        """`now` is the run's moment."""
        self.absences = absences
        self._config = config
        self._store = store
        self.site = site
        self._now = now

    def page(self, thread: Thread, read: Read, *, is_first: bool, before: str | None = None) -> IntakeResult:
        """Take a page's posts, and compare them with those known of that part of the thread.

        `before` is the known post that follows the page, in a thread that is read backwards.
        """
        reading = read.shown
        result = IntakeResult()
        for reason, content in read.broken:
            result.rejects.append(Reject(STREAM, read.address, "wrong shape", reason, content))
        order = [post.id for post in thread.posts]
        if reading.lost:
            detail = f"{len(reading.lost)} posts stand there that cannot be read: {', '.join(reading.lost[:20])}"
            result.rejects.append(Reject(STREAM, read.url, LAYOUT_CHANGED, detail, read.content))
        posts = read.posts if read.has_own_titles else _titled(read.posts, thread.title, is_first=is_first)
        there = self.posts(thread, posts, result, space=reading.space, engine=reading.engine)
        result.first = there[0] if there else None
        self.absences.found(unit(thread))
        missing: list[str] = []
        if not result.rejects and before is None:  # what could not be read is not missing
            is_last = reading.next_page is None
            missing = _missing(order, there, is_first=is_first, is_last=is_last, whole=read.whole)
            stretch = len(set(order) & set(there)) + len(missing)
            are_many = len(missing) > MANY and len(missing) * 2 > stretch
            self.miss(thread, missing, None if are_many else unit(thread))
        _arrange(thread, order, there, missing, whole=read.whole, before=before)
        return result

    def posts(
        self,
        thread: Thread,
        posts: list[CollectedPost],
        result: IntakeResult,
        *,
        space: str | None = None,
        engine: str | None = None,
    ) -> list[str]:
        """Take some posts of a thread; returns the ids of those that are there, in order.

        `space` is what ids count in where they are not the forum's own, `engine` the one that the page is of.
        """
        place = Place(self.site, thread.id, space, self._config.channel, self._config.language, engine)
        known = thread.known()
        numbers = {post.number: post.id for post in thread.posts if post.number}
        numbers |= {post.number: post.id for post in posts if post.number}
        there: list[str] = []
        for post in posts:
            name = record_id(post, place)
            if name in there:
                continue
            if post.is_deleted:
                thread.quiet += [name] if name not in thread.quiet else []
                self._tombstone(thread, known, name, "deleted", result)
                continue
            try:
                self._take(thread, known, _with_parent(post, numbers), place, result)
            except (ValueError, TypeError) as error:
                where = f"{post.url or thread.url}#{name}"
                result.rejects.append(reject(STREAM, where, error, post.html.encode()))
                continue
            there.append(name)
        return there

    def _take(
        self, thread: Thread, known: dict[str, KnownPost], post: CollectedPost, place: Place, result: IntakeResult
    ) -> None:
        name, said = record_id(post, place), fingerprint(post)
        self.absences.settle(name)
        before = known.get(name)
        result.seen += 1
        result.met = result.met or before is not None
        posted = _posted(post, before)
        is_same = before is not None and before.sign == said and before.moment == posted
        if not is_same:
            record = to_record(post, place, posted, Moment(self._now, "second"))
            result.records.append(record)
        active = int(posted.at.timestamp())
        thread.active = max(thread.active, active)
        at = posted.at.astimezone(UTC).isoformat()
        mark = KnownPost(name, said, at, posted.precision, post.number)
        if before is None:
            thread.posts.append(mark)
        else:
            thread.posts[thread.posts.index(before)] = mark
        known[name] = mark

    def _tombstone(
        self, thread: Thread, known: dict[str, KnownPost], name: str, reason: str, result: IntakeResult
    ) -> None:
        """Record that a post is gone from its thread, unless another thread has it: then it was moved."""
        self.absences.settle(name)
        if name in known:
            thread.posts.remove(known.pop(name))
            if not self._store.has_elsewhere(name, thread.id):
                result.tombstones.append(Tombstone(STREAM, self.site, name, reason))

    def miss(self, thread: Thread, missing: list[str], part_of: str | None) -> None:
        """Note posts that are missing from their thread; another thread has those that were moved."""
        known = thread.known()
        for name in missing:
            if self._store.has_elsewhere(name, thread.id):
                thread.posts.remove(known[name])
                self.absences.settle(name)
            else:
                self.absences.miss(name, part_of)

    def believe(self) -> IntakeResult:
        """Decide at the end of a run which of the missing posts are gone."""
        verdict = self.absences.believe()
        result = IntakeResult(gap=verdict.gap)
        for name in verdict.gone:
            result.tombstones.append(Tombstone(STREAM, self.site, name, "not found"))
            for thread in filter(None, map(self._store.get, self._store.holders(name))):
                thread.posts = [post for post in thread.posts if post.id != name]
                if not thread.posts:
                    thread.pages, thread.at, thread.have, thread.want = [], None, thread.want or thread.have, None
                self._store.put(thread)
        return result


def unit(thread: Thread) -> str:
    """What counts once where its posts are missing."""
    return f"thread {thread.id}"


def _with_parent(post: CollectedPost, numbers: dict[int, str]) -> CollectedPost:
    """Return the post with the id of the one it answers, where it names that by its number in the thread."""
    if not post.reply_number:
        return post
    return replace(post, reply_to=numbers.get(post.reply_number) or post.reply_to)


def _titled(posts: list[CollectedPost], title: str, *, is_first: bool) -> list[CollectedPost]:
    """Give the thread's title to its first post; other posts keep a title only where theirs is a different one."""
    found = []
    for place, post in enumerate(posts):
        if is_first and place == 0:
            own = post.title or title or None
        else:
            own = None if post.title and RE.sub("", post.title).strip() == title.strip() else post.title
        found.append(post if own == post.title else replace(post, title=own))
    return found


def _posted(post: CollectedPost, before: KnownPost | None) -> Moment:
    """Choose between the known reading of a post's date and the new one. Raises Unusable without any."""
    if post.posted_at is None:
        if before is not None:
            return before.moment
        raise Unusable("no date", f"the post has no date that can be read ({post.said_at[:80]!r})")
    return stable_moment(before.moment if before else None, post.posted_at)


def _missing(
    order: list[str], there: list[str], *, is_first: bool, is_last: bool, whole: list[str] | None
) -> list[str]:
    """Find which known posts (in the thread's order) the page should have and does not have."""
    here = set(there)
    if whole is not None:
        listed = {key(name) for name in whole} | here
        return [name for name in order if name not in listed]
    at = {name: place for place, name in enumerate(order)}
    known = [at[name] for name in there if name in at]
    if not known or known != sorted(known):
        return []  # newest first, or by votes: which posts belong on the page is not known
    low = 0 if is_first else known[0]
    high = len(order) if is_last else known[-1]
    return [name for name in order[low:high] if name not in here]


def _arrange(
    thread: Thread,
    order: list[str],
    there: list[str],
    missing: list[str],
    *,
    whole: list[str] | None,
    before: str | None,
) -> None:
    """Sort the known posts: those of a page together, at the place of the first one that was known."""
    if whole is not None:
        rank = {key(name): place for place, name in enumerate(whole)}
        thread.posts.sort(key=lambda post: rank.get(post.id, len(rank)))
        return
    here = set(there)
    known = [place for place, name in enumerate(order) if name in here]
    cut = order.index(before) if before in order else min(known, default=len(order))
    block = list(there)
    if before not in order:  # a known post that the page lacks stays behind the one that it followed
        last = max(known, default=0)
        for place, name in enumerate(order[cut + 1 :], cut + 1):
            if name not in here and (place < last or name in missing):
                block.insert(block.index(order[place - 1]) + 1, name)
    placed = set(block)
    arranged = [n for n in order[:cut] if n not in placed] + block + [n for n in order[cut:] if n not in placed]
    posts = thread.known()
    thread.posts = [posts[name] for name in arranged if name in posts]
