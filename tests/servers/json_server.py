"""A loopback server of a JSON API that tests answer for: a function of path and query, every request kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.servers.feed_server import FeedServer, Reply

Query = dict[str, list[str]]
NOT_FOUND = 404, {"error": "Record not found"}


@dataclass
class Request:
    """What was asked, read."""

    path: str
    query: Query = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        return self.query[name][0] if name in self.query else None


Answers = Callable[[Request], tuple[int, Any]]


class JsonServer(FeedServer):
    """Answers with a status and JSON (bytes are sent as they are)."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers

    def reply_to(self, path: str) -> Reply:
        parts = urlsplit(path)
        status, body = self.answers(Request(parts.path, parse_qs(parts.query, keep_blank_values=True)))
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return Reply(content, status, content_type="application/json; charset=utf-8")

    def count(self) -> int:
        """Requests since the last time, forgotten then."""
        number = len(self.asked)
        self.asked.clear()
        return number


@contextmanager
def json_server(answers: Answers) -> Iterator[JsonServer]:
    """Run a server on a free port until the block ends."""
    server = JsonServer(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
