"""The `sample` source: a made-up bank's customers, generated from a seed, for the demo, tests and benchmarks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import chain

from flows.records import Cursor, Json, Page, Record, canonical
from flows.sources.base import SourceFacts
from flows.sources.sample import proactive
from flows.sources.sample.clock import yesterday
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.records import record_of
from flows.sources.sample.world import World

VERSION = 2  # of the generator: a higher number is another world
PREFIX = "sample"


class Sample:
    """Tells a world day by day, in the order of posting; a cursor goes on where it stopped."""

    def __init__(self, config: SampleConfig) -> None:
        """Nothing is generated before it is asked for."""
        self.config = config
        self.site = config.site or PREFIX

    def facts(self) -> SourceFacts:
        """Sites are this one's name and the platform's, such as sample-twitter."""
        return SourceFacts("sample", self.site, self.config.answerable or "intent")

    def last_day(self) -> date:
        """The last day to tell."""
        return self.config.to_day or yesterday()

    def first_day(self) -> date:
        """The first day, where no cursor remembers it."""
        return self.config.from_day or self.last_day() - timedelta(days=self.config.days - 1)

    def fingerprint(self) -> str:
        """What makes this world another than others; the last day does not, the world only goes on."""
        config = self.config
        anchor = str(config.from_day or (self.first_day() if config.to_day else ""))
        parts = [VERSION, self.site, config.seed, config.messages, config.days, config.crisis, anchor]
        return hashlib.sha256(canonical(parts)).hexdigest()[:16]

    def world(self, first: date | None = None) -> World:
        """The world that starts on a day."""
        config = self.config
        return World(config.seed, first or self.first_day(), config.messages, config.days, config.crisis)

    def total(self) -> int | None:
        """Records, by estimate: messages, customers with what they allow, contacts and surveys."""
        share = ((self.last_day() - self.first_day()).days + 1) / self.config.days
        return int(self.config.messages * (share * 1.1 + 0.24))

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was posted after the cursor; a cursor of another world starts from the beginning."""
        fingerprint = self.fingerprint()
        known = cursor if cursor and cursor.get("fingerprint") == fingerprint else None
        first = date.fromisoformat(known["first_day"]) if known else self.first_day()
        day, done, told = (known["day"], known["done"], known["records"]) if known else (0, 0, 0)
        records: list[Record] = []

        def page() -> Page:
            after = {"fingerprint": fingerprint, "first_day": first.isoformat(), "day": day, "done": done,
                     "records": told}  # fmt: skip
            return Page(records, after, progress=min(told, self.total() or told))

        skip = done
        for index, day_records in self._days(self.world(first), day):
            done = 0
            for record in day_records:
                done += 1
                if done <= skip:
                    continue
                day, told = index, told + 1
                records.append(record)
                if len(records) >= self.config.page_size:
                    yield page()
                    records = []
            skip = 0
            if records:
                day, done = index + 1, 0
        if records:
            yield page()

    def _days(self, world: World, start: int) -> Iterator[tuple[int, Iterator[Record]]]:
        for index, posted in world.told(start, self.last_day()):
            joined = (record_of(customer, self.site, 0) for customer in world.joined(index))
            rest = (record_of(item, self.site, order) for order, item in enumerate(posted, 1))
            yield index, chain(joined, proactive.told(world, index, self.site), rest)
