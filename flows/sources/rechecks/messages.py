"""Messages of the last days that a run read, by day: which to ask for again, and which a discussion should have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import DAY, LONGEST, Absences


@dataclass(frozen=True)
class Seen:
    """A message that a run read: its id, the second it was written (epoch), its thread, and how it was found."""

    id: str
    time: int
    thread: str
    seen: int
    is_gone: bool = False


class KnownMessages:
    """Messages written in the last days, kept by day, so that little is written again. Times are epoch seconds."""

    def __init__(self, memory: Memory, absences: Absences, now: int, days: int) -> None:
        """Look at `days` days before `now`; 0: remember nothing. Days that are over stay in the state.

        Of days before, messages are known that are awaited.
        """
        self._memory = memory
        self._absences = absences
        self._now = now
        first = datetime.fromtimestamp(now, UTC).date()
        names = [(first - timedelta(days=ago)).isoformat() for ago in range(-1, days + 1 + LONGEST // DAY)]
        names = names if days else []
        self._young = set(names[: days + 2])
        self._days = {name: dict(memory.get(f"day:{name}").get("messages", {})) for name in names}

    def see(self, number: str, time: int, thread: str, *, gone: bool = False) -> None:
        """Remember that a message is there, or that it is gone, as of now."""
        name = datetime.fromtimestamp(time, UTC).date().isoformat()
        if name in self._young or (name in self._days and self._absences.is_awaited(number)):
            value: Json = {"time": time, "thread": thread, "seen": self._now} | ({"gone": True} if gone else {})
            self._days[name] = self._days[name] | {number: value}
            self._memory.note(f"day:{name}", {"messages": self._days[name]})

    def find(self, number: str, time: int, thread: str) -> None:
        """Remember a message that a search has: no proof that it is still there, where it is known already."""
        name = datetime.fromtimestamp(time, UTC).date().isoformat()
        if number not in self._days.get(name, {}):
            self.see(number, time, thread)

    def is_gone(self, number: str, time: int) -> bool:
        """Say whether a message was found gone, though a search may still have it."""
        name = datetime.fromtimestamp(time, UTC).date().isoformat()
        return bool(self._days.get(name, {}).get(number, {}).get("gone"))

    def of_threads(self, threads: Iterable[str]) -> dict[str, Seen]:
        """Return the messages of some threads that are not known to be gone."""
        wanted = set(threads)
        return {one.id: one for one in self._all() if one.thread in wanted and not one.is_gone}

    def due(self) -> list[Seen]:
        """Messages to ask for: those awaited whose time has come, then those that nobody saw for a day."""
        found = []
        for one in self._all():
            if self._absences.is_awaited(one.id):
                if self._absences.is_due(one.id):
                    found.append((0, one.seen, one.id, one))
            elif one.seen <= self._now - DAY:
                found.append((1, one.seen, one.id, one))
        return [one for *_, one in sorted(found, key=lambda ranked: ranked[:3])]

    def get(self, number: str) -> Seen | None:
        """Return a message that is known."""
        return next((one for one in self._all() if one.id == number), None)

    def _all(self) -> Iterator[Seen]:
        for name, messages in self._days.items():
            for number, known in messages.items():
                if name in self._young or self._absences.is_awaited(number):
                    yield Seen(number, known["time"], known["thread"], known["seen"], bool(known.get("gone")))
