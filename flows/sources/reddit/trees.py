"""A thread read whole: the comments that its tree shows, and those that Reddit folds away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.records import Json
from flows.sources.base import Period
from flows.sources.http import StatusError
from flows.sources.reddit.api import GONE, PAGE, Api
from flows.sources.reddit.intake import Intake, IntakeResult
from flows.sources.reddit.things import COMMENT


class Tree:
    """One thread while it is read; `about` is what its submission says, `is_done` tells the last part."""

    def __init__(self, api: Api, intake: Intake, thread: str, period: Period | None = None) -> None:
        """With `period`, messages that were written outside it are left out."""
        self.about: Json = {}
        self.is_done = False
        self._api = api
        self._intake = intake
        self._thread = thread
        self._period = period
        self._stubs: list[Json] = []
        self._asked: set[tuple[str, ...]] = set()

    @property
    def left(self) -> int:
        """Comments that are still folded away, as Reddit counts them; at least one a fold."""
        return sum(max(_count(stub), len(_children(stub)), 1) for stub in self._stubs)

    def parts(self) -> Iterator[IntakeResult]:
        """Yield the thread, an answer at a time; the largest folds first, within the requests a thread has."""
        top, comments = self._api.tree(self._thread)
        taken = self._take(top + self._flat(comments))
        self.about = taken.said.get(self._thread, {})
        for spent in range(self._intake.config.more_requests + 1):
            self.is_done = not self._stubs or spent == self._intake.config.more_requests
            if self.is_done and self.left:
                taken.gap = f"{self._thread}: some {self.left:,} of its comments stay folded: raise more_requests"
            yield taken
            if self.is_done:
                return
            taken = self._take(self._unfold())

    def _take(self, things: list[Any]) -> IntakeResult:
        return self._intake.take(things, f"comments/{self._thread[3:]}", watch=False, period=self._period)

    def _unfold(self) -> list[Any]:
        """Ask for the largest fold, of many comments for a hundred; what is gone by now is no error."""
        self._stubs.sort(key=_count)
        while self._stubs:
            stub = self._stubs.pop()
            ids = _children(stub)
            parent = str(stub.get("parent_id"))
            asked = tuple(ids[:PAGE]) or (parent,)
            if asked in self._asked or not (ids or COMMENT.fullmatch(parent)):
                continue
            self._asked.add(asked)
            if ids[PAGE:]:
                self._stubs.append(stub | {"children": ids[PAGE:], "count": _count(stub) - PAGE})
            try:
                if not ids:  # "continue this thread"
                    return self._flat(self._api.tree(self._thread, parent)[1])
                return self._flat(self._api.more(self._thread, asked))
            except StatusError as error:
                if error.status not in GONE:
                    raise
        return []

    def _flat(self, children: list[Any]) -> list[Any]:
        """Return comments and what answers them in one list; folds are kept for later."""
        flat, waiting = [], children[::-1]
        while waiting:
            child = waiting.pop()
            data = child.get("data") if isinstance(child, dict) else None
            if not isinstance(data, dict):
                flat.append(child)
            elif child.get("kind") == "more":
                self._stubs.append(data)
            else:
                flat.append(child)
                waiting += _answers(data.get("replies"))[::-1]
        return flat


def _answers(replies: Any) -> list[Any]:
    """What answers a comment; what cannot be read is handed on as it is, to be rejected."""
    below = replies.get("data") if isinstance(replies, dict) else None
    inside = below.get("children") if isinstance(below, dict) else None
    if isinstance(inside, list):
        return inside
    return [replies] if replies not in ("", None) else []


def _children(stub: Json) -> list[str]:
    given = stub.get("children")
    found = given if isinstance(given, list) else []
    return [one for one in found if isinstance(one, str) and COMMENT.fullmatch(f"t1_{one}")]


def _count(stub: Json) -> int:
    count = stub.get("count")
    return count if isinstance(count, int) else 0
