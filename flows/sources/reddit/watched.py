"""Threads that are read whole, and again while they are young."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from flows.sources.http import Memory

SHELVES = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Thread:
    """A watched thread: when it was written, how many comments it had when it was last read, and when that was.

    Moments are ISO 8601; `comments` is None before it was read.
    """

    born: str | None = None
    comments: int | None = None
    read_at: str | None = None


class Watched:
    """Threads under watch, on shelves by the last letter of their ids, so that a page writes few of them."""

    def __init__(self, memory: Memory) -> None:
        """Nothing is read before it is asked for."""
        self._memory = memory
        self._shelves: dict[str, dict[str, Thread]] = {}
        self._touched: set[str] = set()

    def all(self) -> dict[str, Thread]:
        """Return every thread under watch."""
        return {name: thread for letter in SHELVES for name, thread in self._shelf(letter).items()}

    def add(self, name: str, born: datetime | None) -> None:
        """Watch a thread, if it is not watched."""
        if name not in self._shelf(name[-1]):
            self.put(name, Thread(born.isoformat() if born else None))

    def put(self, name: str, thread: Thread) -> None:
        """Keep how a thread stands."""
        self._shelf(name[-1])[name] = thread
        self._touched.add(name[-1])

    def drop(self, name: str) -> None:
        """Watch a thread no longer."""
        if self._shelf(name[-1]).pop(name, None):
            self._touched.add(name[-1])

    def flush(self) -> None:
        """Hand what changed to the memory, for the next page."""
        for letter in sorted(self._touched):
            self._memory.note(
                f"threads:{letter}", {"threads": {name: asdict(t) for name, t in self._shelf(letter).items()}}
            )
        self._touched.clear()

    def _shelf(self, letter: str) -> dict[str, Thread]:
        if letter not in self._shelves:
            kept = self._memory.get(f"threads:{letter}").get("threads", {})
            self._shelves[letter] = {name: Thread(**thread) for name, thread in kept.items()}
        return self._shelves[letter]
