"""Which messages were read, by the day they were written, for the sweep to ask whether they are still there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flows.records import Json
from flows.sources.http import Clock, Memory


class Known:
    """Fullnames of stored messages, a bucket for each day of the year: what a source keeps has an upper bound.

    A bucket: its date, names in the order they came, when it was last swept whole (`at`), and how far the sweep
    under way has come (`next`).
    """

    def __init__(self, memory: Memory, days: int, clock: Clock) -> None:
        """`days`: messages older than that are not kept."""
        self._memory = memory
        self._days = days
        self._clock = clock
        self._names: dict[str, dict[str, None]] = {}
        self._touched: set[str] = set()

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
        key = self._open(written, make=True)
        if key and name not in self._names[key]:
            self._names[key][name] = None
            self._touched.add(key)

    def has(self, name: str, written: datetime) -> bool:
        """Say whether a message is known."""
        key = self._open(written)
        return key is not None and name in self._names[key]

    def forget(self, name: str, written: datetime | None) -> None:
        """Forget a message that is gone."""
        key = self._open(written) if written else None
        if key and self._names[key].pop(name, True) is None:
            self._touched.add(key)

    def drop(self, names: set[str]) -> None:
        """Forget messages that are believed gone, whenever they were written."""
        if not names:
            return
        self.flush()
        for number in range(1, 367):
            bucket = self._memory.get(_key(number))
            if not names.isdisjoint(bucket.get("names", ())):
                self._names[_key(number)] = {name: None for name in bucket["names"] if name not in names}
                self._touched.add(_key(number))

    def due(self, hours: int) -> list[tuple[str, list[str]]]:
        """Return what to look up, the longest waiting first: buckets, with the names that are left in each."""
        now = self._clock.now()
        found = []
        for number in range(1, 367):
            key = _key(number)
            bucket = self._memory.get(key)
            if not bucket.get("names"):
                continue
            if bucket["day"] < (now - timedelta(days=self._days)).date().isoformat():
                self._memory.note(key, {"day": bucket["day"], "names": []})
            elif bucket.get("next") or datetime.fromisoformat(bucket["at"]) <= now - timedelta(hours=hours):
                found.append((bucket["at"], key, bucket["names"][bucket.get("next", 0) :]))
        return [(key, names) for _, key, names in sorted(found)]

    def swept(self, key: str, looked_up: list[str]) -> None:
        """Note that the next names of a bucket were looked up."""
        self.flush()
        bucket = self._memory.get(key)
        kept = bucket["names"]
        asked = set(looked_up)
        end = bucket.get("next", 0)
        while end < len(kept) and kept[end] in asked:
            end += 1
        rest: Json = {"at": bucket["at"], "next": end} if end < len(kept) else {"at": self._now()}
        self._memory.note(key, {"day": bucket["day"], "names": kept} | rest)
        self._names.pop(key, None)

    def flush(self) -> None:
        """Hand what changed to the memory, for the next page."""
        for key in sorted(self._touched):
            bucket = self._memory.get(key)
            names = self._names[key]
            passed = bucket.get("names", [])[: bucket.get("next", 0)]
            changed = bucket | {"names": list(names)}
            if passed:
                changed["next"] = sum(name in names for name in passed)
            self._memory.note(key, changed)
        self._touched.clear()

    def _open(self, written: datetime, *, make: bool = False) -> str | None:
        """Load the bucket of a day; None where there is none, or where it is a later year's already."""
        day = written.astimezone(UTC).date()
        key = _key(day.timetuple().tm_yday)
        bucket = self._memory.get(key)
        if bucket.get("day") != day.isoformat():
            if not make or bucket.get("day", "") > day.isoformat():
                return None
            self._memory.note(key, {"day": day.isoformat(), "names": [], "at": self._now()})
            self._names.pop(key, None)
        if key not in self._names:
            self._names[key] = dict.fromkeys(self._memory.get(key).get("names", []))
        return key

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="seconds")


def _key(number: int) -> str:
    return f"known:{number:03}"
