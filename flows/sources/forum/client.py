"""What a run asks of any forum, whether it is read by its pages or by the JSON its engine offers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Protocol, Self

from flows.forumreader import Post, Reading, ThreadRef
from flows.records import Json
from flows.sources.http import Validators


@dataclass(slots=True, frozen=True)
class CollectedPost(Post):
    """A post with what only some forums say of it.

    `said` is the API's own object without its counters (None: the post was read off a page), `number` the post's
    place in its thread where other posts name it by that, `reply_number` the place of the post it answers.
    """

    said: Json | None = None
    counters: Json = field(default_factory=dict)
    number: int | None = None
    reply_number: int | None = None

    @classmethod
    def of_page(cls, post: Post) -> Self:
        """Take a post as it was read off a page."""
        return cls(**{one.name: getattr(post, one.name) for one in fields(post)})


@dataclass(slots=True)
class Read:
    """The outcome of one request; `reading` is None where the page has not changed since the validators were given.

    - `posts`: the posts of the reading; `has_own_titles` says that each has the title which the forum gives to it
      (pages repeat the thread's title on posts)
    - `whole`: ids of all posts of the thread, where the forum lists them on each of its pages
    - `signs`: by section, a digest of what an index shows of it: unchanged sections need not be read
    - `recent`: pages that list the newest activity; `previous`: the page before this one
    - `silent`: ids of entries without an author's words (somebody joined, a topic was closed)
    - `broken`: entries that could not be read, each with the reason and its bytes
    """

    address: str
    url: str
    reading: Reading | None
    validators: Validators
    content: bytes = b""
    content_type: str = ""
    posts: list[CollectedPost] = field(default_factory=list)
    has_own_titles: bool = False
    whole: list[str] | None = None
    signs: dict[str, str] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    previous: str | None = None
    asks_login: bool = False
    silent: list[str] = field(default_factory=list)
    broken: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def shown(self) -> Reading:
        """The reading of a page that was not unchanged; raises RuntimeError for one that was."""
        if self.reading is None:
            raise RuntimeError(f"{self.url}: an unchanged page was taken for one that was read")
        return self.reading


@dataclass(slots=True)
class News:
    """Posts of the whole forum in one answer, newest first, each with its thread.

    `numbers` are the ids of all entries in the answer, those without words included.
    """

    posts: list[tuple[ThreadRef, CollectedPost]]
    numbers: list[int]
    content: bytes = b""
    broken: list[tuple[str, bytes]] = field(default_factory=list)


class NewestPosts(Protocol):
    """A list of the newest posts of the whole forum, by ids that grow."""

    @property
    def news_address(self) -> str:
        """The list's address."""

    def news(self, before: int | None) -> News:
        """Ask for the newest posts, or those below an id. Raises HttpError, LayoutChanged."""

    def page_with(self, ref: ThreadRef, place: int) -> str:
        """The address of the thread's page that has its post number `place` (the first is 1)."""


class ForumClient(Protocol):
    """How a forum is read; every address that it gives is one that `read` takes."""

    @property
    def engine(self) -> str | None:
        """The engine whose JSON API is read; None where pages are."""

    @property
    def newest(self) -> NewestPosts | None:
        """The newest posts of the whole forum, where it lists them."""

    def starts(self) -> list[str]:
        """Addresses to begin with: an index, lists of threads, or threads."""

    def recent(self) -> str | None:
        """A list of the threads that were active last in all that is read, where the forum has one."""

    def thread(self, ref: ThreadRef) -> str:
        """The address of a thread's first page."""

    def some(self, thread_id: str, ids: list[str]) -> str:
        """The address that gives some posts of a thread; asked only where `Read.whole` lists their ids."""

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for a page and read it. Raises HttpError, LayoutChanged, BudgetUsedUp."""
