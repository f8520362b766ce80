"""What a source remembers: read from the injected state, changes handed over with the page they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flows.records import Json


class Memory:
    """The state as this run sees it. Nothing is kept until a page carries what `take` gave."""

    def __init__(self, state: Mapping[str, Json]) -> None:
        """Start from the state that was committed."""
        self._state = state
        self._now: dict[str, Json] = {}
        self._changed: dict[str, Json] = {}
        self._writers: list[Callable[[], None]] = []

    def before_take(self, write: Callable[[], None]) -> None:
        """Have what somebody keeps noted whenever a page takes: nobody can forget to."""
        self._writers.append(write)

    def get(self, key: str) -> Json:
        """Return what is remembered under a key, in this run or before; empty when nothing is."""
        return self._now.get(key) or dict(self._state.get(key, {}))

    def note(self, key: str, value: Json) -> None:
        """Remember a value; it goes with the next page that takes."""
        if value != self.get(key):
            self._now[key] = self._changed[key] = value

    def take(self) -> dict[str, Json]:
        """Hand over what changed since the last time, for `Page.state`."""
        for write in self._writers:
            write()
        changed, self._changed = self._changed, {}
        return changed
