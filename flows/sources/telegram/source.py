"""The `telegram` source: each channel from its newest post back to those that are known, with young ones again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.errors import SourceError
from flows.records import Cursor, Json, Page
from flows.sources.base import Period, SourceFacts
from flows.sources.http import BudgetUsedUp, Clock, Hosts, Memory, PoliteClient
from flows.sources.telegram.config import TelegramConfig
from flows.sources.telegram.mapping import SITE
from flows.sources.telegram.preview import Preview
from flows.sources.telegram.run import Run


class Telegram:
    """Raises SettingError where snscrape is not installed."""

    def __init__(self, config: TelegramConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what runs share about hosts, `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    def facts(self) -> SourceFacts:
        """One site; a channel's posts are talk about a company more than to it."""
        return SourceFacts("telegram", self.config.site or SITE, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Channels."""
        return len(self.config.channels)

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new in each channel. Raises SourceError when not one could be read."""
        yield from self._run(cursor, state, None)

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield the posts of a period, newest first; its end is found by halving the channel's numbers."""
        yield from self._run(cursor, state, period)

    def _run(self, cursor: Cursor | None, state: Mapping[str, Json], period: Period | None) -> Iterator[Page]:
        config, memory = self.config, Memory(state)
        with PoliteClient(config.manners(), config.budget(), self._clock, hosts=self._hosts) as client:
            run = Run(config, Preview(client, config.base_url), memory, self._clock, cursor or {})
            try:
                for channel in config.channels:
                    yield from run.past(channel, period) if period else run.channel(channel)
                yield from run.end()
            except BudgetUsedUp as end:
                yield from run.end(f"{end}: the next run goes on from here")
        if run.failures and not run.answers:
            asked = f"none of the {len(run.failures)} channels that were asked could be read"
            raise SourceError(f"source {config.name}: {asked}; the first: {run.failures[0]}")
