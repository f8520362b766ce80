"""What is to be looked at again, as every source keeps it: things by name, in buckets of its state.

A page carries the buckets that changed, so that it writes little. What a thing is, and when one is watched no more,
is the source's own; when it is due is one rule for all: by its pace, and what is missing by the rule of absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flows.sources.http import Memory
from flows.sources.rechecks.absence import Absences
from flows.sources.rechecks.pace import Lookable, Pace

T = TypeVar("T", bound=Lookable)


@dataclass(frozen=True)
class Form(Generic[T]):
    """How things stand in the state: their bucket's key begins with `prefix`, its `field` has them by name.

    Without a `field` each thing is a bucket, by its name.
    """

    prefix: str
    field: str | None
    read: Callable[[str, Any], T]
    write: Callable[[T], Any]


class Store(Generic[T]):
    """Things of one kind, as this run sees them; a bucket is read when it is first opened."""

    def __init__(self, memory: Memory, form: Form[T]) -> None:
        """What changed goes with each page that takes from the memory."""
        self._memory = memory
        self._form = form
        self._buckets: dict[str, dict[str, T]] = {}
        self._where: dict[str, str] = {}
        self._changed: set[str] = set()
        memory.before_take(self._write)

    def open(self, bucket: str) -> dict[str, T]:
        """Return the things of a bucket."""
        if bucket not in self._buckets:
            kept = self._memory.get(self._form.prefix + bucket)
            kept = kept.get(self._form.field, {}) if self._form.field else {bucket: kept} if kept else {}
            self._buckets[bucket] = {name: self._form.read(name, value) for name, value in kept.items()}
            self._where |= dict.fromkeys(self._buckets[bucket], bucket)
        return self._buckets[bucket]

    def get(self, name: str) -> T | None:
        """Return a thing of those buckets that are open."""
        return self._buckets[self._where[name]].get(name) if name in self._where else None

    def put(self, name: str, thing: T, bucket: str = "") -> None:
        """Keep how a thing stands; one that is known stays in its bucket."""
        bucket = self._where.setdefault(name, bucket)
        self.open(bucket)[name] = thing
        self._changed.add(bucket)

    def drop(self, name: str) -> T | None:
        """Keep a thing no longer."""
        bucket = self._where.pop(name, None)
        if bucket is None:
            return None
        self._changed.add(bucket)
        return self._buckets[bucket].pop(name)

    def things(self) -> Iterator[tuple[str, T]]:
        """Every thing of the buckets that are open."""
        for bucket in self._buckets.values():
            yield from bucket.items()

    def due(self, pace: Pace, now: float, absences: Absences | None = None) -> list[str]:
        """What to look at now: first those that are awaited, then those that nobody looked at for longest."""
        found = []
        for name, thing in self.things():
            if absences and absences.is_awaited(name):
                if absences.is_due(name):
                    found.append((0, thing.looked or 0, name))
            elif pace.lateness(thing, now) >= 1:
                found.append((1, thing.looked or 0, name))
        return [name for *_, name in sorted(found, key=lambda one: one[:2])]

    def _write(self) -> None:
        for bucket in sorted(self._changed):
            things = {name: self._form.write(thing) for name, thing in self._buckets[bucket].items()}
            value = {self._form.field: things} if self._form.field else things.get(bucket, {})
            self._memory.note(self._form.prefix + bucket, value)
        self._changed.clear()
