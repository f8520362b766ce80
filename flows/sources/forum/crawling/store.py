"""What is known of a forum's threads: what lists say of each, how far it was read, and its posts.

A post is kept as a digest of what it says and its date as first read: enough to tell that it changed or is missing.
The fields' names are those of the stored state. Changes are committed with the page that they come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from flows.forumreader import Moment, ThreadRef
from flows.forumreader.posts import Precision
from flows.records import Json
from flows.sources.forum.crawling.messages import TOLERANCE
from flows.sources.http import Memory

PREFIX = "thread:"


@dataclass(slots=True)
class KnownPost:
    """A post that was read: a digest of what it says (`sign`), its date as first read, its number in the thread."""

    id: str
    sign: str
    at: str
    precision: Precision
    number: int | None = None

    @property
    def moment(self) -> Moment:
        """Its date."""
        return Moment(datetime.fromisoformat(self.at), self.precision)


@dataclass(slots=True)
class Listed:
    """What a list says of a thread: replies, last activity (ISO 8601) with its precision, last page."""

    replies: int | None = None
    last: str | None = None
    precision: str | None = None
    last_page: str | None = None

    @classmethod
    def of(cls, ref: ThreadRef) -> Listed:
        """Take what a row of a list says."""
        last = ref.last_at
        return cls(
            ref.replies, last.at.isoformat() if last else None, last.precision if last else None, ref.last_page
        )

    @property
    def says_little(self) -> bool:
        """Whether neither replies nor an exact time is given: then only the list's order shows new posts."""
        return self.replies is None and self.precision not in {"second", "minute"}

    def differs(self, before: Listed) -> bool:
        """Say whether posts were written or deleted since `before`; relative dates that drift are no change."""
        if self.replies is not None and before.replies is not None and self.replies != before.replies:
            return True
        if self.last is None or before.last is None or self.precision is None or before.precision is None:
            return self.last_page != before.last_page
        slack = max(TOLERANCE[self.precision], TOLERANCE[before.precision])
        apart = datetime.fromisoformat(self.last) - datetime.fromisoformat(before.last)
        if abs(apart) > slack:
            return True
        return self.replies is None and self.last_page != before.last_page


@dataclass(slots=True)
class PageSeen:
    """A page of a thread: address, when it was read and its newest post (epoch seconds), validators."""

    address: str
    read: int
    newest: int
    etag: str | None = None
    last_modified: str | None = None

    @property
    def born(self) -> float:
        """When its newest post was written."""
        return self.newest

    @property
    def looked(self) -> float:
        """When it was read last."""
        return self.read

    @classmethod
    def of(cls, kept: list[Any]) -> PageSeen:
        """Make one of its stored form."""
        return cls(*kept)


@dataclass(slots=True)
class Thread:
    """What is known of a thread; times are epoch seconds.

    - `have`: what a list said of it when it was read; `want`: what a list says now, while it is to be read
    - `at`: the last page that was read; `follow`: the page where an unfinished reading goes on
    - `back`: of a long thread read backwards, the page to go on from, how many more, the post that follows them
    - `tries`, `later`: failed attempts, and when the next one is due
    - `active`: its newest post
    - `quiet`: listed ids that are no posts, or that the forum does not give
    """

    id: str
    url: str
    title: str = ""
    have: Listed | None = None
    want: Listed | None = None
    at: str | None = None
    follow: str | None = None
    back: tuple[str, int, str | None] | None = None
    tries: int = 0
    later: int = 0
    active: int = 0
    quiet: list[str] = field(default_factory=list)
    posts: list[KnownPost] = field(default_factory=list)
    pages: list[PageSeen] = field(default_factory=list)

    def known(self) -> dict[str, KnownPost]:
        """Its posts by id, in order."""
        return {post.id: post for post in self.posts}


NAMES = {one.name for one in fields(Thread)} - {"id"}


