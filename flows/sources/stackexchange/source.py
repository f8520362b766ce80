"""The `stackexchange` source: questions by activity since the last run, their discussions, then who is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.sources.base import Period, SourceFacts
from flows.sources.credentials import read_secret
from flows.sources.http import BudgetUsedUp, Clock, Hosts, Memory, PoliteClient
from flows.sources.stackexchange.api import Api
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.run import Run


class StackExchange:
    """Each tag and each search is a listing by activity, read from where the last run ended."""

    def __init__(self, config: StackExchangeConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what runs share about hosts, `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    def facts(self) -> SourceFacts:
        """The site of the network; questions that ask or complain wait for an answer."""
        return SourceFacts(
            "stackexchange", self.config.site or self.config.exchange, self.config.answerable or "intent"
        )

    def total(self) -> int | None:
        """Unknown."""
        return None

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield listings, discussions and deletions. Raises SourceError when nothing could be read."""
        yield from self._run(cursor, state, None)

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield the questions written in a period, each page with its answers and comments of today."""
        yield from self._run(cursor, state, period)

    def _run(self, cursor: Cursor | None, state: Mapping[str, Json], period: Period | None) -> Iterator[Page]:
        config, memory = self.config, Memory(state)
        with PoliteClient(config.manners(), config.budget(), self._clock, hosts=self._hosts) as client:
            api = Api(client, config, memory, self._clock, self._key())
            run = Run(config, api, memory, self._clock, cursor or {})
            try:
                yield from run.past(period) if period else run.live()
                yield from run.end()
            except BudgetUsedUp as end:
                yield from run.end(f"{end}: the next run goes on from here")
        if run.failures and not run.answers:
            raise SourceError(f"source {config.name}: nothing could be read; the first: {run.failures[0]}")

    def _key(self) -> str | None:
        name = self.config.key_env
        return read_secret(name, self.config.base_url) if name else None
