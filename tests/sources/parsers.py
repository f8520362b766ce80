"""Every parser of the product as a function from bytes to pages, and how many inputs the bytes hold, counted apart.

A parser stands behind the source's own code: the answer that it reads comes where the source asks for it.
`items` counts what must come out again, as a record, a reject or a tombstone; it raises where nobody can count,
and then one reject or error must say so.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import httpx
import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.sources.base import Json, Page
from flows.sources.bluesky.api import Api as BlueskyApi
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.mapping import Place as BlueskyPlace
from flows.sources.bluesky.run import Run as BlueskyRun
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.run import Run as FeedsRun
from flows.sources.files import Files, FilesConfig
from flows.sources.follow.watching import Watch
from flows.sources.hackernews.api import Api as HackerNewsApi
from flows.sources.hackernews.api import Term
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.run import Run as HackerNewsRun
from flows.sources.http import Answer, Budget, Clock, Manners, Memory, Validators
from flows.sources.mailbox.batch import Batch, Task
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.mapping import Found
from flows.sources.mastodon.api import Api as MastodonApi
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.run import Run as MastodonRun
from flows.sources.reddit.api import Api as RedditApi
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.intake import Intake
from flows.sources.reddit.places import Place as Listing
from flows.sources.reddit.places import poll
from flows.sources.reddit.trees import Tree
from flows.sources.stackexchange.api import Api as StackExchangeApi
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.run import Run as StackExchangeRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOCK = Clock(lambda: NOW, lambda: 0.0, lambda seconds: None, lambda: 0)
WORD = "bank"
Asked = dict[str, str]
QUESTION = {"question_id": 1, "creation_date": int(NOW.timestamp()), "title": "Q", "owner": {"display_name": "Ann"},
            "link": "https://example.stackexchange.test/questions/1/x", "body": "<p>q", "tags": []}  # fmt: skip


class Served:
    """Stands where the polite client does: every answer is a 200, with what `answers` says."""

    def __init__(self, answers: Callable[[str, Asked], bytes]) -> None:
        self.answers = answers
        self.manners, self.budget = Manners(), Budget()

    def get(self, url: str, **_: Any) -> Answer:
        parts = urlsplit(url)
        content = self.answers(parts.path, dict(parse_qsl(parts.query)))
        headers = httpx.Headers({"content-type": "application/json"})
        return Answer(url, 200, content, "application/json", Validators(), headers=headers)

    def send(self, method: str, url: str, **_: Any) -> Answer:
        return self.get(url)


@dataclass(frozen=True)
class Parser:
    """How bytes are read, and counted."""

    read: Callable[[bytes], Iterator[Page]]
    items: Callable[[bytes], int]


# Mastodon and Bluesky -----------------------------------------------------------------------------------------


def _mastodon(content: bytes) -> MastodonRun:
    client: Any = Served(lambda path, asked: b"[]" if "max_id" in asked else content)
    memory = Memory({"server": {"domain": "example.org", "batches": True}})
    config = MastodonConfig(name="m", instance="https://example.org", hashtags=[WORD])
    watch = Watch({}, memory, config.watch_days, NOW)
    return MastodonRun(config, "example.org", MastodonApi(client, config.address, None), memory, watch, clock=CLOCK)


def mastodon_list(content: bytes) -> Iterator[Page]:
    yield from _mastodon(content).read_list(f"hashtag:{WORD}", {}, 0)


def mastodon_thread(content: bytes) -> Iterator[Page]:
    run = _mastodon(content)
    run.watch.see("1", "1", NOW, 1, None)
    run.read_thread("1")
    yield run.page({})


def statuses(found: list[Any]) -> int:
    """Statuses that somebody wrote: a boost repeats one, unless it carries the id of the status itself (snac)."""
    return sum(not _is_boost(one) or _is_itself(one) for one in found)


def _is_boost(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("reblog"), dict)


def _is_itself(one: Json) -> bool:
    same = str(one["reblog"].get("id"))[-32:] == str(one.get("id"))[-32:]
    return same and not _is_boost(one["reblog"])


def _bluesky(content: bytes) -> BlueskyRun:
    def answers(path: str, asked: Asked) -> bytes:
        return b'{"feed": [], "posts": []}' if {"cursor", "until"} & asked.keys() else content

    client: Any = Served(answers)
    memory = Memory({})
    config = BlueskyConfig(name="b", searches=[WORD])
    watch = Watch({}, memory, config.watch_days, NOW)
    api = BlueskyApi(client, config.address, None, None)
    return BlueskyRun(config, BlueskyPlace("bluesky", True), api, memory, watch, clock=CLOCK)


def bluesky_feed(content: bytes) -> Iterator[Page]:
    yield from _bluesky(content).read_list("account:ann.example.org", {}, 0)


def bluesky_search(content: bytes) -> Iterator[Page]:
    yield from _bluesky(content).read_list(f"search:{WORD}", {}, 0)


def bluesky_thread(content: bytes) -> Iterator[Page]:
    run = _bluesky(content)
    run.watch.see("at://did:plc:a/app.bsky.feed.post/1", "at://did:plc:a/app.bsky.feed.post/1", NOW, 1, None)
    run.read_thread("at://did:plc:a/app.bsky.feed.post/1")
    yield run.page({})


def tree_posts(node: Any) -> int:
    """Posts of a thread; what is blocked, missing or hidden has none."""
    if not isinstance(node, dict):
        return node is not None
    replies = node.get("replies")
    below = replies if isinstance(replies, list) else [replies]
    return ("post" in node) + sum(map(tree_posts, [node.get("parent"), *below]))


def feed_posts(found: Json) -> int:
    """Entries of a feed that are no reposts."""
    return sum(
        not (isinstance(one, dict) and isinstance(one.get("reason"), dict)) for one in _listed(found, "feed")
    )


# Reddit -------------------------------------------------------------------------------------------------------


@cache
def _reddit() -> tuple[RedditConfig, Any, RedditApi]:
    """One client of the API for all: it signs in once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDDIT_CLIENT_ID", "an-app")
        patch.setenv("REDDIT_CLIENT_SECRET", "nobody's")
        client: Any = Served(lambda path, asked: b"")
        config = RedditConfig(name="r", subreddits=[WORD])
        return config, client, RedditApi(config, client, CLOCK)


