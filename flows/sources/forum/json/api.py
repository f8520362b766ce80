"""What all JSON APIs of forums have in common: asking, times, counters, and what cannot be parsed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flows.forumreader import Moment, Reading, ThreadRef
from flows.records import Json, canonical
from flows.sources.answers import LayoutChanged, read_json
from flows.sources.forum.client import CollectedPost, NewestPosts, Read
from flows.sources.http import Answer, PoliteClient, Validators

LATEST = 2**33  # seconds since 1970: the year 2242
MAX_COUNT = 2**31
PARSE_ERRORS = (ValueError, TypeError, KeyError, AttributeError)


class JsonClient(ABC):
    """A forum by its engine's JSON API: one HTTP client, the forum's home, and what is to be read of it."""

    engine: str

    def __init__(self, http: PoliteClient | None, base: str, paths: list[str]) -> None:
        """`base` is the forum's home without a slash at its end, `paths` lead from there to what is to be read.

        Without an HTTP client answers can be understood, but none asked for.
        """
        self.base = base
        self._given_http = http
        self._paths = paths

    @property
    def newest(self) -> NewestPosts | None:
        """None: most engines do not list the newest posts of the whole forum."""
        return None

    @property
    def _http(self) -> PoliteClient:
        if self._given_http is None:
            raise RuntimeError("there is no HTTP client to ask with")
        return self._given_http

    @abstractmethod
    def starts(self) -> list[str]:
        """Addresses to begin with."""

    @abstractmethod
    def recent(self) -> str | None:
        """A list of the threads that were active last in all that is read, where there is one."""

    @abstractmethod
    def thread(self, ref: ThreadRef) -> str:
        """The address of a thread's first page."""

    def some(self, thread_id: str, ids: list[str]) -> str:
        """Asked only where answers list the ids of all posts."""
        raise RuntimeError(f"{self.engine} does not list all ids of a thread")

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for an address of the API. Raises HttpError, LayoutChanged, BudgetUsedUp."""
        answer = self._http.get(address, validators=validators, accept="application/json")
        read = Read(address, answer.url, None, answer.validators, answer.content, answer.content_type)
        if not answer.not_modified:
            self._fill(read, read_json(answer), answer)
        return read

    def _fill(self, read: Read, value: Any, answer: Answer) -> None:
        """Parse an answer into `read`; raises LayoutChanged where it is not what this engine sends."""
        try:
            read.reading = self.understand(value, answer.url, read)
        except PARSE_ERRORS as error:
            raise LayoutChanged(answer.url, f"not what {self.engine} sends ({error!r})", answer.content) from error

    def posts(
        self, items: Any, make: Callable[[Any], CollectedPost | None], read: Read | None
    ) -> list[CollectedPost]:
        """Parse a thread's posts; `read` takes them too, and the entries without words or that cannot be parsed."""
        posts: list[CollectedPost] = []
        for item in items:
            try:
                post = make(item)
            except PARSE_ERRORS as error:
                if read is None:
                    raise
                read.broken.append((f"{type(error).__name__}: {error}", canonical(item)))
                continue
            if post is not None:
                posts.append(post)
            elif read is not None:
                read.silent.append(str(item.get("id") or item.get("pid")))
        if read is not None:
            read.posts, read.has_own_titles = posts, True
        return posts

    @abstractmethod
    def understand(self, value: Any, url: str, read: Read | None = None) -> Reading:
        """Parse an answer: a list of threads, or a thread's posts. Raises one of PARSE_ERRORS."""


def base_of(address: str, *markers: str) -> tuple[str, str]:
    """Split an address into the forum's home and the path below it, which begins with one of the markers."""
    parts = urlsplit(address)
    home = f"{parts.scheme}://{parts.netloc}"
    for marker in markers:
        before, found, after = parts.path.partition(marker)
        if found:
            return home + before.rstrip("/"), (marker + after).rstrip("/")
    return home + parts.path.rstrip("/"), ""


def moment(said: Any) -> Moment | None:
    """Parse a time as APIs write it: ISO 8601, or milliseconds or seconds since 1970; None for anything else."""
    try:
        if isinstance(said, bool) or said in (None, "", 0):
            return None
        if isinstance(said, int | float) or str(said).isdecimal():
            seconds = float(said)
            seconds = seconds / 1000 if seconds > LATEST else seconds
            return Moment(datetime.fromtimestamp(seconds, UTC), "second") if 0 < seconds < LATEST else None
        read = datetime.fromisoformat(str(said))
    except (ValueError, OverflowError, OSError):
        return None
    return Moment(read if read.tzinfo else read.replace(tzinfo=UTC), "second")


def markup_of(html: object) -> str:
    """Return the markup of a post's body; empty where the API sent no text."""
    return html if isinstance(html, str) else ""


def counts(**given: Any) -> Json:
    """Keep the counters that are numbers, or texts of digits."""
    read = {name: _number(value) for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None and -MAX_COUNT < value < MAX_COUNT}


def _number(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value) else None


def text_of(value: object) -> str | None:
    """Return a text without space around it; None for an empty one and for anything else."""
    return value.strip() or None if isinstance(value, str) else None
