"""Hacker News, Stack Exchange and Telegram: each answer where the source asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.records import Json, Page
from flows.sources.hackernews.api import Api as HackerNewsApi
from flows.sources.hackernews.api import Term
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.run import Run as HackerNewsRun
from flows.sources.http import Memory
from flows.sources.stackexchange.api import Api as StackExchangeApi
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.run import Run as StackExchangeRun
from tests.sources.fuzzing.served import CLOCK, NOW, WORD, Asked, Served, listed, loaded

QUESTION = {"question_id": 1, "creation_date": int(NOW.timestamp()), "title": "Q", "owner": {"display_name": "Ann"},
            "link": "https://example.stackexchange.test/questions/1/x", "body": "<p>q", "tags": []}  # fmt: skip


def _hackernews(content: bytes, path: str, state: dict[str, Json] | None = None, **options: Any) -> HackerNewsRun:
    def answers(asked_path: str, asked: Asked) -> bytes:
        if asked_path.startswith(path) and asked.get("page", "0") == "0":
            return content
        return b'{"hits": [], "nbHits": 0}' if "search" in asked_path else b"null"

    client: Any = Served(answers)
    config = HackerNewsConfig(name="hn", search_url="http://x/api", items_url="http://x/v0", **options)
    return HackerNewsRun(config, HackerNewsApi(client, config), Memory(state or {}), CLOCK, {})


def hackernews_search(content: bytes) -> Iterator[Page]:
    yield from _hackernews(content, "/api/search", searches=[WORD]).search(Term(WORD))


def hackernews_tree(content: bytes) -> Iterator[Page]:
    yield from _hackernews(content, "/api/items", stories=[1]).discussions()


def hackernews_item(content: bytes) -> Iterator[Page]:
    gone = {"9": {"time": int(NOW.timestamp()) - 90_000, "thread": "1", "seen": 0, "gone": True}}
    state = {"day:2026-11-20": {"messages": gone}}
    yield from _hackernews(content, "/v0/item", state, searches=[WORD]).sweep()


def hits(found: Json) -> int:
    """Hits that may have the word in them, each once; no text there says that one was not asked for."""
    fields = ("title", "url", "story_text", "comment_text")
    ids = set()
    for hit in listed(found, "hits"):
        said = [hit.get(name) for name in fields] if isinstance(hit, dict) else [0]
        texts = [text for text in said if isinstance(text, str)]
        if any(re.search(rf"(?<!\w){WORD}(?!\w)", one, re.IGNORECASE) for one in texts) or any(
            one is not None and not isinstance(one, str) for one in said
        ):
            ids.add(str(hit.get("objectID")) if isinstance(hit, dict) else repr(hit))
    return len(ids)


def nodes(node: Any) -> int:
    """Items of a tree; one without an author is what is left of a deleted one."""
    if not isinstance(node, dict):
        return 1
    children = node.get("children") or []
    if not isinstance(children, list):
        return 1
    return (node.get("author") is not None) + sum(map(nodes, children))


def story(content: bytes) -> int:
    tree = loaded(content)
    assert isinstance(tree, dict) and isinstance(tree.get("children"), list)
    return nodes(tree)


def item(content: bytes) -> int:
    found = loaded(content)
    return 0 if found is None or (isinstance(found, dict) and (found.get("deleted") or found.get("dead"))) else 1


def _stackexchange(content: bytes, path: str) -> StackExchangeRun:
    asked_before: list[str] = []

    def answers(asked_path: str, asked: Asked) -> bytes:
        is_first = asked_path not in asked_before
        asked_before.append(asked_path)
        if re.fullmatch(f"/2.3{path}", asked_path) and is_first:
            return content
        if asked_path == "/2.3/questions/1" and is_first:
            return json.dumps({"items": [QUESTION], "has_more": False}).encode()
        return b'{"items": [], "has_more": false}'

    client: Any = Served(answers)
    config = StackExchangeConfig(name="se", exchange="example", tags=[WORD])
    memory = Memory({"watched": {"threads": {"1": {"created": None, "until": 2**40, "read": None, "sign": None}}}})
    return StackExchangeRun(config, StackExchangeApi(client, config, memory, CLOCK, None), memory, CLOCK, {})


def stackexchange(path: str) -> Callable[[bytes], Iterator[Page]]:
    return lambda content: _stackexchange(content, path).live()


def telegram(content: bytes) -> Iterator[Page]:
    pytest.importorskip("snscrape", reason="the extra snscrape is not installed")
    from flows.sources.telegram.config import TelegramConfig
    from flows.sources.telegram.preview import Preview
    from flows.sources.telegram.run import Run

    empty = b"<html><section class='tgme_channel_history'></section></html>"
    client: Any = Served(lambda path, asked: empty if "before" in asked else content)
    config = TelegramConfig(name="tg", channels=[WORD])
    yield from Run(config, Preview(client), Memory({}), CLOCK, {}).channel(WORD)


def telegram_posts(content: bytes) -> int:
    """Posts of a page, each once; half a page, or another, has none that count."""
    page = LexborHTMLParser(content)
    assert b"</html" in content.lower() and page.css_first(".tgme_channel_history")
    return len({node.attributes.get("data-post") for node in page.css(".tgme_widget_message[data-post]")})
