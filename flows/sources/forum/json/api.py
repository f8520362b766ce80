"""What the JSON ways into forums have in common: asking, times, and bodies out of the markup they send."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from flows.forumreader.posts import Moment, Post, Reading, ThreadRef
from flows.forumreader.writing.bodies import Body, read_body
from flows.forumreader.writing.rules import BodyRules
from flows.sources.answers import LayoutChanged, read_json
from flows.sources.base import Json, canonical
from flows.sources.forum.client import Read
from flows.sources.http import Answer, PoliteClient, Validators

LATEST = 2**33  # the year 2242
MOST = 2**31
UNFIT = (ValueError, TypeError, KeyError, AttributeError)


class ApiWay(ABC):
    """A forum's JSON: one client, one base address, what was asked for of it."""

    engine: str | None = None

    def __init__(self, client: PoliteClient | None, base: str, paths: list[str]) -> None:
        """`base` is the forum's home without a slash at its end, `paths` lead from there to what is asked for.

        Without a client answers can be understood, and none asked for.
        """
        self.base = base
        self._asked = client
        self._paths = paths

    @property
    def _client(self) -> PoliteClient:
        if self._asked is None:
            raise RuntimeError("this way has no client to ask with")
        return self._asked

    @abstractmethod
    def starts(self) -> list[str]:
        """Addresses to begin with."""

    @abstractmethod
    def recent(self) -> str | None:
        """A list of what was active last in all that is read, where there is one."""

    @abstractmethod
    def thread(self, ref: ThreadRef) -> str:
        """The address of a thread's first page."""

    def some(self, thread_id: str, ids: list[str]) -> str:
        """Asked only where answers tell the ids of all posts."""
        raise RuntimeError(f"{self.engine} does not tell all ids of a thread")

    def read(self, address: str, validators: Validators | None = None) -> Read:
        """Ask for an address of the API. Raises HttpError, LayoutChanged, BudgetUsedUp."""
        answer = self._client.get(address, validators=validators, accept="application/json")
        read = Read(address, answer.url, None, answer.validators, answer.content, answer.content_type)
        if not answer.not_modified:
            self._fill(read, read_json(answer), answer)
        return read

    def _fill(self, read: Read, value: Any, answer: Answer) -> None:
        """Put what an answer says into `read`; raises LayoutChanged where it is not what this engine sends."""
        try:
            read.reading = self.understand(value, answer.url, read)
        except UNFIT as error:
            raise LayoutChanged(answer.url, f"not what {self.engine} sends ({error!r})", answer.content) from error

    def posts(self, items: Any, make: Callable[[Any], Post | None], read: Read | None) -> list[Post]:
        """Read some posts; what is none that anybody wrote is counted, what cannot be read is kept, in `read`."""
        posts = []
        for item in items:
            try:
                post = make(item)
            except UNFIT as error:
                if read is None:
                    raise
                read.broken.append((f"{type(error).__name__}: {error}", canonical(item)))
                continue
            if post is not None:
                posts.append(post)
            elif read is not None:
                read.silent.append(str(item.get("id") or item.get("pid")))
        return posts

    @abstractmethod
    def understand(self, value: Any, url: str, read: Read | None = None) -> Reading:
        """Say what an answer holds, in the words of all engines."""


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
    """Read a time as APIs write it: ISO 8601, or milliseconds or seconds since 1970; None where it is none."""
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


def body_of(html: object, rules: BodyRules) -> Body:
    """Read the markup of one post."""
    text = html if isinstance(html, str) else ""
    body = LexborHTMLParser(f"<body><div>{text}</div></body>").css_first("body > div")
    return read_body(body, rules) if body is not None else Body("", html=text)


def counts(**given: Any) -> Json:
    """Counters that are numbers, or texts that are."""
    read = {name: _number(value) for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None and -MOST < value < MOST}


def _number(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value) else None


def text_of(value: object) -> str | None:
    """A text that says something, or None."""
    return value.strip() or None if isinstance(value, str) else None
