"""The `bluesky` source: one service, its lists, the threads around them, and what became of what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC
from urllib.parse import urlsplit

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.records.ids import site_of
from flows.sources.base import Period, SourceFacts
from flows.sources.bluesky.api import Api
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.mapping import Place
from flows.sources.bluesky.run import Run
from flows.sources.credentials import read_secret
from flows.sources.follow.backfill import back_fill
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Clock, Hosts, Memory, PoliteClient
from flows.sources.rechecks import Absences

PUBLIC = ("bsky.app", "bsky.social", "bsky.network")


class Bluesky:
    """Reads every list once a run, beginning with the one that the last run could not come to."""

    def __init__(self, config: BlueskyConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what all runs share of the hosts they ask; `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    @property
    def place(self) -> Place:
        """All services of the public network show the same posts under the same ids: one site."""
        host = urlsplit(self.config.address).hostname or ""
        is_public = any(host == one or host.endswith(f".{one}") for one in PUBLIC)
        return Place(self.config.site or ("bluesky" if is_public else site_of(self.config.address)), is_public)

    def facts(self) -> SourceFacts:
        """Posts wait for an answer where they are addressed to the company."""
        return SourceFacts("bluesky", self.place.site, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Lists."""
        return len(self.config.lists)

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new, page by page. Raises SourceError, at the end, when no list could be read."""
        with self._run(state) as run:
            yield from run.run(self.config.lists, cursor)
        if run.failures and not run.read:
            asked = f"none of the {len(run.failures)} lists that were asked could be read"
            raise SourceError(f"source {self.config.name}: {asked}; the first: {run.failures[0]}")

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was written in a period, list by list, and the threads around it."""
        with self._run(state) as run:
            yield from back_fill(run, self.config.lists, period, cursor)

    @contextmanager
    def _run(self, state: Mapping[str, Json]) -> Iterator[Run]:
        config = self.config
        password = read_secret(config.password, config.address) if config.password else None
        memory = Memory(state)
        now = self._clock.now().astimezone(UTC)
        absences = Absences(memory, self.config, now)
        watch = WatchedPosts(state, memory, absences, days=self.config.watch_days, now=now)
        with (
            PoliteClient(config.manners(), config.budget(), self._clock, hosts=self._hosts) as client,
            closing(Api(client, config.address, config.login, password)) as api,
        ):
            yield Run(config, self.place, api, memory, watch, clock=self._clock)