def _reddit_answers(content: bytes) -> tuple[RedditApi, Intake]:
    token = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 86400, "scope": "*"}).encode()
    nothing = b'{"kind": "Listing", "data": {"children": [], "after": null}}'

    def answers(path: str, asked: Asked) -> bytes:
        if path.endswith("access_token"):
            return token
        if "morechildren" in path:
            return b'{"json": {"data": {"things": []}}}'
        is_branch = path.count("/") > 4 or "after" in asked
        return (b"[%b, %b]" % (nothing, nothing) if "/comments/" in path else nothing) if is_branch else content

    config, client, api = _reddit()
    client.answers = answers
    return api, Intake(config, Memory({}), CLOCK)


def reddit_listing(content: bytes) -> Iterator[Page]:
    api, intake = _reddit_answers(content)
    for taken in poll(api, intake, Listing(f"r/{WORD}/new", f"r/{WORD}/new")):
        yield intake.page(taken, {})


def reddit_thread(content: bytes) -> Iterator[Page]:
    api, intake = _reddit_answers(content)
    for taken in Tree(api, intake, "t3_abc").parts():
        yield intake.page(taken, {})


def listing_children(found: Any) -> list[Any]:
    children = found["data"]["children"]
    assert isinstance(children, list)
    return children


def tree_things(children: list[Any]) -> int:
    """Things of a tree, folds left out; what holds answers and cannot be read is one."""
    count = 0
    for child in children:
        data = child.get("data") if isinstance(child, dict) else None
        if not isinstance(data, dict):
            count += 1
        elif child.get("kind") != "more":
            replies = data.get("replies")
            try:
                below = listing_children(replies)
            except (AssertionError, KeyError, TypeError, IndexError):
                below = [replies] if replies not in ("", None) else []
            count += 1 + tree_things(below)
    return count


def thread_things(found: Any) -> int:
    top, comments = found
    return len(listing_children(top)) + tree_things(listing_children(comments))


# Hacker News and Stack Exchange -------------------------------------------------------------------------------


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
    for hit in _listed(found, "hits"):
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
    tree = _loaded(content)
    assert isinstance(tree, dict) and isinstance(tree.get("children"), list)
    return nodes(tree)


def item(content: bytes) -> int:
    found = _loaded(content)
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


# Telegram -----------------------------------------------------------------------------------------------------


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


# Feeds, mails, files ------------------------------------------------------------------------------------------


def feed(content: bytes) -> Iterator[Page]:
    client: Any = Served(lambda path, asked: content)
    config = FeedsConfig(name="f", urls=["https://example.org/feed"])
    yield from FeedsRun(config, Memory({}), client, CLOCK).feed(config.urls[0], 1, None)


def json_entries(content: bytes) -> int:
    return len({json.dumps(one, sort_keys=True) for one in _listed(_loaded(content), "items")})


