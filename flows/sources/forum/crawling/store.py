"""What a run knows of a forum's threads: what lists said of each, how far it was read, and its posts.

Of a post there is kept what is needed to tell that it changed, or is gone: a sign of what it says, and its date as
it was read first. Everything goes with the page that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from flows.forumreader.posts import Moment, Precision, ThreadRef
from flows.sources.base import Json
from flows.sources.forum.crawling.messages import EXACT
from flows.sources.http import Memory

PREFIX = "thread:"


@dataclass(slots=True)
class KnownPost:
    """A post that was read: what it says (a sign), its date as first read, its page, its number in the thread."""

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
    """What a list says of a thread: replies, the last activity (ISO 8601) and how exact, its last page."""

    replies: int | None = None
    last: str | None = None
    precision: str | None = None
    last_page: str | None = None

    @classmethod
    def of(cls, ref: ThreadRef) -> Listed:
        """Read it off a list's row."""
        last = ref.last_at
        return cls(
            ref.replies, last.at.isoformat() if last else None, last.precision if last else None, ref.last_page
        )

    @property
    def says_little(self) -> bool:
        """Neither replies nor an exact moment: only the order of the list tells that somebody wrote."""
        return self.replies is None and self.precision not in {"second", "minute"}

    def differs(self, before: Listed) -> bool:
        """Say whether somebody wrote (or deleted) between two readings; a date that drifts is no change."""
        if self.replies is not None and before.replies is not None and self.replies != before.replies:
            return True
        if self.last is None or before.last is None or self.precision is None or before.precision is None:
            return self.last_page != before.last_page
        slack = max(EXACT[self.precision], EXACT[before.precision])
        apart = datetime.fromisoformat(self.last) - datetime.fromisoformat(before.last)
        if abs(apart) > slack:
            return True
        return self.replies is None and self.last_page != before.last_page


@dataclass(slots=True)
class PageSeen:
    """A page of a thread: where it is, when it was read (epoch), the newest post there, how to ask again."""

    address: str
    read: int
    newest: int
    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, kept: list[Any]) -> PageSeen:
        """Read it as it is kept."""
        return cls(*kept)


@dataclass(slots=True)
class Thread:
    """A thread as it is known. `at` is the last page that was read, `follow` the one that an earlier run left.

    `have` is what a list said when it was read, `want` what a list says since. `later` is when a
    thread that could not be read is tried again (epoch), `back` where older pages of a
    long thread are still to be read from, how many, and the post they stand before. `doubt` are posts that were
    missing once, `quiet` those that it is told to have and that nobody wrote, or that are not given.
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
    gone: int | None = None
    quiet: list[str] = field(default_factory=list)
    doubt: list[str] = field(default_factory=list)
    doubt_at: int | None = None
    posts: list[KnownPost] = field(default_factory=list)
    pages: list[PageSeen] = field(default_factory=list)

    def known(self) -> dict[str, KnownPost]:
        """Its posts by id, in order."""
        return {post.id: post for post in self.posts}


class Book:
    """Every thread that is known; `put` keeps one with the next page."""

    def __init__(self, memory: Memory, keys: Iterable[str]) -> None:
        """`keys` are those of the state that was committed."""
        self._memory = memory
        self._holders: dict[str, set[str]] | None = None  # made when it is first asked for
        self._ids = {name.removeprefix(PREFIX) for name in keys if name.startswith(PREFIX)}

    def get(self, thread_id: str) -> Thread | None:
        """Return a thread, None where it is not known."""
        kept = self._memory.get(PREFIX + thread_id)
        return _read(thread_id, kept) if kept.get("url") else None

    def put(self, thread: Thread) -> None:
        """Keep how a thread stands."""
        self._ids.add(thread.id)
        if self._holders is not None:
            for post in thread.posts:
                self._holders.setdefault(post.id, set()).add(thread.id)
        self._memory.note(PREFIX + thread.id, _written(thread))

    def forget(self, before: int, keep: int) -> None:
        """Of threads that were last active before a moment keep their last posts only, and no pages."""
        for number, kept in list(self.kept()):
            is_over = kept.get("active", 0) < before and not kept.keys() & {"want", "follow", "back"}
            if (
                is_over
                and (kept.get("pages") or len(kept.get("posts", ())) > keep)
                and (thread := self.get(number))
            ):
                thread.pages, thread.posts = [], thread.posts[-keep:]
                self.put(thread)

    def has_elsewhere(self, post_id: str, thread_id: str) -> bool:
        """Say whether another thread has a post."""
        if self._holders is None:
            self._holders = {}
            for thread in self.all():
                for post in thread.posts:
                    self._holders.setdefault(post.id, set()).add(thread.id)
        return bool(self._holders.get(post_id, set()) - {thread_id})

    def all(self) -> Iterator[Thread]:
        """Every thread."""
        for thread_id in sorted(self._ids):
            if thread := self.get(thread_id):
                yield thread

    def kept(self) -> Iterator[tuple[str, Json]]:
        """Every thread as it is kept: to look for some without reading all their posts."""
        for thread_id in sorted(self._ids):
            kept = self._memory.get(PREFIX + thread_id)
            if kept.get("url"):
                yield thread_id, kept

    def wanted(self, now: int | None = None) -> list[Thread]:
        """Threads that are to be read, the most recently active first; those that wait for a later try not yet."""
        ids = [number for number, kept in self.kept() if kept.keys() & {"want", "follow", "back"}]
        found = [thread for thread in map(self.get, ids) if thread and (now is None or thread.later <= now)]
        return sorted(found, key=lambda one: (one.want.last or "") if one.want else "", reverse=True)


def _written(thread: Thread) -> Json:
    said: Json = {name: value for name, value in asdict(thread).items() if value not in (None, "", [], 0, False)}
    said["posts"] = [[p.id, p.sign, p.at, p.precision, p.number] for p in thread.posts]
    said["pages"] = [list(asdict(page).values()) for page in thread.pages]
    return {name: value for name, value in said.items() if name != "id"}


def _read(thread_id: str, kept: Json) -> Thread:
    given: dict[str, Any] = dict(kept)
    for name in ("have", "want"):
        given[name] = Listed(**given[name]) if given.get(name) is not None else None
    given["posts"] = [KnownPost(*values) for values in given.get("posts", ())]
    given["pages"] = [PageSeen.of(values) for values in given.get("pages", ())]
    given["back"] = tuple(given["back"]) if given.get("back") else None
    return Thread(thread_id, **given)
