"""robots.txt: read once a day for a host, obeyed always (RFC 9309).

404 and its kin allow everything; where the file cannot be read (5xx, 429, no connection) nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from protego import Protego

from flows.sources.base import Json
from flows.sources.http.answer import Answer
from flows.sources.http.errors import (
    AddressRefused,
    BadAnswer,
    HttpError,
    RobotsRefused,
    StatusError,
    Unreachable,
)
from flows.sources.http.limits import Clock
from flows.sources.http.memory import Memory

AGENT = "Vigie"
FRESH = timedelta(days=1)
MOST = 500 * 1024  # what RFC 9309 asks a reader to take in


class Robots:
    """What the hosts of a run allow."""

    def __init__(self, memory: Memory, read: Callable[[str], Answer], clock: Clock) -> None:
        """`read` fetches an address without asking robots.txt first."""
        self._memory = memory
        self._read = read
        self._clock = clock
        self._rules: dict[str, Protego] = {}
        self._unreadable: dict[str, str] = {}

    def check(self, url: httpx.URL) -> float:
        """Return the seconds that the site wants between requests; raises RobotsRefused."""
        origin = str(url.copy_with(raw_path=b"/"))
        if origin not in self._rules and origin not in self._unreadable:
            self._load(origin)
        if origin in self._unreadable:
            detail = f"nothing is asked while {origin}robots.txt cannot be read: {self._unreadable[origin]}"
            raise RobotsRefused(str(url), detail)
        rules = self._rules[origin]
        if not rules.can_fetch(str(url), AGENT):
            raise RobotsRefused(str(url), f"{origin}robots.txt forbids it: ask the site for leave, or drop it")
        rate = rules.request_rate(AGENT)
        return max(rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def _load(self, origin: str) -> None:
        key = f"robots:{origin}"
        known = self._memory.get(key)
        if not self._is_fresh(known):
            try:
                known = {"read_at": self._clock.now().isoformat(), "text": self._text(f"{origin}robots.txt")}
            except (StatusError, Unreachable, BadAnswer) as error:
                self._unreadable[origin] = str(error)
                return
            self._memory.note(key, known)
        self._rules[origin] = Protego.parse(known["text"])

    def _is_fresh(self, known: Json) -> bool:
        if not known:
            return False
        age = self._clock.now() - datetime.fromisoformat(known["read_at"])
        return timedelta(0) <= age < FRESH

    def _text(self, url: str) -> str:
        try:
            answer = self._read(url)
        except AddressRefused:
            raise
        except HttpError as error:
            if error.status and 400 <= error.status < 500 and error.status != httpx.codes.TOO_MANY_REQUESTS:
                return ""
            raise
        return answer.content[:MOST].decode("utf-8", "replace").replace("\0", "")
