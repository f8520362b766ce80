"""A loopback server whose answers a function makes: what remote APIs are, as far as their documentation says."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from tests.servers.feed_server import FeedServer, Reply

Answers: TypeAlias = Callable[[str, dict[str, str]], Reply]


class AnsweringServer(FeedServer):
    """Answers with what `answers` says of a path and its parameters; `faults` come first, one a request."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers
        self.faults: list[Reply] = []

    def reply_to(self, path: str) -> Reply:
        if path == "/robots.txt":
            return super().reply_to(path)
        if self.faults:
            return self.faults.pop(0)
        parts = urlsplit(path)
        return self.answers(parts.path, dict(parse_qsl(parts.query)))


def as_json(value: Any, status: int = 200, *, zipped: bool = False) -> Reply:
    """An answer in JSON."""
    body = json.dumps(value).encode()
    if zipped:
        return Reply(gzip.compress(body), status, {"Content-Encoding": "gzip"}, content_type="application/json")
    return Reply(body, status, content_type="application/json")


@contextmanager
def answering_server(answers: Answers) -> Iterator[AnsweringServer]:
    """Run a server on a free port until the block ends."""
    server = AnsweringServer(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
