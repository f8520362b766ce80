"""One day of the world while it is written: its generator, its ids, what was posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from flows.sources.sample import clock
from flows.sources.sample.company import on_duty
from flows.sources.sample.items import Message, Rating
from flows.sources.sample.people import People

HORIZON = 21  # days that a conversation may last
PREFIX = {"twitter": "tw", "reddit": "rd", "forum": "fo", "mastodon": "ms", "mail": "ml", "reviews": "rv",
          "survey": "sv"}  # fmt: skip


@dataclass(slots=True)
class Scene:
    """What conversations that start on one day share."""

    day: date
    index: int
    rng: Random
    people: People
    malo_left: date
    crisis: tuple[int, int] | None
    horizon: int = 0
    items: list[Message] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        """Set the moment beyond which no conversation of this day goes on."""
        self.horizon = clock.at(self.day + timedelta(days=HORIZON), 0)

    def native(self, prefix: str) -> str:
        """A fresh id; ids of a day are the same whatever comes after it."""
        self.count += 1
        return f"{prefix}-{self.day.toordinal() - 730_000}{self.count:06d}"

    def agent(self, when: int) -> str:
        """Who of the team is there."""
        return on_duty(clock.local_day(when), self.malo_left, self.rng)

    def slowness(self, when: int) -> float:
        """How much longer answers take: five times in the crisis, twice on the day after."""
        if not self.crisis or when < self.crisis[0] or when > self.crisis[1] + clock.DAY:
            return 1.0
        return 5.0 if when < self.crisis[1] else 2.0
