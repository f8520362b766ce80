"""The `forum` source: one forum, read by its engine's JSON API or by its pages, new posts first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.records.ids import site_of
from flows.sources.answers import LayoutChanged, rejected
from flows.sources.base import SourceFacts
from flows.sources.forum.config import ForumConfig
from flows.sources.forum.crawling.messages import STREAM
from flows.sources.forum.crawling.run import Crawl
from flows.sources.forum.opening import KEY, open_forum, remember_engine
from flows.sources.http import BudgetUsedUp, Clock, Hosts, HttpError, Memory, PoliteClient


class Forum:
    """Reads what changed since the last run."""

    def __init__(self, config: ForumConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what runs share about hosts, `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    def facts(self) -> SourceFacts:
        """The forum's host issues its ids; messages that ask or complain wait for an answer."""
        site = self.config.site or site_of(self.config.addresses[0])
        return SourceFacts("forum", site, self.config.answerable or "intent")

    def total(self) -> int | None:
        """Nobody knows."""
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new. Raises SourceError, at the end, when nothing could be read."""
        config, memory, now = self.config, Memory(state), self._clock.now()
        with PoliteClient(config.manners(), config.budget(), self._clock, hosts=self._hosts) as http:
            crawl = None
            try:
                client = open_forum(http, config, memory, now)
                crawl = Crawl(config, client, memory, site=self.facts().site, keys=state.keys(), now=now)
                yield from crawl.run()
                if crawl.answers and client.engine is None and not memory.get(KEY):
                    remember_engine(memory, None, now)
                    yield crawl.page(Page([], {}))
            except BudgetUsedUp as end:
                if crawl:
                    yield from crawl.stop(str(end))
                else:
                    yield Page([], cursor or {}, state=memory.take(), gap=f"{end}: nothing was read")
            except (HttpError, LayoutChanged) as error:
                reject = rejected(STREAM, config.addresses[0], error)
                yield Page([], cursor or {}, [reject], state=memory.take())
                raise SourceError(f"source {config.name}: {error}") from error
        if crawl and crawl.failures and not crawl.answers:
            raise SourceError(f"source {config.name}: nothing could be read; the first: {crawl.failures[0]}")
