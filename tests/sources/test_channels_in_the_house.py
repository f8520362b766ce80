"""Hacker News, Stack Exchange, Telegram and comments of feeds, from their servers to the marts."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pkgutil import resolve_name
from typing import Any

import pytest

from flows.sources.http import Clock
from flows.sources.registry import SOURCES, read_config
from flows.warehouse.collecting import run_source
from tests.helpers.feeds import rss
from tests.helpers.house import House
from tests.servers.answering import answering_server
from tests.servers.feed_server import feed_server
from tests.servers.hackernews_server import HackerNewsServer, Item
from tests.servers.stackexchange_server import Post as Question
from tests.servers.stackexchange_server import StackExchangeServer
from tests.servers.telegram_server import Post, TelegramServer

pytest.importorskip("snscrape", reason="the extra snscrape is not installed")
SHARED = {"crawl_delay": 0, "allowed_private": ["127.0.0.0/8"], "contact": "https://example.net/contact"}


def collect(house: House, ahead: timedelta = timedelta(), **config: Any) -> None:
    """Collect, by a clock that may be ahead."""
    given = read_config(SHARED | config)
    source = resolve_name(SOURCES[given.type])(given, clock=Clock(now=lambda: datetime.now(UTC) + ahead))
    run_source(house.connection, given, source)


@pytest.mark.slow
def test_what_is_written_edited_and_deleted_there_is_seen_in_the_marts(warehouse: House) -> None:
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    then = int(now.timestamp())
    news, exchange, telegram = HackerNewsServer(), StackExchangeServer(), TelegramServer()
    news.add(Item(1, then, "ann", title="Example Bank is down"), Item(2, then + 60, "ben", "Same here", parent=1))
    exchange.add(
        Question(1, then, "<p>Why?</p>", "Refused", ("example-sdk",)), Question(2, then + 9, "Because", parent=1),
        Question(3, then + 20, "Thanks", parent=2, is_comment=True),
    )  # fmt: skip
    telegram.add(
        "examplebank", Post(7, now, "We are back", 900), Post(8, now, "Sorry", reply_to=7, quote="We are back")
    )
    with ExitStack() as stack:
        hn, se, tg = (stack.enter_context(answering_server(there)) for there in (news, exchange, telegram))
        feeds = stack.enter_context(feed_server())
        article = f"<guid>urn:7</guid><title>News</title><wfw:commentRss>{feeds.url('/7')}</wfw:commentRss>"
        date = f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        reply = f"<guid>urn:7#comment-1</guid><title>By Anne</title>{date}"
        article += date
        feeds.routes |= {"/feed.xml": rss(article), "/7": rss(reply)}
        sources: list[dict[str, Any]] = [
            {"type": "hackernews", "name": "hn", "searches": ["Example Bank"], "search_url": hn.url("/api"),
             "items_url": hn.url("/v0")},
            {"type": "stackexchange", "name": "se", "exchange": "example", "tags": ["example-sdk"],
             "base_url": se.url("/2.3")},
            {"type": "telegram", "name": "tg", "channels": ["examplebank"], "base_url": tg.url("")},
            {"type": "feeds", "name": "blog", "site": "blog", "urls": [feeds.url()], "comments": True},
        ]  # fmt: skip
        for config in sources:
            collect(warehouse, **config)
        warehouse.refresh()
        assert messages(warehouse) == {
            ("hackernews:1", None, "hn", ""), ("hackernews:2", "hackernews:1", "hn", "Same here"),
            ("example:1", None, "se", "Why?"), ("example:2", "example:1", "se", "Because"),
            ("example:c3", "example:2", "se", "Thanks"),
            ("telegram:examplebank/7", None, "tg", "We are back"),
            ("telegram:examplebank/8", "telegram:examplebank/7", "tg", "Sorry"),
            ("blog:urn:7", None, "blog", ""), ("blog:urn:7#comment-1", "blog:urn:7", "blog", ""),
        }  # fmt: skip
        for config in sources:
            collect(warehouse, **config)
        assert set(warehouse.query("select new + changed from ops.runs order by started_at desc limit 4")) == {(0,)}
        del telegram.channels["examplebank"][8]
        telegram.change("examplebank", 7, html="We are back, all of us")
        del exchange.posts[2], exchange.comments[3]
        exchange.change(1, active=then + 86_400)
        for hours in (0, 6):
            for config in sources:
                collect(warehouse, timedelta(hours=hours), **config)
        warehouse.refresh()
        seen = messages(warehouse)
    assert ("telegram:examplebank/7", None, "tg", "We are back, all of us") in seen
    assert {key for key, *_ in seen} == {
        "hackernews:1", "hackernews:2", "example:1", "telegram:examplebank/7", "blog:urn:7", "blog:urn:7#comment-1",
    }  # fmt: skip


def messages(house: House) -> set[tuple[Any, ...]]:
    return set(house.query("select message_id, parent_message_id, source, body from marts.fct_messages"))
