"""The `mastodon` source: one server, its lists, the threads around them, and what became of what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.records.ids import site_of
from flows.sources.base import Period, SourceFacts
from flows.sources.credentials import read_secret
from flows.sources.follow.backfill import back_fill
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Clock, Hosts, Memory, PoliteClient
from flows.sources.mastodon.api import Api
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.lists import names
from flows.sources.mastodon.run import Run
from flows.sources.rechecks import Absences


class Mastodon:
    """Reads every list once a run, beginning with the one that the last run could not come to."""

    def __init__(self, config: MastodonConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what all runs share of the hosts they ask; `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    @property
    def site(self) -> str:
        """The server: it issues the ids."""
        return self.config.site or site_of(self.config.address)

    def facts(self) -> SourceFacts:
        """The server's statuses wait for an answer where they are addressed to the company."""
        return SourceFacts("mastodon", self.site, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Lists."""
        return len(names(self.config))

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new, page by page. Raises SourceError, at the end, when no list could be read."""
        with self._run(state) as run:
            yield from run.run(names(self.config), cursor)
        if run.failures and not run.read:
            asked = f"none of the {len(run.failures)} lists that were asked could be read"
            raise SourceError(f"source {self.config.name}: {asked}; the first: {run.failures[0]}")

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was written in a period, list by list, and the threads around it."""
        with self._run(state) as run:
            yield from back_fill(run, names(self.config), period, cursor)

    @contextmanager
    def _run(self, state: Mapping[str, Json]) -> Iterator[Run]:
        token = read_secret(self.config.token, self.config.address) if self.config.token else None
        memory = Memory(state)
        now = self._clock.now().astimezone(UTC)
        absences = Absences(memory, self.config, now)
        watch = WatchedPosts(state, memory, absences, days=self.config.watch_days, now=now)
        manners, budget = self.config.manners(), self.config.budget()
        with (
            PoliteClient(manners, budget, self._clock, hosts=self._hosts) as client,
            closing(Api(client, self.config.address, token)) as api,
        ):
            yield Run(self.config, self.site, api, memory, watch, clock=self._clock)
