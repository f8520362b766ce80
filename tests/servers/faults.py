"""A proxy that spoils what passes: between a client and a loopback server, by a schedule that a seed decides.

    with feed_server() as server, fault_proxy(server.url(""), Schedule(seed=7)) as proxy:
        …ask proxy.url("/feed.xml")…

The request's Host goes on as it came, so that links which a server makes of it lead through the proxy again.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import responses
from random import Random
from urllib.parse import urlsplit

from tests.servers.waiting import PATIENCE

LOOP = "/--round-and-round"
CHARSETS = ("iso-8859-1", "utf-16", "klingon")


@dataclass(frozen=True)
class Response:
    """An answer of the server's, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    def head(self, **changed: str) -> bytes:
        """Status line and headers; a changed header replaces one, an empty one is left out."""
        own = {"content-length": str(len(self.body)), **{k.replace("_", "-"): v for k, v in changed.items()}}
        lines = [f"{name}: {value}" for name, value in (self.headers | own).items() if value]
        reason = responses.get(self.status, "")
        return "\r\n".join([f"HTTP/1.1 {self.status} {reason}", *lines, "", ""]).encode("latin-1")


@dataclass
class Visit:
    """One request on its way: what was asked, who answers, and what spoils it."""

    method: str
    path: str
    fault: str
    at: float
    writer: asyncio.StreamWriter = field(repr=False)
    random: Random = field(repr=False)
    fetch: Callable[[], Awaitable[Response]] = field(repr=False)

    async def pass_on(self, response: Response | None = None, **changed: str) -> bool:
        """Answer with what the server answers; True: the connection can be used again."""
        response = response or await self.fetch()
        self.writer.write(response.head(**changed) + (b"" if self.method == "HEAD" else response.body))
        await self.writer.drain()
        return True

    def cut(self) -> bool:
        """Break the connection."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        return False


async def _delay(visit: Visit) -> bool:
    await asyncio.sleep(visit.random.uniform(0.001, 0.02))
    return await visit.pass_on()


async def _reset(visit: Visit) -> bool:
    return visit.cut()


async def _reset_after(visit: Visit) -> bool:
    """The server did what it was asked, and nobody hears of it."""
    await visit.fetch()
    return visit.cut()


async def _half(visit: Visit) -> bool:
    response = await visit.fetch()
    body = response.body or b"nothing"
    visit.writer.write(response.head(content_length=str(len(body))) + body[: visit.random.randrange(len(body))])
    await visit.writer.drain()
    return False


async def _cut(visit: Visit) -> bool:
    """It ends early and does not say so: no length was promised, and the connection is closed in good order."""
    response = await visit.fetch()
    end = visit.random.randrange(len(response.body) + 1)
    visit.writer.write(response.head(content_length="", connection="close") + response.body[:end])
    await visit.writer.drain()
    return False


async def _busy(visit: Visit) -> bool:
    soon = datetime.now(UTC) + timedelta(seconds=visit.random.randrange(4))
    said = visit.random.choice(["0", "1", "2", format_datetime(soon, usegmt=True), "3600", "soon", ""])
    status = visit.random.choice([429, 503])
    return await visit.pass_on(Response(status, {"content-type": "text/html"}, b"busy"), retry_after=said)


async def _error(visit: Visit) -> bool:
    return await visit.pass_on(Response(visit.random.choice([500, 502, 504]), {}, b"<html>sorry</html>"))


async def _drip(visit: Visit) -> bool:
    response = await visit.fetch()
    visit.writer.write(response.head())
    for at in range(len(response.body)):
        visit.writer.write(response.body[at : at + 1])
        await visit.writer.drain()
        await asyncio.sleep(0.005)
    return True


async def _silence(visit: Visit) -> bool:
    await asyncio.sleep(5)
    return False


async def _gzip(visit: Visit) -> bool:
    """Compressed as it should be, which is no fault."""
    response = await visit.fetch()
    body = gzip.compress(response.body)
    return await visit.pass_on(Response(response.status, response.headers, body), content_encoding="gzip")


async def _bad_gzip(visit: Visit) -> bool:
    response = await visit.fetch()
    good = bytearray(gzip.compress(response.body))
    at = visit.random.randrange(len(good))
    if visit.random.random() < 0.5:
        good[at] ^= 1 << visit.random.randrange(8)
    else:
        del good[at:]
    return await visit.pass_on(Response(response.status, response.headers, bytes(good)), content_encoding="gzip")


async def _charset(visit: Visit) -> bool:
    response = await visit.fetch()
    kind = response.headers.get("content-type", "text/html").partition(";")[0]
    return await visit.pass_on(response, content_type=f"{kind}; charset={visit.random.choice(CHARSETS)}")


async def _loop(visit: Visit) -> bool:
    return await visit.pass_on(Response(visit.random.choice([301, 302, 307]), {}, b""), location=LOOP)


async def _stale(visit: Visit) -> bool:
    """The connection is promised for more, and closed."""
    await visit.pass_on()
    return False


async def _page(visit: Visit) -> bool:
    """Something else altogether, with a good face: a login, a captcha."""
    return await visit.pass_on(Response(200, {"content-type": "text/html"}, b"<html><p>One moment.</p></html>"))


FAULTS: dict[str, Callable[[Visit], Awaitable[bool]]] = {
    "none": Visit.pass_on, "delay": _delay, "reset": _reset, "reset after": _reset_after, "half": _half,
    "cut": _cut, "busy": _busy, "error": _error, "drip": _drip, "silence": _silence, "gzip": _gzip,
    "bad gzip": _bad_gzip, "charset": _charset, "loop": _loop, "stale": _stale, "page": _page,
}  # fmt: skip


@dataclass
class Schedule:
    """Which request is spoilt, and how: the same seed spoils the same. `share` of the requests pass untouched."""

    seed: int
    share: float = 0.5
    kinds: tuple[str, ...] = tuple(FAULTS)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def next(self) -> tuple[str, Random]:
        """Say what happens to the next request, and give it chance of its own."""
        fault = "none" if self.random.random() < self.share else self.random.choice(self.kinds)
        return fault, Random(self.random.random())


class FaultProxy:
    """Runs between the client and `upstream` (http://host:port) and keeps what it did with each request."""

    def __init__(self, upstream: str, schedule: Schedule) -> None:
        self.visits: list[Visit] = []
        self.schedule = schedule
        self.port = 0
        self._upstream = urlsplit(upstream)

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._request(reader, writer):
                pass
        writer.transport.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        line, headers = _parsed(head)
        method, path = line.split(" ")[:2]
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        fault, chance = self.schedule.next()
        if path == LOOP:
            fault = "loop"

        async def fetch() -> Response:
            return await self._fetch(method, head + body)

        at = asyncio.get_running_loop().time()
        visit = Visit(method, path, fault, at, writer, chance, fetch)
        self.visits.append(visit)
        return await FAULTS[fault](visit)

    async def _fetch(self, method: str, request: bytes) -> Response:
        """Ask the server, over a connection that serves nothing else."""
        reader, writer = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        try:
            writer.write(request)
            line, headers = _parsed(await reader.readuntil(b"\r\n\r\n"))
            status = int(line.split(" ")[1])
            return Response(status, headers, await _body(reader, method, status, headers))
        finally:
            writer.close()


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, method: str, status: int, headers: dict[str, str]) -> bytes:
    if method == "HEAD" or status in {204, 304}:
        return b""
    if headers.pop("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        return body
    length = headers.get("content-length")
    return await (reader.read() if length is None else reader.readexactly(int(length)))


@contextmanager
def fault_proxy(upstream: str, schedule: Schedule) -> Iterator[FaultProxy]:
    """Run a proxy on a free port until the block ends."""
    proxy, ready = FaultProxy(upstream, schedule), threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(proxy.serve(ready, stop),), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the proxy did not start"
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()
