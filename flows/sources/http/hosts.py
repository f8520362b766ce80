"""What runs share of the hosts they ask: whose turn it is, how long a host rests, what its robots.txt says.

Kept in the warehouse all runs see it (flows/warehouse/hosts.py); kept in memory one client does.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from flows.sources.http.limits import Clock

FRESH = timedelta(days=1)


class HostBusy(Exception):
    """Others had their turn at a host for as long as one was ready to wait."""


@dataclass(frozen=True)
class HostState:
    """How things stand with a host; times are seconds from now.

    It may be asked after `wait`, and not at all while `closed` (an open circuit) after `failures` in a row.
    """

    wait: float = 0.0
    closed: float = 0.0
    failures: int = 0
    why: str = ""


class Hosts(Protocol):
    """Where runs meet: a host is its name, with its port where it has one of its own."""

    def lock_host(self, host: str, timeout: float) -> AbstractContextManager[None]:
        """Ask this host alone while the block lasts; raises HostBusy after `timeout` seconds of waiting."""

    def state(self, host: str) -> HostState:
        """Say how things stand; a host that nobody asked yet is free."""

    def put(self, host: str, state: HostState) -> None:
        """Let all know how things stand; for whoever has the turn."""

    def robots(self, origin: str) -> str | None:
        """Return the robots.txt of an origin, where it was read in the last day."""

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep a robots.txt that was read now; empty where there is none."""


class MemoryHosts:
    """Hosts as one process sees them, for use without a warehouse. Safe to share between threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        """`clock` is for tests."""
        self._clock = clock or Clock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._put: dict[str, tuple[float, HostState]] = {}
        self._robots: dict[str, tuple[datetime, str]] = {}

    @contextmanager
    def lock_host(self, host: str, timeout: float) -> Iterator[None]:
        """Ask this host alone while the block lasts; raises HostBusy after `timeout` seconds of waiting."""
        lock = self._turns[host]
        if not lock.acquire(timeout=min(max(0.0, timeout), threading.TIMEOUT_MAX)):
            raise HostBusy(host)
        try:
            yield
        finally:
            lock.release()

    def state(self, host: str) -> HostState:
        """Say how things stand; a host that nobody asked yet is free."""
        at, then = self._put.get(host, (0.0, HostState()))
        passed = self._clock.monotonic() - at
        return HostState(max(0.0, then.wait - passed), max(0.0, then.closed - passed), then.failures, then.why)

    def put(self, host: str, state: HostState) -> None:
        """Keep how things stand."""
        self._put[host] = self._clock.monotonic(), state

    def robots(self, origin: str) -> str | None:
        """Return the robots.txt of an origin, where it was read in the last day."""
        read_at, text = self._robots.get(origin, (None, ""))
        return text if read_at and timedelta(0) <= self._clock.now() - read_at < FRESH else None

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep a robots.txt that was read now."""
        self._robots[origin] = self._clock.now(), text
