"""Ways into a forum: its pages as anybody sees them, or the JSON its engine offers; both say the same words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flows.forumreader.links import (
    is_activity,
    previous_page,
    recent_pages,
    section_signs,
    unique,
    without_session,
)
from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Post, Reading, ThreadRef
from flows.sources.http import Answer, BadAnswer, Memory, PoliteClient, Validators

OPEN_ENDED = "open-ended"
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


@dataclass(slots=True)
class Read:
    """What came of one request; `reading` is None where nothing changed since the validators were given.

    `whole` are the ids of all posts of the thread, where the forum tells them with any of its pages; `signs` what
    the page shows of each section, for a look into those that changed only; `recent` pages of the newest activity,
    `silent` ids of things that nobody wrote (somebody joined, a topic was closed), `broken` what
    could not be read: why, and its bytes.
    """

    address: str
    url: str
    reading: Reading | None
    validators: Validators
    content: bytes = b""
    content_type: str = ""
    whole: list[str] | None = None
    signs: dict[str, str] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    previous: str | None = None

    @property
    def shown(self) -> Reading:
        """What stands on the page; RuntimeError where it had not changed, for then nobody should ask."""
        if self.reading is None:
            raise RuntimeError(f"{self.url}: an unchanged page was taken for one that was read")
        return self.reading

    asks_login: bool = False
    silent: list[str] = field(default_factory=list)
    broken: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class News:
    """Posts of the whole forum in one answer, newest first, each with its thread; where older ones are."""

    posts: list[tuple[ThreadRef, Post]]
    numbers: list[int]
    content: bytes = b""
    broken: list[tuple[str, bytes]] = field(default_factory=list)


class Way(Protocol):
    """How a forum is read; every address is one that `read` understands."""

    engine: str | None

    def starts(self) -> list[str]:
        """Addresses to begin with: an index, lists of threads, or threads."""

    def recent(self) -> str | None:
        """A list of what was active last in all that is read, where the forum has one."""

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for a page and say what stands there. Raises HttpError, LayoutChanged, BudgetUsedUp."""

    def thread(self, ref: ThreadRef) -> str:
        """The address of a thread's first page."""

    def some(self, thread_id: str, ids: list[str]) -> str:
        """The address that gives some posts of a thread; asked only where `Read.whole` tells their ids."""


class PagesWay:
    """The pages that guests see, read by profile, schema.org or structure."""

    def __init__(
        self, client: PoliteClient, addresses: list[str], zone: ZoneInfo, *, memory: Memory, now: datetime
    ) -> None:
        """`now` is the run's moment: relative dates are read against it."""
        self.engine: str | None = None
        self._memory = memory
        self._client = client
        self._addresses = addresses
        self._zone = zone
        self._now = now

    def starts(self) -> list[str]:
        """The addresses as they were given."""
        return self._addresses

    def recent(self) -> str | None:
        """Unknown before a page names one."""
        return None

    def thread(self, ref: ThreadRef) -> str:
        """The thread's own address."""
        return without_session(ref.url)

    def some(self, thread_id: str, ids: list[str]) -> str:
        """Pages never tell all ids: never asked."""
        raise RuntimeError("a forum's pages do not tell all ids of a thread")

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for a page and read it."""
        answer = self._client.get(address, validators=validators, accept=ACCEPT)
        if answer.not_modified:
            return Read(address, answer.url, None, answer.validators)
        return self.understand(address, self._whole(address, answer))

    def _whole(self, address: str, answer: Answer) -> Answer:
        """Ask again for a page that ends in its middle: posts that it lacks would be taken as gone.

        A forum whose pages all end without an end is known after the first.
        """
        if _ends(answer) or self._memory.get(OPEN_ENDED):
            return answer
        again = self._client.get(address, accept=ACCEPT)
        if not _ends(again):
            if abs(len(again.content) - len(answer.content)) > len(again.content) // 50:
                raise BadAnswer(address, "the page ends in its middle, twice")
            self._memory.note(OPEN_ENDED, {"since": self._now.isoformat()})
        return again

    def understand(self, address: str, answer: Answer) -> Read:
        """Read an answer that is there already."""
        from flows.forumreader.reader import read_page

        page = page_of(answer, self._now)
        reading = read_page(page, zone=self._zone)
        if reading.kind == "other" and is_activity(page.url):
            reading = listed(page, self._zone) or reading
        self.engine = self.engine or reading.engine
        reading.forums = unique(without_session(url) for url in reading.forums)
        return Read(
            address,
            answer.url,
            reading,
            answer.validators,
            answer.content,
            answer.content_type,
            signs=section_signs(page, reading.forums),
            recent=recent_pages(page),
            previous=previous_page(page, reading),
            asks_login=page.tree.css_first("input[type=password]") is not None,
        )


def page_of(answer: Answer, now: datetime) -> ForumPage:
    """Make a page of an answer."""
    return ForumPage(answer.content, answer.url, now, dict(answer.headers.multi_items()))


def _ends(answer: Answer) -> bool:
    """Say whether a page has its end; what is no page of HTML has none."""
    tail = answer.content[-2000:].lower()
    return b"</html" in tail or b"</body" in tail or b"<html" not in answer.content[:5000].lower()


def listed(page: ForumPage, zone: ZoneInfo) -> Reading | None:
    """Read a page of the newest activity: engines make a search of it, and list its threads as all others."""
    from flows.forumreader.profiles.addresses import View
    from flows.forumreader.profiles.detection import SURE, detect
    from flows.forumreader.profiles.lists import read_list

    for guess in detect(page)[:1]:
        reading = Reading(page.url, "list", guess.engine, guess.confidence, "profile", guess.confidence)
        if guess.confidence >= SURE:
            read_list(View(page, guess.profile), zone, reading)
        return reading if reading.threads else None
    return None
