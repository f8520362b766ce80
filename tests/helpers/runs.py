"""A source under test, run after run: what it yields, and what its pages leave for the next run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Record, Reject, Tombstone
from flows.sources.base import BackFills, Period, Source
from flows.sources.http import Clock, MemoryHosts


@dataclass
class Ran:
    """What a run yielded."""

    pages: list[Page]
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def tombstones(self) -> list[Tombstone]:
        return [tombstone for page in self.pages for tombstone in page.tombstones]

    @property
    def gaps(self) -> list[str]:
        return [page.gap for page in self.pages if page.gap]

    @property
    def ids(self) -> list[str]:
        return [record.record_id for record in self.records]

    @property
    def dead(self) -> list[str]:
        return [tombstone.record_id for tombstone in self.tombstones]

    @property
    def mapped(self) -> dict[str, Json]:
        return {record.record_id: orjson.loads(record.content)["mapped"] for record in self.records}

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]


@dataclass
class Collector:
    """Runs a source and commits its pages one by one, as the warehouse does.

    `versions` is what the warehouse would hold: every version of every record, a new one where the hash differs
    from the latest; None stands for a tombstone.
    """

    open: Callable[..., Source]
    now: datetime
    cursor: Cursor | None = None
    state: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, list[Json | None]] = field(default_factory=dict)
    counters: dict[str, Json] = field(default_factory=dict)
    waited: float = 0

    def __post_init__(self) -> None:
        self.hosts = MemoryHosts(self.clock)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.waited, self._sleep, lambda: 0)

    def run(self, most: int | None = None, **options: Any) -> Ran:
        """Run once; `most` kills the run after so many committed pages."""
        source = self.open(hosts=self.hosts, clock=self.clock, **options)
        return self._commit(source.pages(self.cursor, self._state()), most, live=True)

    def back_fill(
        self, period: Period, most: int | None = None, cursor: Cursor | None = None, **options: Any
    ) -> Ran:
        """Read a period, from a cursor of its own; `self.cursor` stays."""
        source = self.open(hosts=self.hosts, clock=self.clock, **options)
        assert isinstance(source, BackFills)
        return self._commit(source.back_fill(period, cursor, self._state()), most, live=False)

    def _state(self) -> dict[str, Json]:
        return orjson.loads(orjson.dumps(self.state))  # type: ignore[no-any-return]

    def _commit(self, pages: Iterable[Page], most: int | None, *, live: bool) -> Ran:
        ran = Ran([])
        try:
            for page in pages:
                ran.pages.append(page)
                if live:
                    self.cursor = orjson.loads(orjson.dumps(page.next_cursor))
                self.state |= orjson.loads(orjson.dumps(dict(page.state)))
                for record in page.records:
                    self._keep(record)
                for dead in page.tombstones:
                    if self.versions.get(dead.record_id, [None])[-1] is not None:
                        self.versions[dead.record_id].append(None)
                if most and len(ran.pages) == most:
                    pages.close()  # type: ignore[attr-defined]
        except SourceError as error:
            ran.error = str(error)
        return ran

    def _keep(self, record: Record) -> None:
        kept = self.versions.setdefault(record.record_id, [])
        payload = orjson.loads(record.content)
        if not kept or kept[-1] != payload:
            kept.append(payload)
        if record.counters:
            self.counters[record.record_id] = record.counters

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds
