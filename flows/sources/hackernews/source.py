"""The `hackernews` source: searches since the last run, whole discussions of what they found, then who is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.sources.base import Period, SourceFacts
from flows.sources.hackernews.api import Api, Term
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.mapping import SITE
from flows.sources.hackernews.run import Run
from flows.sources.http import BudgetUsedUp, Clock, Hosts, Memory, PoliteClient


class HackerNews:
    """Each search goes from now back to where the last run began, with an overlap."""

    def __init__(self, config: HackerNewsConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what runs share about hosts, `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()
        self._terms = [Term(text) for text in config.searches] + [Term(name, True) for name in config.domains]

    def facts(self) -> SourceFacts:
        """One site; its stories are talk about a company more than to it."""
        return SourceFacts("hackernews", self.config.site or SITE, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Unknown."""
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield searches, discussions and deletions. Raises SourceError when no search could be read."""
        memory = Memory(state)
        with self._client() as client:
            run = Run(self.config, Api(client, self.config), memory, self._clock, cursor or {})
            try:
                for term in self._terms:
                    yield from run.search(term)
                yield from run.discussions()
                yield from run.sweep()
                yield from run.end()
            except BudgetUsedUp as end:
                yield from run.end(f"{end}: the next run goes on from here")
        if run.failures and not run.answers:
            raise SourceError(f"source {self.config.name}: nothing could be read; the first: {run.failures[0]}")

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what the searches find of a period, newest first, and the discussions of no story."""
        low, high = int(period.since.timestamp()), int(period.until.timestamp()) - 1
        with self._client() as client:
            run = Run(self.config, Api(client, self.config), Memory(state), self._clock, cursor or {})
            try:
                for term in self._terms:
                    yield from run.past(term, low, high)
            except BudgetUsedUp as end:
                yield run.page(gap=f"{end}: the next run of this period goes on from here")
        if run.failures and not run.answers:
            raise SourceError(f"source {self.config.name}: nothing could be read; the first: {run.failures[0]}")

    def _client(self) -> PoliteClient:
        config = self.config
        return PoliteClient(config.manners(), config.budget(), self._clock, hosts=self._hosts)
