"""JSON answers of APIs: an object, or an error that keeps the bytes for a reject."""

from __future__ import annotations

from typing import Any

import orjson

from flows.errors import SourceError
from flows.records import Json, Reject
from flows.sources.http import Answer, HttpError


class LayoutChanged(SourceError):
    """An answer came, but not in the shape that it has; `content` is what came."""

    reason = "layout changed"

    def __init__(self, where: str, detail: str, content: bytes) -> None:
        """Keep what came beside the message."""
        super().__init__(f"{where}: {detail}")
        self.content = content


def read_json(answer: Answer) -> Any:
    """Return the JSON of an answer; raises LayoutChanged where it is none."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise LayoutChanged(answer.url, f"the answer is no JSON ({error})", answer.content) from error


def read_list(answer: Answer, name: str) -> tuple[Json, list[Any]]:
    """Return an answer's object and the list that it must have under `name`; raises LayoutChanged."""
    value = read_json(answer)
    if not isinstance(value, dict) or not isinstance(value.get(name), list):
        raise LayoutChanged(answer.url, f"the answer has no list {name!r}", answer.content)
    return value, value[name]


def rejected(stream: str, where: str, error: HttpError | LayoutChanged) -> Reject:
    """Say in a reject why a place gave nothing."""
    content = error.content if isinstance(error, LayoutChanged) else str(error).encode()
    return Reject(stream, where, error.reason, str(error), content)
