"""Answers of APIs and previews with anything in them: no crash; what is no record is a reject with a reason."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from flows.errors import SourceError
from flows.sources.base import Page
from flows.sources.hackernews.api import Api as HackerNewsApi
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.run import Run as HackerNewsRun
from flows.sources.hackernews.source import Term
from flows.sources.http import Answer, Budget, Clock, Manners, Memory, Validators
from flows.sources.stackexchange.api import Api as StackExchangeApi
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.run import Run as StackExchangeRun
from tests.servers.answering import Answers
from tests.servers.hackernews_server import HackerNewsServer, Item
from tests.servers.stackexchange_server import Post, StackExchangeServer
from tests.servers.telegram_server import Post as TelegramPost
from tests.servers.telegram_server import TelegramServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
T = int(NOW.timestamp())
CLOCK = Clock(lambda: NOW, lambda: 0.0, lambda seconds: None, lambda: 0)
JUNK: list[Any] = [
    None, True, -1, 0, 7, 2**31, 10**18, 1.5, "", "x", "7", "\0", "\ud83d", "<p>", [], {}, [None],
    {"a": 1}, "9" * 30,
]  # fmt: skip
ROUNDS = 150


class Mutant:
    """Stands where the polite client does: answers of a server, with one value or a stretch of bytes replaced."""

    def __init__(self, answers: Answers, chance: random.Random) -> None:
        self._answers, self._chance = answers, chance
        self.manners, self.budget = Manners(), Budget()

    def get(self, url: str, **_: Any) -> Answer:
        parts = urlsplit(url)
        reply = self._answers(parts.path, dict(parse_qsl(parts.query)))
        content = reply.body
        if reply.headers.get("Content-Encoding") == "gzip":
            import gzip

            content = gzip.decompress(content)
        return Answer(url, 200, self._changed(content), reply.content_type, Validators())

    def send(self, method: str, url: str, **_: Any) -> Answer:
        return self.get(url)

    def _changed(self, content: bytes) -> bytes:
        if content.startswith(b"<") or self._chance.random() < 0.2:
            at = self._chance.randrange(len(content) + 1)
            return content[:at] + self._chance.randbytes(2) + content[at + self._chance.randrange(60) :]
        value = copy.deepcopy(orjson.loads(content))
        places = list(_places(value))
        if places:
            holder, key = self._chance.choice(places)
            holder[key] = self._chance.choice(JUNK)
        try:
            return orjson.dumps(value)
        except TypeError:  # half a surrogate pair
            return content


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value that holds another."""
    pairs: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    pairs += enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield value, key
        yield from _places(item)


def check(pages: Iterator[Page]) -> int:
    """Read pages to their end; return how many records and rejects there were."""
    count = 0
    try:
        for page in pages:
            count += page.read
            assert all(reject.reason and reject.detail for reject in page.rejects)
            for record in page.records:
                mapped = orjson.loads(record.content)["mapped"]
                assert (
                    datetime.fromisoformat(mapped["posted_at"]).tzinfo and mapped["account"] and mapped["channel"]
                )
            orjson.dumps(page.next_cursor)
            orjson.dumps(dict(page.state))
    except SourceError:
        count += 1
    return count


def test_hacker_news_with_anything_in_it() -> None:
    there, chance = HackerNewsServer(), random.Random(4)
    there.add(
        Item(1, T - 900, "ann", "a text", "Example Bank", "https://example.org/"),
        Item(2, T - 800, "ben", "x", parent=1), Item(3, T - 700, "cleo", "Example Bank", parent=2),
    )  # fmt: skip
    config = HackerNewsConfig(
        name="hn", searches=["Example Bank"], stories=[1], search_url="http://x/api", items_url="http://x/v0"
    )
    count = 0
    for _ in range(ROUNDS):
        memory = Memory({"day:2026-11-20": {"messages": {"9": {"time": T - 90_000, "thread": "1", "seen": 0}}}})
        api: Any = HackerNewsApi(Mutant(there, chance), config)  # type: ignore[arg-type]
        run = HackerNewsRun(config, api, memory, CLOCK, {})
        count += check(run.search(Term("Example Bank"))) + check(run.discussions()) + check(run.sweep())
    assert count > ROUNDS


def test_stack_exchange_with_anything_in_it() -> None:
    chance = random.Random(5)
    there = StackExchangeServer(quota=10**9)
    there.add(
        Post(1, T - 900, "<p>a</p>", "b", ("c",)), Post(2, T - 800, "<p>a</p>", parent=1),
        Post(3, T - 700, "d", parent=2, is_comment=True),
    )  # fmt: skip
    config = StackExchangeConfig(name="se", exchange="example", tags=["c"], questions=[1])
    count = 0
    for _ in range(ROUNDS):
        memory = Memory({})
        api: Any = StackExchangeApi(Mutant(there, chance), config, memory, CLOCK, None)  # type: ignore[arg-type]
        count += check(StackExchangeRun(config, api, memory, CLOCK, {}).live())
    assert count > ROUNDS


def test_telegram_with_anything_in_it() -> None:
    pytest.importorskip("snscrape", reason="the extra snscrape is not installed")
    from flows.sources.telegram.config import TelegramConfig
    from flows.sources.telegram.preview import Preview
    from flows.sources.telegram.run import Run

    there, chance = TelegramServer(), random.Random(6)
    there.add(
        "bank", *(TelegramPost(n, NOW - timedelta(hours=9 - n), "x", 9, {"👍": 3}, 1, "q") for n in range(1, 4))
    )
    config = TelegramConfig(name="tg", channels=["bank"])
    count = 0
    for _ in range(ROUNDS // 2):
        preview = Preview(Mutant(there, chance))  # type: ignore[arg-type]
        count += check(Run(config, preview, Memory({}), CLOCK, {}).channel("bank"))
    assert count > ROUNDS // 2
