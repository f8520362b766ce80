"""When to look again: often at what is young, rarely at what is old, at last no more."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Protocol

TENTH = 0.1


class Lookable(Protocol):
    """What is looked at again; moments are epoch seconds."""

    @property
    def born(self) -> float | None:
        """When it was written; None: nobody knows, it counts as new."""

    @property
    def looked(self) -> float | None:
        """When it was looked at last; None: it is to be looked at now."""


@dataclass(frozen=True)
class Pace:
    """How soon a thing is due again: after a `share` of its age, and so many seconds at least.

    Each of `steps` says the least up to an age; what is older than the last is looked at no more. All are seconds.
    """

    steps: tuple[tuple[float, float], ...]
    share: float = TENTH

    def is_young(self, thing: Lookable, now: float) -> bool:
        """Say whether a thing is young enough to be looked at again."""
        return thing.born is None or now - thing.born <= self.steps[-1][0]

    def lateness(self, thing: Lookable, now: float) -> float:
        """How overdue a thing is: from 1 on it is due."""
        if thing.looked is None:
            return inf
        age = 0.0 if thing.born is None else max(0.0, now - thing.born)
        for until, least in self.steps:
            if age <= until:
                pause = max(least, age * self.share)
                return (now - thing.looked) / pause if pause else inf
        return 0.0
