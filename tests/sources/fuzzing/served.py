"""What all have in common: a client that serves one answer, and how answers are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

from flows.records import Page
from flows.sources.http import Answer, Budget, Clock, RequestPolicy, Validators

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOCK = Clock(lambda: NOW, lambda: 0.0, lambda seconds: None, lambda: 0)
WORD = "bank"
Asked = dict[str, str]


class Served:
    """Stands where the polite client does: every answer is a 200, with what `answers` says."""

    def __init__(self, answers: Callable[[str, Asked], bytes]) -> None:
        self.answers = answers
        self.manners, self.budget = RequestPolicy(), Budget()

    def get(self, url: str, **_: Any) -> Answer:
        parts = urlsplit(url)
        content = self.answers(parts.path, dict(parse_qsl(parts.query)))
        headers = httpx.Headers({"content-type": "application/json"})
        return Answer(url, 200, content, "application/json", Validators(), headers=headers)

    def send(self, method: str, url: str, **_: Any) -> Answer:
        return self.get(url)


@dataclass(frozen=True)
class Parser:
    """How bytes are read, and counted."""

    read: Callable[[bytes], Iterator[Page]]
    items: Callable[[bytes], int]


def loaded(content: bytes) -> Any:
    """JSON as it is meant: neither NaN nor half a surrogate pair is part of it. Raises ValueError."""
    return orjson.loads(content)


def listed(found: Any, name: str) -> list[Any]:
    listed = found[name]
    assert isinstance(listed, list)
    return listed


def a_list(found: Any) -> list[Any]:
    assert isinstance(found, list)
    return found


def counted(count: Callable[[Any], int]) -> Callable[[bytes], int]:
    return lambda content: count(loaded(content))


def items_of(found: Any) -> int:
    return len(listed(found, "items"))
