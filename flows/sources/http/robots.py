"""robots.txt: read once a day for a host, obeyed always (RFC 9309).

404 and its kin allow everything; where the file cannot be read (5xx, 429, no connection) nothing is asked. What did
not answer has not refused: a host that does not resolve, or takes no connection, is told as such.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

import httpx
from protego import Protego

from flows.sources.http.answer import Answer
from flows.sources.http.errors import (
    AddressRefused,
    BadAnswer,
    HttpError,
    RobotsRefused,
    StatusError,
    Unreachable,
)
from flows.sources.http.hosts import Hosts

AGENT = "Vigie"
MOST = 500 * 1024  # what RFC 9309 asks a reader to take in


class Robots:
    """What the hosts of a run allow."""

    def __init__(self, hosts: Hosts, read: Callable[[str], Answer]) -> None:
        """`read` fetches an address without asking robots.txt first."""
        self._hosts = hosts
        self._read = read
        self._rules: dict[str, Protego] = {}
        self._unreadable: dict[str, HttpError] = {}

    def check(self, url: httpx.URL) -> float:
        """Return the seconds that the site wants between requests; raises RobotsRefused."""
        origin = str(url.copy_with(raw_path=b"/"))
        if origin not in self._rules and origin not in self._unreadable:
            self._load(origin)
        if (error := self._unreadable.get(origin)) is not None:
            if isinstance(error, Unreachable):
                raise Unreachable(str(url), f"its robots.txt could not be asked for: {error.detail}")
            detail = f"nothing is asked while {origin}robots.txt cannot be read: {error}"
            raise RobotsRefused(str(url), detail)
        rules = self._rules[origin]
        if not rules.can_fetch(str(url), AGENT):
            raise RobotsRefused(str(url), f"{origin}robots.txt forbids it: ask the site for leave, or drop it")
        rate = rules.request_rate(AGENT)
        return max(rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def _load(self, origin: str) -> None:
        text = self._hosts.robots(origin)
        if text is None:
            try:
                text = self._text(f"{origin}robots.txt")
            except (StatusError, Unreachable, BadAnswer) as error:
                self._unreadable[origin] = error
                return
            self._hosts.keep_robots(origin, text)
        self._rules[origin] = Protego.parse(_plain(text))

    def _text(self, url: str) -> str:
        try:
            answer = self._read(url)
        except AddressRefused:
            raise
        except HttpError as error:
            if error.status and 400 <= error.status < 500 and error.status != httpx.codes.TOO_MANY_REQUESTS:
                return ""
            raise
        return _plain(_decoded(answer.content[:MOST]))


def _decoded(content: bytes) -> str:
    """A robots.txt is UTF-8 by rule; a byte order mark of editors says otherwise."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8", "replace")


def _plain(text: str) -> str:
    """The text without NUL and byte order marks: one before `User-agent` would hide the first rule."""
    return text.replace("\0", "").replace("\ufeff", "")
