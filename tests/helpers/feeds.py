"""Feeds under test: what a loopback server shows, and a source that reads it run after run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.source import Feeds
from tests.helpers.runs import Collector, Ran
from tests.servers.feed_server import FeedServer, Reply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Reader(Collector):
    """A source of feeds, and the server that it asks."""

    open: Any = None
    now: datetime = NOW
    server: FeedServer = field(default_factory=FeedServer)

    def run(self, *paths: str, most: int | None = None, **options: Any) -> Ran:  # type: ignore[override]
        """Run over some feeds; `most` kills the run after so many committed pages."""
        given = {"crawl_delay": 0, "allowed_private": ["127.0.0.0/8"], "name": "papers"} | options
        config = FeedsConfig(urls=[self.server.url(path) for path in paths or ("/feed.xml",)], **given)
        self.open = partial(Feeds, config)
        return super().run(most)


def rss(*items: str, channel: str = "<title>A paper</title>") -> Reply:
    spaces = (
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
    )
    body = "".join(f"<item>{item}</item>" for item in items)
    return Reply(
        f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel>{channel}{body}</channel></rss>'.encode()
    )


def item(number: int, more: str = "") -> str:
    date = "<pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate>"
    return f"<guid isPermaLink='false'>urn:{number}</guid><title>Title {number}</title>{date}{more}"
