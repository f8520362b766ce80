"""Stack Exchange under test: a source that reads a tag of a loopback site, run after run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.helpers.runs import Collector
from tests.servers.answering import AnsweringServer
from tests.servers.stackexchange_server import Post, StackExchangeServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
T = int(NOW.timestamp())
HOUR, DAY = 3600, 86_400


@dataclass
class Reader(Collector):
    """A source that reads a tag, and the site that it asks."""

    there: StackExchangeServer = None  # type: ignore[assignment]
    server: AnsweringServer = None  # type: ignore[assignment]

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def requests(self) -> list[str]:
        paths = [path.split("?")[0].removeprefix("/2.3") for path in self.server.paths()]
        self.server.asked.clear()
        return paths


def talk(there: StackExchangeServer) -> None:
    """Two tagged questions, one with answers and comments, and one of another tag."""
    tags = ("example-sdk",)
    there.add(
        Post(
            1,
            T - 30 * HOUR,
            "<p>It says &quot;no&quot;.</p>",
            "Card &amp; PIN refused?",
            tags,
            active=T - 20 * HOUR,
        ),
        Post(2, T - 25 * HOUR, "<p>Restart it</p>", parent=1, score=3),
        Post(
            3,
            T - 20 * HOUR,
            "<p>Call them</p>",
            parent=1,
            owner={"display_name": "user9", "user_type": "does_not_exist"},
        ),
        Post(50, T - 24 * HOUR, "which one?", parent=1, is_comment=True, score=1),
        Post(51, T - 23 * HOUR, "did not help", parent=2, is_comment=True, owner={"user_type": "does_not_exist"}),
        Post(4, T - 10 * HOUR, "<p>Hello</p>", "Second", tags),
        Post(5, T - 9 * HOUR, "<p>Hello</p>", "Other", ("else",)),
    )
