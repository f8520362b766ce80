"""The `reddit` source: polls listings, reads the threads that matter, and sweeps for what was deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Reject
from flows.sources.base import Period, SourceFacts
from flows.sources.http import BudgetUsedUp, Clock, HostResting, Hosts, HttpError, Memory, PoliteClient
from flows.sources.reddit.api import Api
from flows.sources.reddit.backfill import BackFill
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.intake import Intake, IntakeResult
from flows.sources.reddit.places import places, poll
from flows.sources.reddit.sweep import sweep
from flows.sources.reddit.things import SITE, STREAMS
from flows.sources.reddit.threads import refresh

Station = tuple[str, Callable[[], Iterator[IntakeResult]]]


class Reddit:
    """Goes round its stations once a run (listings, threads, sweep), from where the last run stopped."""

    def __init__(self, config: RedditConfig, hosts: Hosts | None = None, clock: Clock | None = None) -> None:
        """`hosts` is what all runs share of the hosts they ask; `clock` is for tests."""
        self.config = config
        self._hosts = hosts
        self._clock = clock or Clock()

    def facts(self) -> SourceFacts:
        """Ids are Reddit's; what is addressed to the company waits for an answer."""
        return SourceFacts("reddit", SITE, self.config.answerable or "addressed")

    def total(self) -> int | None:
        """Stations: listings, the threads, the sweep."""
        return len(places(self.config)) + 2

    def pages(self, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what is new. Raises SourceError where Reddit gives no access, or nothing could be read."""
        intake = Intake(self.config, Memory(state), self._clock)
        intake.known.adopt(state)
        failures: list[str] = []
        answers = 0
        following: str | None = None
        with self._client() as client:
            stations = self._stations(Api(self.config, client, self._clock), intake, cursor)
            for done, (key, read) in enumerate(stations):
                here = {"next": key}
                try:
                    for taken in read():
                        answers += 1
                        yield intake.page(taken, here, progress=done)
                except (BudgetUsedUp, HostResting) as end:
                    failures += [str(end)] if isinstance(end, HostResting) else []
                    following = key
                    gap = f"{end}: {len(stations) - done} of {len(stations)} stations are left for the next run"
                    yield intake.page(intake.believe(IntakeResult(gap=gap)), here, progress=done)
                    break
                except HttpError as error:
                    failures.append(str(error))
                    reject = Reject(STREAMS["t3"], key, error.reason, str(error), str(error).encode())
                    yield intake.page(IntakeResult(rejects=[reject]), here, progress=done + 1)
            if following is None:
                yield intake.page(intake.believe(IntakeResult()), {"next": None}, progress=len(stations))
        if failures and not answers:
            raise SourceError(f"source {self.config.name}: nothing could be read; the first: {failures[0]}")

    def back_fill(self, period: Period, cursor: Cursor | None, state: Mapping[str, Json]) -> Iterator[Page]:
        """Yield what was written in `period`, as far back as Reddit lists; a gap says where that ends."""
        intake = Intake(self.config, Memory(state), self._clock)
        with self._client() as client:
            filling = BackFill(Api(self.config, client, self._clock), intake, period)
            filling.resume(cursor)
            yield from filling.pages()

    def _client(self) -> PoliteClient:
        return PoliteClient(self.config.manners(), self.config.budget(), self._clock, hosts=self._hosts)

    def _stations(self, api: Api, intake: Intake, cursor: Cursor | None) -> list[Station]:
        """Return the stations in the order of this run."""
        stations: list[Station] = [(place.key, partial(poll, api, intake, place)) for place in places(self.config)]
        stations += [("threads", partial(refresh, api, intake)), ("sweep", partial(sweep, api, intake))]
        following = (cursor or {}).get("next")
        start = next((n for n, (key, _) in enumerate(stations) if key == following), 0)
        return stations[start:] + stations[:start]
