"""The polite client under libraries that bring their own HTTP: requests and httpx.

Every request they make, each hop of a redirect too, goes through the guard, the pace, the patience and the budget.
Their own timeouts, proxies, pools and certificate options are not used. Errors of ours come out of them wrapped;
`cause` finds them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from http.client import HTTPResponse, responses
from io import BytesIO
from typing import Any, cast

import httpx
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict
from urllib3 import HTTPResponse as RawResponse

from flows.errors import SourceError
from flows.sources.http.answer import Answer
from flows.sources.http.client import PoliteClient


class PoliteAdapter(HTTPAdapter):
    """Mount it on a requests.Session for http:// and https://."""

    def __init__(self, client: PoliteClient, agent: str | None = None) -> None:
        """`agent` is a User-Agent of the form that an API demands; unset, ours is sent."""
        super().__init__()
        self._client = client
        self._agent = agent

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request; returns an answer of whatever status. Raises our own errors, not those of requests."""
        answer = self._client.send(
            request.method or "GET",
            request.url or "",
            headers=_headers({name: _text(value) for name, value in request.headers.items()}, self._agent),
            content=_content(request.body),
        )
        raw = RawResponse(
            body=BytesIO(answer.content),
            headers=HTTPHeaderDict(answer.headers.multi_items()),
            status=answer.status,
            reason=responses.get(answer.status, ""),
            preload_content=False,
            original_response=cast(HTTPResponse, _Original(answer)),
        )
        return self.build_response(request, raw)


class PoliteTransport(httpx.BaseTransport):
    """Give it to an httpx.Client as its transport."""

    def __init__(self, client: PoliteClient, agent: str | None = None) -> None:
        """`agent` is a User-Agent of the form that an API demands; unset, ours is sent."""
        self._client = client
        self._agent = agent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns an answer of whatever status. Raises our own errors, not those of httpx."""
        headers = _headers(request.headers, self._agent)
        answer = self._client.send(
            request.method, str(request.url), headers=headers, content=request.read() or None
        )
        return httpx.Response(
            answer.status, headers=answer.headers.multi_items(), content=answer.content, request=request
        )


class _Original:
    """What requests reads cookies from: the answer's headers as the standard library has them."""

    def __init__(self, answer: Answer) -> None:
        self.msg = Message()
        for name, value in answer.headers.multi_items():
            self.msg[name] = value

    def isclosed(self) -> bool:
        """It was read to its end."""
        return True

    def close(self) -> None:
        """There is nothing to close."""


def cause(error: BaseException) -> SourceError | None:
    """Return our own error (BudgetUsedUp, HttpError) that a library's error was made of, if there is one."""
    waiting, seen = [error], set[int]()
    while waiting:
        at = waiting.pop(0)
        if isinstance(at, SourceError):
            return at
        if id(at) not in seen:
            seen.add(id(at))
            inside = [at.__cause__, at.__context__, *at.args]
            waiting += [one for one in inside if isinstance(one, BaseException)]
    return None


def _headers(given: Mapping[str, str], agent: str | None) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if name.lower() != "user-agent"}
    return kept | ({"User-Agent": agent} if agent else {})


def _content(body: Any) -> bytes | None:
    """Whatever requests takes for a body, as bytes: texts, files, pieces."""
    if body is None or isinstance(body, bytes):
        return body
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
