"""A board under test: served on loopback, collected run after run, and what the warehouse would hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from flows.records import Json
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.source import Forum
from tests.servers.answering import AnsweringServer
from tests.servers.board import Board, board_server
from tests.sources.running import Ran, Runner

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Reader:
    """Collects from a board; `versions` are what is written of each post, None where it was found gone."""

    board: Board
    server: AnsweringServer
    options: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, list[str | None]] = field(default_factory=dict)
    mapped: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runner = Runner(Forum, now=NOW)

    def config(self, **options: Any) -> ForumConfig:
        given = {
            "name": "board", "site": "board", "addresses": [self.server.url("/")], "crawl_delay": 0,
            "allowed_private": ["127.0.0.0/8"], "max_requests": 10_000, "history_days": 60,
        }  # fmt: skip
        return ForumConfig(**given | self.options | options)

    def run(self, later: timedelta = SOON, most: int | None = None, **options: Any) -> Ran:
        ran = self.runner.run(self.config(**options), later=later, most=most)
        for page in ran.pages:
            for record in page.records:
                mapped = orjson.loads(record.content)["mapped"]
                self.mapped[record.record_id] = mapped
                self.versions.setdefault(record.record_id, []).append(mapped["body"])
            for dead in page.tombstones:
                self.versions[dead.record_id].append(None)
        return ran

    def texts(self) -> dict[str, str]:
        """What every post that is there says."""
        return {number: texts[-1] for number, texts in self.versions.items() if texts[-1] is not None}

    def asked(self) -> list[str]:
        """Paths that were asked for since the last time."""
        paths = [one.path for one in self.server.asked]
        self.server.asked.clear()
        return paths


@contextmanager
def reading(board: Board, **options: Any) -> Iterator[Reader]:
    """Serve a board, and collect from it."""
    with board_server(board) as server:
        yield Reader(board, server, options)


def small(threads: int = 6) -> Board:
    """A board of a few threads, the last of them yesterday."""
    board = Board(sections=2)
    board.fill(threads, NOW - DAY)
    return board
