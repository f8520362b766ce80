"""A polite client, the server it asks, and a time that passes only when somebody sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.sources.http import Budget, Clock, MemoryHosts, PoliteClient, RequestPolicy
from tests.servers.feed_server import FeedServer, Reply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)
OK = Reply(b"fine")


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps."""

    passed: float = 0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.passed += seconds

    @property
    def clock(self) -> Clock:
        return Clock(
            lambda: NOW + timedelta(seconds=self.passed), lambda: 1000 + self.passed, self.sleep, lambda: 0.5
        )


@dataclass
class World:
    """A server, a client's memory, and the time that both have."""

    server: FeedServer
    time: FakeTime = field(default_factory=FakeTime)

    def __post_init__(self) -> None:
        self.hosts = MemoryHosts(self.time.clock)

    def client(self, budget: Budget | None = None, **manners: Any) -> PoliteClient:
        """A client of a new run, which shares with the last what they know of hosts."""
        given: dict[str, Any] = {"allowed_private": LOOPBACK, "granted_private": LOOPBACK, "delay": 0.0} | manners
        names = {"journal.example": "127.0.0.1", "other.example": "127.0.0.1", "inside.example": "10.0.0.7"}
        return PoliteClient(
            RequestPolicy(**given), budget, self.time.clock, lambda host, _port: [names.get(host, host)], self.hosts
        )

    def get(self, path: str = "/feed.xml", **manners: Any) -> bytes:
        with self.client(**manners) as client:
            return client.get(self.server.url(path)).content
