"""Messages of the last days that a run read, by day: which to ask for again, and which a discussion should have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import DAY, LONGEST, Absences
from flows.sources.rechecks.pace import Pace
from flows.sources.rechecks.store import Form, Store


@dataclass(frozen=True)
class Seen:
    """A message that a run read: its id, the second it was written (epoch), its thread, and how it was found."""

    id: str
    time: int
    thread: str
    seen: int
    is_gone: bool = False

    @property
    def born(self) -> float:
        """When it was written."""
        return self.time

    @property
    def looked(self) -> float:
        """When it was seen last."""
        return self.seen


def _read(number: str, kept: Json) -> Seen:
    return Seen(number, kept["time"], kept["thread"], kept["seen"], bool(kept.get("gone")))


def _write(one: Seen) -> Any:
    return {"time": one.time, "thread": one.thread, "seen": one.seen} | ({"gone": True} if one.is_gone else {})


class KnownMessages:
    """Messages written in the last days, each asked for once a day. Times are epoch seconds."""

    def __init__(self, memory: Memory, absences: Absences, now: int, days: int) -> None:
        """Look at `days` days before `now`; 0: remember nothing. Days that are over stay in the state.

        Of days before, messages are known that are awaited.
        """
        self._absences = absences
        self._now = now
        self._pace = Pace(((float("inf"), DAY),), share=0)
        self._store = Store(memory, Form("day:", "messages", _read, _write))
        first = datetime.fromtimestamp(now, UTC).date()
        names = [(first - timedelta(days=ago)).isoformat() for ago in range(-1, days + 1 + LONGEST // DAY)]
        self._days = set(names) if days else set()
        self._young = set(names[: days + 2]) if days else set()
        for name in sorted(self._days):
            self._store.open(name)

    def see(self, number: str, time: int, thread: str, *, gone: bool = False) -> None:
        """Remember that a message is there, or that it is gone, as of now."""
        day = _day(time)
        if day in self._young or (day in self._days and self._absences.is_awaited(number)):
            self._store.put(number, Seen(number, time, thread, self._now, gone), day)

    def find(self, number: str, time: int, thread: str) -> None:
        """Remember a message that a search has: no proof that it is still there, where it is known already."""
        if not self._store.get(number):
            self.see(number, time, thread)

    def is_gone(self, number: str) -> bool:
        """Say whether a message was found gone, though a search may still have it."""
        known = self._store.get(number)
        return known is not None and known.is_gone

    def of_threads(self, threads: Iterable[str]) -> dict[str, Seen]:
        """Return the messages of some threads that are not known to be gone."""
        wanted = set(threads)
        return {one.id: one for one in self._watched() if one.thread in wanted and not one.is_gone}

    def due(self) -> list[Seen]:
        """Messages to ask for: those awaited whose time has come, then those that nobody saw for a day."""
        due = filter(None, map(self._store.get, self._store.due(self._pace, self._now, self._absences)))
        return [one for one in due if self._is_watched(one)]

    def get(self, number: str) -> Seen | None:
        """Return a message that is watched."""
        known = self._store.get(number)
        return known if known and self._is_watched(known) else None

    def _watched(self) -> Iterator[Seen]:
        return (one for _, one in self._store.things() if self._is_watched(one))

    def _is_watched(self, one: Seen) -> bool:
        return _day(one.time) in self._young or self._absences.is_awaited(one.id)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).date().isoformat()
