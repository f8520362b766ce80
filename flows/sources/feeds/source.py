"""The `feeds` source: one page a feed, only what is news, and no feed can stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.records.ids import site_of
from flows.sources.base import SourceFacts
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.run import Run
from flows.sources.http import BudgetUsedUp, Clock, Hosts, Memory, PoliteClient


class Feeds:
    """Reads every feed once a run, beginning with the one that the last run could not come to."""

    def __init__(self, config: FeedsConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what all runs share of the hosts they ask; `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    def facts(self) -> SourceFacts:
        """The site where all feeds are of one, else the source's name; articles are not waiting for an answer."""
        sites = {self.config.site or site_of(url) for url in self.config.urls}
        site = sites.pop() if len(sites) == 1 else self.config.name
        return SourceFacts("feeds", site, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Feeds."""
        return len(self.config.urls)

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new in each feed. Raises SourceError, at the end, when not one could be read."""
        memory = Memory(state)
        order = self._order(cursor)
        with PoliteClient(self.config.manners(), self.config.budget(), self._clock, hosts=self._hosts) as client:
            run = Run(self.config, memory, client, self._clock)
            for done, url in enumerate(order):
                try:
                    yield from run.feed(url, done + 1, order[done + 1] if done + 1 < len(order) else None)
                except BudgetUsedUp as end:
                    gap = f"{end}: {len(order) - done} of {len(order)} feeds are left for the next run"
                    yield Page([], {"next": url}, state=memory.take(), gap=gap, progress=done)
                    break
            else:
                try:
                    yield from run.comments(len(order))
                except BudgetUsedUp as end:
                    gap = f"{end}: comments of articles are left for the next run"
                    yield Page([], {"next": None}, state=memory.take(), gap=gap, progress=len(order))
        if run.failures and not run.read:
            asked = f"none of the {len(run.failures)} feeds that were asked could be read"
            raise SourceError(f"source {self.config.name}: {asked}; the first: {run.failures[0]}")

    def _order(self, cursor: Cursor | None) -> list[str]:
        urls = self.config.urls
        following = (cursor or {}).get("next")
        start = urls.index(following) if following in urls else 0
        return urls[start:] + urls[:start]
