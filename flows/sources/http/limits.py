"""How a client behaves and what a run may spend; time comes in from outside, so that tests need not wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flows.sources.http.errors import BudgetUsedUp

MEGABYTE = 1_000_000


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Where time comes from: the moment (UTC), seconds that only grow, sleep, and chance in [0, 1) for jitter."""

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True)
class RequestPolicy:
    """How hosts are treated. Times are seconds, sizes bytes (of the decoded body).

    `contact` is an address or page of whoever runs this, sent with every request. `longest_wait` is the longest
    that a run waits for one host. `allowed_private` lists hosts and networks behind our own doors that may be
    asked all the same if `granted_private`, whoever runs Vigie, lists them too; a listed host name is trusted
    wherever it resolves to.
    """

    contact: str | None = None
    delay: float = 1.0
    tries: int = 3
    backoff: float = 1.0
    longest_wait: float = 120.0
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    answer_seconds: float = 60.0
    most_bytes: int = 10 * MEGABYTE
    most_redirects: int = 5
    breaker_failures: int = 5
    breaker_seconds: float = 300.0
    allowed_private: tuple[str, ...] = ()
    granted_private: tuple[str, ...] = ()


@dataclass
class Budget:
    """What a run may spend, and has spent; bytes are those on the wire. Spending more raises BudgetUsedUp."""

    requests: int = 1000
    bytes: int = 200 * MEGABYTE
    minutes: float = 30.0
    requests_spent: int = 0
    bytes_spent: int = 0
    started: float | None = None

    def spend_request(self, now: float) -> None:
        """Count a request, before it is made."""
        self.check_wait(0, now)
        if self.requests_spent >= self.requests:
            raise BudgetUsedUp(f"the run's {self.requests:,} requests are used up")
        if self.bytes_spent >= self.bytes:
            raise BudgetUsedUp(f"the run's {self.bytes:,} bytes are used up")
        self.requests_spent += 1

    def spend_bytes(self, count: int) -> None:
        """Count bytes that came; raises in the middle of an answer that would go beyond."""
        self.bytes_spent += count
        if self.bytes_spent > self.bytes:
            raise BudgetUsedUp(f"the run's {self.bytes:,} bytes are used up")

    def check_wait(self, seconds: float, now: float) -> None:
        """Raise where a wait would end after the run's minutes."""
        if seconds > self.left(now):
            raise BudgetUsedUp(f"the run's {self.minutes:g} minutes are used up")

    def left(self, now: float) -> float:
        """Seconds that the run still has; they start at the first look at the clock."""
        if self.started is None:
            self.started = now
        return self.minutes * 60 - (now - self.started)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, written as seconds or as a date; None where it says nothing."""
    if not value:
        return None
    text = value.strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