def xml_entries(content: bytes) -> int:
    """Entries of a whole feed, each once: those of one id or link may be the same."""
    if not re.search(rb"<(?:\w+:)?(?:item|entry)\b", content):
        return 0
    root = ElementTree.fromstring(content)
    found = [node for node in root.iter() if _local(node) in {"item", "entry"}]
    above = {id(child): parent for parent in root.iter() for child in parent}
    assert _local(root) in {"rss", "feed", "rdf"}
    assert all(_local(above[id(node)]) in {"channel", "feed", "rdf"} for node in found)
    return len({
        next((text for name in ("guid", "id", "link") for text in _texts(node, name)), None) or ElementTree.tostring(node)
        for node in found
    })  # fmt: skip


def _local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2].lower()


def _texts(node: ElementTree.Element, name: str) -> list[str]:
    return [child.text.strip() for child in node if _local(child) == name and child.text and child.text.strip()]


def a_mail(content: bytes) -> Iterator[Page]:
    config = MailboxConfig(name="post", path="x", own=["example.org"], forms=["form@example.org"], receiver="mx")
    batch = Batch(Task(config, "mail", NOW), {})
    batch.take(Found(content), "here")
    yield batch.close()


def file(name: str, mapping: str) -> Callable[[bytes], Iterator[Page]]:
    def read(content: bytes) -> Iterator[Page]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            yield from Files(FilesConfig(name="archive", path=str(path), mapping=mapping)).pages(None, {})

    return read


def sessions(content: bytes) -> int:
    """Items of a JSON file; behind a number beyond 64 bits nothing can be read."""
    return len(_list(json.loads(content, parse_int=_small, parse_constant=_small)))


def _small(written: str) -> int:
    assert abs(int(written)) < 2**63
    return int(written)


def csv_rows(content: bytes) -> int:
    """Rows of a file without anything odd in it."""
    text = content.decode()
    assert content.isascii() and text.isprintable() is False and '"' not in text and "\0" not in text
    assert not re.search(r"[\r\x0b\x0c\x1c-\x1e]", text)
    _, *rows = csv.reader(io.StringIO(text))
    return sum(any(cell.strip() for cell in row) for row in rows)


def _loaded(content: bytes) -> Any:
    """JSON as it is meant: neither NaN nor half a surrogate pair is part of it. Raises ValueError."""
    return orjson.loads(content)


def _listed(found: Any, name: str) -> list[Any]:
    listed = found[name]
    assert isinstance(listed, list)
    return listed


def _list(found: Any) -> list[Any]:
    assert isinstance(found, list)
    return found


def _of(count: Callable[[Any], int]) -> Callable[[bytes], int]:
    return lambda content: count(_loaded(content))


def _items(found: Any) -> int:
    return len(_listed(found, "items"))


def _context(found: Any) -> int:
    return sum(statuses(_listed(found, name)) for name in ("ancestors", "descendants"))


def _tree(found: Any) -> int:
    assert isinstance(found["thread"], dict) and not str(found["thread"].get("$type")).endswith("#notFoundPost")
    return tree_posts(found["thread"])


PARSERS = {
    "mastodon list": Parser(mastodon_list, _of(lambda found: statuses(_list(found)))),
    "mastodon thread": Parser(mastodon_thread, _of(_context)),
    "bluesky feed": Parser(bluesky_feed, _of(feed_posts)),
    "bluesky search": Parser(bluesky_search, _of(lambda found: len(_listed(found, "posts")))),
    "bluesky thread": Parser(bluesky_thread, _of(_tree)),
    "reddit listing": Parser(reddit_listing, _of(lambda found: len(listing_children(found)))),
    "reddit thread": Parser(reddit_thread, _of(thread_things)),
    "hackernews search": Parser(hackernews_search, _of(hits)),
    "hackernews tree": Parser(hackernews_tree, story),
    "hackernews item": Parser(hackernews_item, item),
    "stackexchange questions": Parser(stackexchange("/questions"), _of(_items)),
    "stackexchange discussion": Parser(stackexchange("/questions/1"), _of(_items)),
    "stackexchange answers": Parser(stackexchange("/questions/1/answers"), _of(_items)),
    "stackexchange comments": Parser(stackexchange("/posts/.*/comments"), _of(_items)),
    "telegram": Parser(telegram, telegram_posts),
    "feed xml": Parser(feed, xml_entries),
    "feed json": Parser(feed, json_entries),
    "mail": Parser(a_mail, lambda content: 1),
    "file csv": Parser(file("tweets.csv", "twitter-support-archive"), csv_rows),
    "file json": Parser(file("sessions.json", "ibm-twitter-care"), sessions),
    "file jsonl": Parser(file("rows.jsonl", "messages"), lambda content: len(content.split(b"\n"))),
}
