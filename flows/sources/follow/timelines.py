"""Lists that come newest first, a page at a time: read down to what is known, remember what is still to read.

The state of a list is the time of its newest item (`top`), the keys of its first page (`seen`), and its `holes`:
stretches that a run could not finish, each with what to ask for next and the time it ends at. It changes with
every page, so a run that is cut off anywhere goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.records import Json

MOST_HOLES = 10


@dataclass(frozen=True)
class Item:
    """What stands in a list: its key and time there (None where it cannot be read), and itself."""

    value: object
    key: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """One answer of a list: items, newest first, and what to ask with for older ones; None at its end."""

    items: list[Item]
    older: str | None = None


@dataclass(frozen=True)
class Step:
    """One page of a walk: items, how far down they may be news, the list's state, and what could not be reached."""

    items: list[Item]
    down_to: datetime
    state: Json
    gap: str | None = None

    def is_news(self, item: Item) -> bool:
        """The item was written in the stretch that is read; older ones on its last page were read before."""
        return item.at is not None and item.at > self.down_to


class Walk:
    """One run over one list."""

    def __init__(
        self,
        before: Json,
        read: Callable[[str | None], Answer],
        since: datetime,
        overlap: timedelta,
        most_pages: int,
    ) -> None:
        """`since` ends the first walk; later ones end `overlap` before the newest item that was known."""
        self._read = read
        self._left = most_pages
        self._known = frozenset(before.get("seen", ()))
        self._seen: list[str] = list(before.get("seen", ()))
        self._holes: list[Json] = [dict(hole) for hole in before.get("holes", ())]
        self._top = datetime.fromisoformat(before["top"]) if before.get("top") else None
        self._is_first_run = self._top is None
        self._down_to = self._top - overlap if self._top else since

    def steps(self) -> Iterator[Step]:
        """Walk from the newest item down to what is known, then through the holes that earlier runs left."""
        for hole in [{"older": None, "down_to": self._down_to.isoformat()}, *self._holes]:
            yield from self._stretch(hole)

    def left(self) -> str | None:
        """Say what is left for the next run."""
        if not self._holes:
            return None
        ends = ", ".join(f"back to {hole['down_to'][:16]}" for hole in self._holes)
        return f"more was written than a run reads: the next run goes on ({ends})"

    def _stretch(self, hole: Json) -> Iterator[Step]:
        """Read one stretch, newest first, until its end, the list's end or the run's."""
        walked: set[str] = set()
        down_to = datetime.fromisoformat(hole["down_to"])
        is_newest = hole["older"] is None
        while self._left > 0:
            self._left -= 1
            answer = self._read(hole["older"])
            keys = [item.key for item in answer.items if item.key is not None]
            is_reached = _is_down(answer, down_to)
            if hole["older"] is None:
                is_reached = is_reached or (bool(keys) and self._known.issuperset(keys))
                self._note_first(answer, keys)
            is_stuck = bool(keys) and walked.issuperset(keys)
            is_over = is_reached or is_stuck or not keys or answer.older is None
            walked.update(keys)
            gap = None
            if is_stuck and is_newest and not is_reached and not self._is_first_run:
                gap = (
                    f"the list gives nothing older than its newest page: there may be more since {down_to:%F %H:%M}"
                )
            self._holes = [other for other in self._holes if other != hole]
            if not is_over:
                hole = {"older": answer.older, "down_to": hole["down_to"]}
                self._holes.append(hole)
                gap = self._give_up()
            yield Step(answer.items, down_to, self._state(), gap)
            if is_over:
                return

    def _note_first(self, answer: Answer, keys: list[str]) -> None:
        times = [item.at for item in answer.items if item.at]
        self._top = max([*times, self._top] if self._top else times, default=None)
        self._seen = keys or self._seen

    def _give_up(self) -> str | None:
        """Drop the oldest stretch where there are too many: a list that always outgrows its runs."""
        if len(self._holes) <= MOST_HOLES:
            return None
        self._holes.sort(key=lambda hole: str(hole["down_to"]), reverse=True)
        dropped = self._holes.pop()
        return f"given up, never read: what was written between {dropped['down_to']} and a later run's first page"

    def _state(self) -> Json:
        top = self._top.isoformat() if self._top else None
        return {"top": top, "seen": self._seen, "holes": [dict(hole) for hole in self._holes]}


def _is_down(answer: Answer, down_to: datetime) -> bool:
    """The oldest item is as old as that. One that stands out of order decides nothing: the last two must be."""
    times = [item.at for item in answer.items if item.at][-2:]
    return bool(times) and max(times) <= down_to
