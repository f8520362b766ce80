"""A forum by the pages that guests see."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flows.forumreader import ForumPage, ThreadRef, read_activity, read_page
from flows.forumreader.links import (
    is_activity,
    previous_page,
    recent_pages,
    section_signs,
    unique,
    without_session,
)
from flows.sources.forum.client import CollectedPost, Read
from flows.sources.http import Answer, BadAnswer, Memory, PoliteClient, Validators

OPEN_ENDED = "open-ended"
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


class PagesClient:
    """Reads pages by their engine's profile or by structure."""

    engine = None
    newest = None

    def __init__(
        self, http: PoliteClient, addresses: list[str], zone: ZoneInfo, *, memory: Memory, now: datetime
    ) -> None:
        """`now` is the run's moment: relative dates are read against it."""
        self._memory = memory
        self._http = http
        self._addresses = addresses
        self._zone = zone
        self._now = now

    def starts(self) -> list[str]:
        """The addresses as they were given."""
        return self._addresses

    def recent(self) -> str | None:
        """Unknown until a page links to one."""
        return None

    def thread(self, ref: ThreadRef) -> str:
        """The thread's own address."""
        return without_session(ref.url)

    def some(self, thread_id: str, ids: list[str]) -> str:
        """Never asked: pages do not list all ids of a thread."""
        raise RuntimeError("a forum's pages do not list all ids of a thread")

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for a page and read it. Raises HttpError, BudgetUsedUp."""
        answer = self._http.get(address, validators=validators, accept=ACCEPT)
        if answer.not_modified:
            return Read(address, answer.url, None, answer.validators)
        return self._understand(address, self._complete(address, answer))

    def _complete(self, address: str, answer: Answer) -> Answer:
        """Ask again for a page that was cut off: posts that it lacks would be taken for deleted.

        A forum whose pages never have an end tag is recognised by the first one, and remembered.
        """
        if _has_end(answer) or self._memory.get(OPEN_ENDED):
            return answer
        second = self._http.get(address, accept=ACCEPT)
        if not _has_end(second):
            if abs(len(second.content) - len(answer.content)) > len(second.content) // 50:
                raise BadAnswer(address, "the page ends in its middle, twice")
            self._memory.note(OPEN_ENDED, {"since": self._now.isoformat()})
        return second

    def _understand(self, address: str, answer: Answer) -> Read:
        page = page_of(answer, self._now)
        reading = read_page(page, zone=self._zone)
        if reading.kind == "other" and is_activity(page.url):
            reading = read_activity(page, zone=self._zone) or reading
        reading.forums = unique(without_session(url) for url in reading.forums)
        return Read(
            address,
            answer.url,
            reading,
            answer.validators,
            answer.content,
            answer.content_type,
            posts=[CollectedPost.of_page(post) for post in reading.posts],
            signs=section_signs(page, reading.forums),
            recent=recent_pages(page),
            previous=previous_page(page, reading),
            asks_login=page.tree.css_first("input[type=password]") is not None,
        )


def page_of(answer: Answer, now: datetime) -> ForumPage:
    """Make the reader's page of an answer."""
    return ForumPage(answer.content, answer.url, now, dict(answer.headers.multi_items()))


def _has_end(answer: Answer) -> bool:
    """Say whether a page has its end tag; what is no HTML needs none."""
    tail = answer.content[-2000:].lower()
    return b"</html" in tail or b"</body" in tail or b"<html" not in answer.content[:5000].lower()
