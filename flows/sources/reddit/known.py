"""Which messages were read, by the day they were written, for the sweep to ask whether they are still there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flows.records import Json
from flows.sources.http import Clock, Memory
from flows.sources.rechecks import Form, Pace, Store
from flows.sources.rechecks.absence import DAY, HOUR


@dataclass
class Day:
    """Messages of a day, looked up together: their fullnames in the order they came.

    `at` is when they were last swept whole, `next` how far the sweep under way has come.
    """

    day: str = ""
    names: dict[str, None] = field(default_factory=dict)
    at: str = ""
    next: int = 0

    @property
    def born(self) -> float:
        """The day's end."""
        return datetime.fromisoformat(self.day).replace(tzinfo=UTC).timestamp() + DAY - 1

    @property
    def looked(self) -> float | None:
        """When it was swept; None while it is being swept."""
        return None if self.next or not self.at else datetime.fromisoformat(self.at).timestamp()

    def remove(self, names: set[str]) -> None:
        """Forget messages; a sweep under way goes on at its place."""
        passed = list(self.names)[: self.next]
        self.names = {name: None for name in self.names if name not in names}
        self.next = sum(name in self.names for name in passed)

    @classmethod
    def read(cls, _: str, kept: Json) -> Day:
        """Take one from the state."""
        return cls(kept["day"], dict.fromkeys(kept["names"]), kept.get("at", ""), kept.get("next", 0))

    def write(self) -> Json:
        """Give it to the state."""
        said: Json = {"day": self.day, "names": list(self.names)}
        return said | ({"at": self.at} if self.at else {}) | ({"next": self.next} if self.next else {})


class Known:
    """Fullnames of stored messages, a bucket for each day of the year: what a source keeps has an upper bound."""

    def __init__(self, memory: Memory, days: int, clock: Clock) -> None:
        """`days`: messages older than that are not kept."""
        self._memory = memory
        self._days = days
        self._clock = clock
        self._store = Store(memory, Form("", None, Day.read, Day.write))

    def adopt(self, state: Mapping[str, Json]) -> None:
        """Take over what back-fills stored: each has a state of its own, which no later run would sweep."""
        before = self._memory.get("adopted")
        now = dict(before)
        for key, bucket in sorted(state.items()):
            period, _, own = key.rpartition(" ")
            names = bucket.get("names")
            if not (period and own.startswith("known:") and names) or now.get(key) == names[-1]:
                continue
            day = datetime.fromisoformat(bucket["day"]).replace(hour=23, tzinfo=UTC)
            for name in names:
                self.note(name, day)
            now[key] = names[-1]
        if now != before:
            self._memory.note("adopted", now)

    def note(self, name: str, written: datetime) -> None:
        """Remember a message that was stored."""
        if written < self._clock.now() - timedelta(days=self._days):
            return
        key, day = _day(written)
        known = self._store.open(key).get(key)
        if known and known.day > day:
            return  # a later year's
        if known is None or known.day < day or not known.at:
            known = Day(day, at=self._now())
        if name not in known.names:
            known.names[name] = None
            self._store.put(key, known, key)

    def has(self, name: str, written: datetime) -> bool:
        """Say whether a message is known."""
        known = self._of(written)
        return known is not None and name in known.names

    def forget(self, name: str, written: datetime | None) -> None:
        """Forget a message that is gone."""
        known = self._of(written) if written else None
        if written and known and name in known.names:
            self._remove(_day(written)[0], known, {name})

    def drop(self, names: set[str]) -> None:
        """Forget messages that are believed gone, whenever they were written."""
        for key, known in self._every() if names else ():
            if not names.isdisjoint(known.names):
                self._remove(key, known, names)

    def due(self, hours: int) -> list[tuple[str, list[str]]]:
        """Return what to look up, the longest waiting first: buckets, with the names that are left in each."""
        now = self._clock.now().timestamp()
        pace = Pace(((self._days * DAY, hours * HOUR),), share=0)
        for key, known in self._every():
            if known.names and not pace.is_young(known, now):
                self._store.put(key, Day(known.day), key)
        every = dict(self._every())
        found = [(key, every[key]) for key in self._store.due(pace, now)]
        return [(key, list(known.names)[known.next :]) for key, known in found if known.names]

    def swept(self, key: str, looked_up: list[str]) -> None:
        """Note that the next names of a bucket were looked up."""
        known = self._store.open(key)[key]
        names = list(known.names)
        asked = set(looked_up)
        while known.next < len(names) and names[known.next] in asked:
            known.next += 1
        if known.next == len(names):
            known.next, known.at = 0, self._now()
        self._store.put(key, known, key)

    def _every(self) -> list[tuple[str, Day]]:
        for number in range(1, 367):
            self._store.open(_key(number))
        return list(self._store.things())

    def _of(self, written: datetime) -> Day | None:
        """The messages of a day; None where there is none, or where it is another year's."""
        key, day = _day(written)
        known = self._store.open(key).get(key)
        return known if known and known.day == day else None

    def _remove(self, key: str, known: Day, names: set[str]) -> None:
        known.remove(names)
        self._store.put(key, known, key)

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="seconds")


def _day(written: datetime) -> tuple[str, str]:
    day = written.astimezone(UTC).date()
    return _key(day.timetuple().tm_yday), day.isoformat()


def _key(number: int) -> str:
    return f"known:{number:03}"