class ThreadStore:
    """All known threads; what is `put` is committed with the next page."""

    def __init__(self, memory: Memory, keys: Iterable[str]) -> None:
        """`keys` are those of the committed state."""
        self._memory = memory
        self._holders: dict[str, set[str]] | None = None  # made when it is first asked for
        self._ids = {name.removeprefix(PREFIX) for name in keys if name.startswith(PREFIX)}

    def get(self, thread_id: str) -> Thread | None:
        """Return a thread, None where it is not known."""
        kept = self._memory.get(PREFIX + thread_id)
        return _read(thread_id, kept) if kept.get("url") else None

    def put(self, thread: Thread) -> None:
        """Store a thread."""
        self._ids.add(thread.id)
        if self._holders is not None:
            for post in thread.posts:
                self._holders.setdefault(post.id, set()).add(thread.id)
        self._memory.note(PREFIX + thread.id, _written(thread))

    def forget(self, before: int, keep: int, awaited: set[str]) -> None:
        """Drop pages, and all but the last `keep` posts, of threads not active since `before` (epoch seconds).

        A thread with posts that are awaited is kept whole.
        """
        for number, kept in list(self.kept()):
            is_over = kept.get("active", 0) < before and not kept.keys() & {"want", "follow", "back"}
            if awaited and has_any(kept, awaited):
                continue
            if (
                is_over
                and (kept.get("pages") or len(kept.get("posts", ())) > keep)
                and (thread := self.get(number))
            ):
                thread.pages, thread.posts = [], thread.posts[-keep:]
                self.put(thread)

    def has_elsewhere(self, post_id: str, thread_id: str) -> bool:
        """Say whether another thread has a post."""
        return bool(self.holders(post_id) - {thread_id})

    def holders(self, post_id: str) -> set[str]:
        """Threads that have, or in this run had, a post."""
        if self._holders is None:
            self._holders = {}
            for thread in self.all():
                for post in thread.posts:
                    self._holders.setdefault(post.id, set()).add(thread.id)
        return self._holders.get(post_id, set())

    def all(self) -> Iterator[Thread]:
        """Every thread."""
        for thread_id in sorted(self._ids):
            if thread := self.get(thread_id):
                yield thread

    def kept(self) -> Iterator[tuple[str, Json]]:
        """Every thread in its stored form: to search them without parsing all their posts."""
        for thread_id in sorted(self._ids):
            kept = self._memory.get(PREFIX + thread_id)
            if kept.get("url"):
                yield thread_id, kept

    def wanted(self, now: int | None = None) -> list[Thread]:
        """Threads to be read, most recently active first; `now` leaves out those whose next attempt is not due."""
        ids = [number for number, kept in self.kept() if kept.keys() & {"want", "follow", "back"}]
        found = [thread for thread in map(self.get, ids) if thread and (now is None or thread.later <= now)]
        return sorted(found, key=lambda one: (one.want.last or "") if one.want else "", reverse=True)


def has_any(kept: Json, post_ids: set[str]) -> bool:
    """Say whether a thread in its stored form has one of some posts."""
    return any(post[0] in post_ids for post in kept.get("posts", ()))


def _written(thread: Thread) -> Json:
    said: Json = {name: value for name, value in asdict(thread).items() if value not in (None, "", [], 0, False)}
    said["posts"] = [[p.id, p.sign, p.at, p.precision, p.number] for p in thread.posts]
    said["pages"] = [list(asdict(page).values()) for page in thread.pages]
    return {name: value for name, value in said.items() if name != "id"}


def _read(thread_id: str, kept: Json) -> Thread:
    given: dict[str, Any] = {name: value for name, value in kept.items() if name in NAMES}
    for name in ("have", "want"):
        given[name] = Listed(**given[name]) if given.get(name) is not None else None
    given["posts"] = [KnownPost(*values) for values in given.get("posts", ())]
    given["pages"] = [PageSeen.of(values) for values in given.get("pages", ())]
    given["back"] = tuple(given["back"]) if given.get("back") else None
    return Thread(thread_id, **given)
