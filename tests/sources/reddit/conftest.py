"""A reader of the `reddit` source whose pages are committed one by one, as the warehouse does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Record, Reject, Tombstone
from flows.sources.base import Period
from flows.sources.http import Clock
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.source import Reddit
from tests.sources.reddit.fake import CLIENT_ID, CLIENT_SECRET, FakeReddit, fake_reddit

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def before(**ago: float) -> datetime:
    return NOW - timedelta(**ago)


@dataclass
class Ran:
    """What a run yielded."""

    pages: list[Page]
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def ids(self) -> list[str]:
        return [record.record_id for record in self.records]

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
    def mapped(self) -> dict[str, Json]:
        return {record.record_id: payload(record)["mapped"] for record in self.records}


def payload(record: Record) -> Json:
    return dict(orjson.loads(record.content))


@dataclass
class Reader:
    """Remembers what the warehouse would: cursor, state, and how many versions each record has."""

    server: FakeReddit
    now: datetime = NOW
    cursor: Cursor | None = None
    state: dict[str, Json] = field(default_factory=dict)
    waited: float = 0
    versions: Counter[str] = field(default_factory=Counter)
    hashes: dict[str, bytes | None] = field(default_factory=dict)

    def config(self, **options: Any) -> RedditConfig:
        given: dict[str, Any] = {
            "name": "reddit", "crawl_delay": 0, "allowed_private": ["127.0.0.0/8"], "refresh_minutes": 0,
            "site_url": self.server.url, "api_url": self.server.url,
        }  # fmt: skip
        if not {"subreddits", "searches", "users"} & options.keys():
            given["subreddits"] = ["tilleul"]
        return RedditConfig.model_validate(given | options)

    def run(self, most: int | None = None, **options: Any) -> Ran:
        """Run once; `most` kills the run after so many committed pages."""
        self.server.asked.clear()
        source = Reddit(self.config(**options), clock=self.clock)
        return self._commit(source.pages(self.cursor, self._kept()), most)

    def fill(self, since: datetime, until: datetime = NOW, most: int | None = None, **options: Any) -> Ran:
        """Back-fill a period, with a cursor of its own."""
        source = Reddit(self.config(**options), clock=self.clock)
        return self._commit(source.back_fill(Period(since, until), self.cursor, self._kept()), most)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.waited, self._sleep, lambda: 0)

    def _kept(self) -> dict[str, Json]:
        return dict(orjson.loads(orjson.dumps(self.state)))

    def _commit(self, pages: Iterator[Page], most: int | None) -> Ran:
        ran = Ran([])
        try:
            for page in pages:
                ran.pages.append(page)
                self.cursor = orjson.loads(orjson.dumps(page.next_cursor))
                self.state |= orjson.loads(orjson.dumps(page.state))
                for record in page.records:
                    if self.hashes.get(record.record_id) != record.content_hash:
                        self.versions[record.record_id] += 1
                    self.hashes[record.record_id] = record.content_hash
                for tombstone in page.tombstones:
                    self.hashes[tombstone.record_id] = None
                if most and len(ran.pages) == most:
                    pages.close()  # type: ignore[attr-defined]
        except SourceError as error:
            ran.error = str(error)
        return ran

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", CLIENT_SECRET)


@pytest.fixture
def reader(credentials: None) -> Iterator[Reader]:
    with fake_reddit() as server:
        yield Reader(server)
