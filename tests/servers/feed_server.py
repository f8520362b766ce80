"""A loopback server that tests tell what to answer, faults included; it keeps every request it got."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """An answer. `etag` makes it conditional.

    Faults: `drip` sends byte by byte with so many seconds between, `half` promises twice the body,
    `reset` breaks the connection instead of answering.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/xml"
    etag: str | None = None
    drip: float = 0
    half: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    path: str
    headers: dict[str, str]
    at: float
    client: tuple[str, int]
    method: str = "GET"
    body: bytes = b""


class FeedServer(ThreadingHTTPServer):
    """Answers with what `routes` says; a list is answered in order, its last for ever; else 404."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Reply | list[Reply]] = {}
        self.asked: list[Asked] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def site(self) -> str:
        return f"127.0.0.1_{self.port}"

    def url(self, path: str = "/feed.xml", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Paths asked for, robots.txt left out."""
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    def reply_to(self, path: str) -> Reply:
        found = self.routes.get(path, Reply(b"no such page", 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FeedServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        asked = Asked(self.path, headers, time.monotonic(), self.client_address, self.command, body)
        self.server.asked.append(asked)
        reply = self.server.reply_to(self.path)
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if reply.etag and headers.get("if-none-match") == reply.etag:
            self._head(304, {"ETag": reply.etag, "Content-Length": "0"})
            return
        length = len(reply.body) * (2 if reply.half else 1)
        own = {"Content-Type": reply.content_type, "Content-Length": str(length)}
        self._head(reply.status, own | ({"ETag": reply.etag} if reply.etag else {}) | reply.headers)
        self._body(reply)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, reply: Reply) -> None:
        if self.command == "HEAD":
            return
        if not reply.drip:
            self.wfile.write(reply.body)
        for at in range(len(reply.body) if reply.drip else 0):
            self.wfile.write(reply.body[at : at + 1])
            time.sleep(reply.drip)
        if reply.half:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The tests look at `asked` instead."""


@contextmanager
def feed_server(setup: Callable[[FeedServer], None] | None = None) -> Iterator[FeedServer]:
    """Run a server on a free port until the block ends."""
    server = FeedServer()
    if setup:
        setup(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
