"""Running a source as the warehouse does: every page is committed, what it remembers goes through JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Record, Reject, Tombstone
from flows.sources.base import Period
from flows.sources.http import Clock, MemoryHosts

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Ran:
    """What a run yielded."""

    pages: list[Page] = field(default_factory=list)
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def ids(self) -> set[str]:
        return {record.record_id for record in self.records}

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]

    @property
    def tombstones(self) -> list[Tombstone]:
        return [tombstone for page in self.pages for tombstone in page.tombstones]

    @property
    def gaps(self) -> list[str]:
        return [page.gap for page in self.pages if page.gap]

    @property
    def mapped(self) -> dict[str, Json]:
        return {record.record_id: orjson.loads(record.content)["mapped"] for record in self.records}


@dataclass
class Runner:
    """Runs sources with a clock of its own; nobody waits."""

    open: Callable[..., Any]
    now: datetime = NOW
    cursor: Cursor | None = None
    state: dict[str, Json] = field(default_factory=dict)
    waited: float = 0

    def __post_init__(self) -> None:
        self.clock = Clock(lambda: self.now, lambda: self.waited, self._sleep, lambda: 0)
        self.hosts = MemoryHosts(self.clock)

    def run(self, config: Any, *, later: timedelta = timedelta(), most: int | None = None) -> Ran:
        """Run some time `later`; `most` kills the run after so many committed pages."""
        self.now += later
        source = self.open(config, self.hosts, self.clock)
        return self._take(source.pages(self.cursor, orjson.loads(orjson.dumps(self.state))), most)

    def back_fill(self, config: Any, period: Period, cursor: Cursor | None = None) -> Ran:
        """Read a period; the live cursor stays."""
        live = self.cursor
        source = self.open(config, self.hosts, self.clock)
        ran = self._take(source.back_fill(period, cursor, orjson.loads(orjson.dumps(self.state))), None)
        self.cursor = live
        return ran

    def _take(self, pages: Iterator[Page], most: int | None) -> Ran:
        ran = Ran()
        try:
            for page in pages:
                ran.pages.append(page)
                self.cursor = page.next_cursor
                self.state |= orjson.loads(orjson.dumps(page.state))
                if most and len(ran.pages) == most:
                    pages.close()  # type: ignore[attr-defined]
        except SourceError as error:
            ran.error = str(error)
        return ran

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds
