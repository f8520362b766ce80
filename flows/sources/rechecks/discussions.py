"""What a source of discussions remembers between runs: messages of the last days, and threads to read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.records import Json
from flows.sources.http import Memory
from flows.sources.rechecks.absence import LONGEST, Absences

DAY = 86_400


@dataclass(frozen=True)
class Seen:
    """A message that a run read: its id, the second it was written (epoch), its thread, and how it was found."""

    id: str
    time: int
    thread: str
    seen: int
    is_gone: bool = False


class Known:
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


class Watched:
    """Threads that are read again as a whole: those listed, and those found while they are young.

    Each is read when it is new, when what its list says of it changed, and again after a tenth of its age
    (at least an hour).
    """

    def __init__(self, memory: Memory, listed: Iterable[int], now: int, days: int) -> None:
        """`listed` are watched whatever their age, others for `days` days."""
        self._memory = memory
        self._now = now
        self._days = days
        self._listed = {str(number) for number in listed}
        kept = memory.get("watched").get("threads", {})
        self._threads: dict[str, Json] = {
            thread: known
            for thread, known in kept.items()
            if thread in self._listed or known["until"] > now or known["read"] is None
        }
        self.expired = kept.keys() - self._threads.keys()
        for thread in sorted(self._listed):
            self._threads.setdefault(thread, {"created": None, "until": 0, "read": None, "sign": None})

    def find(self, thread: str, created: int, sign: object, about: Json | None = None) -> None:
        """Watch a thread that was found; a `sign` other than the last one (its number of replies) makes it due.

        `about` is kept with it.
        """
        until = created + self._days * DAY
        before = self._threads.get(thread)
        if before and before["sign"] == sign and before["read"] is not None:
            return
        if before or until > self._now:
            known = {"created": created, "until": until, "read": None, "sign": sign}
            self._threads[thread] = known | ({"about": about} if about else {})
            self._note()

    def about(self, thread: str) -> Json:
        """Return what is kept with a thread."""
        return dict(self._threads[thread].get("about", {}))

    def due(self) -> list[str]:
        """Threads to read now, the one that waits longest first: a small budget comes round to all."""
        due = [(known["read"] or 0, thread) for thread, known in self._threads.items() if self._is_due(known)]
        return [thread for _, thread in sorted(due, key=lambda one: one[0])]

    def _is_due(self, known: Json) -> bool:
        if known["read"] is None:
            return True
        age = self._now - (known["created"] or self._now)
        return bool(self._now - known["read"] >= max(3600, age // 10))

    def was_read(self, thread: str, created: int | None = None) -> None:
        """Remember that a thread was read just now."""
        before = self._threads[thread]
        self._threads[thread] = before | {"read": self._now, "created": created or before["created"]}
        self._note()

    def all(self) -> set[str]:
        """Every thread that is watched."""
        return set(self._threads)

    def is_listed(self, thread: str) -> bool:
        """Say whether somebody asked for this thread."""
        return thread in self._listed

    def drop(self, thread: str) -> None:
        """Watch a thread no longer that is gone, unless it is listed."""
        if self.is_listed(thread):
            self.was_read(thread)
        elif self._threads.pop(thread, None):
            self._note()

    def _note(self) -> None:
        self._memory.note("watched", {"threads": dict(self._threads)})
