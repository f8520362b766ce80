"""The guard alone: which Host, Origin and fetch metadata are let through, and what every answer carries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from flows.serving.guard import allowed_hosts, guarded
from flows.settings import Settings

PORT = 4200
OWN = f"127.0.0.1:{PORT}"


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    """As Streamlit's: only for a page of the origin that it was called by."""
    if socket.headers.get("origin") in {None, f"http://{socket.headers['host']}"}:
        await socket.accept()
        await socket.send_text("inside")
    await socket.close()


INSIDE = Starlette(
    routes=[Route("/", answer, methods=["GET", "POST", "OPTIONS"]), WebSocketRoute("/ws", talk)],
)


@dataclass
class Answer:
    """What came back: the status, 101 where a websocket was opened."""

    status: int = 0
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def ask(
    headers: dict[str, str], method: str = "GET", host: str = "127.0.0.1", names: tuple[str, ...] = ()
) -> Answer:
    """Send one request through the guard, as a server hands it over; `WEBSOCKET` opens a socket."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": raw, "query_string": b"", "extensions": {}}
    if method == "WEBSOCKET":
        scope |= {"type": "websocket", "path": "/ws", "extensions": {"websocket.http.response": {}}}
    answer = Answer()

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect" if method == "WEBSOCKET" else "http.request"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"].endswith("response.start"):
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "websocket.accept":
            answer.status = 101
        answer.text += message.get("text") or message.get("body", b"").decode()

    asyncio.run(guarded(INSIDE, host, names)(scope, receive, send))
    return answer


METHODS = ("GET", "POST", "OPTIONS", "HEAD", "WEBSOCKET")


@pytest.mark.parametrize("host", [OWN, "127.0.0.1", "localhost:4200", "LOCALHOST:4200", "[::1]:4200"])
def test_this_machine_is_let_in_by_any_name_of_loopback(host: str) -> None:
    assert [ask({"Host": host}, method).text for method in ("GET", "WEBSOCKET")] == ["inside"] * 2


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4200", "127.0.0.1.evil.example", "localhost.evil.example", "", "0.0.0.0:4200",
     "evil.example@127.0.0.1", "127.0.0.1:4200, evil.example", "127.0.0.1/evil.example", "10.0.0.5", "[::2]:4200"],
)  # fmt: skip
def test_a_strange_name_gets_nothing(host: str) -> None:
    for method in METHODS:
        done = ask({"Host": host}, method)
        assert done.status == 400
        assert "inside" not in done.text


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://localhost:4200"},
    {"Origin": "http://127.0.0.1:4200.evil.example"},
    {"Origin": "http://evil.example#127.0.0.1:4200"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_origin_gets_nothing(headers: dict[str, str]) -> None:
    for method in METHODS:
        done = ask({"Host": OWN} | headers, method)
        assert done.status == 403
        assert "inside" not in done.text
        assert "access-control-allow-origin" not in done.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": f"http://{OWN}"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
    ids=str,
)
def test_our_own_page_and_a_link_that_somebody_follows_are_answered(headers: dict[str, str]) -> None:
    done = ask({"Host": OWN} | headers)
    assert (done.status, done.text) == (200, "inside")
    assert "frame-ancestors 'self'" in done.headers["content-security-policy"]
    assert done.headers["cross-origin-resource-policy"] == "same-origin"
    assert ask({"Host": OWN} | headers, "WEBSOCKET").status == 101


def test_a_proxy_is_let_in_by_the_names_that_were_declared_whichever_host_it_passes_on() -> None:
    config = Settings(allowed_hosts="Vigie.example, crm.example:8443")
    names = tuple(config.proxy_names)
    for host, origin in (
        ("vigie.example", "https://vigie.example"),
        (OWN, "https://vigie.example"),
        ("crm.example:8443", "https://crm.example:8443"),
    ):
        for method in ("GET", "WEBSOCKET"):
            assert ask({"Host": host, "Origin": origin}, method, names=names).text == "inside", (host, method)
    for origin in ("https://vigie.example:9", "https://crm.example", "https://a.vigie.example"):
        assert ask({"Host": OWN, "Origin": origin}, names=names).status == 403


def test_where_it_listens_says_who_is_let_in() -> None:
    assert Settings(host="0.0.0.0").url_host == "127.0.0.1"
    assert Settings(host="::1").prefect_url == "http://[::1]:4200"
    assert allowed_hosts(Settings(host="10.0.0.5").url_host) == ["10.0.0.5"]
    assert "localhost" in allowed_hosts(Settings(host="::").url_host)
    assert allowed_hosts("10.0.0.5", ["[2001:db8::1]:80", "a.example"]) == [
        "10.0.0.5",
        "[2001:db8::1]",
        "a.example",
    ]


@pytest.mark.parametrize("names", ["https://vigie.example", "*", "a b", "vigie.example/x", "user@vigie.example"])
def test_a_name_that_is_none_is_refused(names: str) -> None:
    with pytest.raises(ValidationError):
        Settings(allowed_hosts=names)
