"""Mastodon and Bluesky: lists and threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.records import Json, Page
from flows.sources.bluesky.api import Api as BlueskyApi
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.mapping import Place as BlueskyPlace
from flows.sources.bluesky.run import Run as BlueskyRun
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Memory
from flows.sources.mastodon.api import Api as MastodonApi
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.run import Run as MastodonRun
from flows.sources.rechecks import Absences
from tests.sources.fuzzing.served import CLOCK, NOW, WORD, Asked, Served, listed


def _mastodon(content: bytes) -> MastodonRun:
    client: Any = Served(lambda path, asked: b"[]" if "max_id" in asked else content)
    memory = Memory({"server": {"domain": "example.org", "batches": True}})
    config = MastodonConfig(name="m", instance="https://example.org", hashtags=[WORD])
    watch = WatchedPosts({}, memory, Absences(memory, config, NOW), days=config.watch_days, now=NOW)
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
    watch = WatchedPosts({}, memory, Absences(memory, config, NOW), days=config.watch_days, now=NOW)
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
    return sum(not (isinstance(one, dict) and isinstance(one.get("reason"), dict)) for one in listed(found, "feed"))


def context(found: Any) -> int:
    return sum(statuses(listed(found, name)) for name in ("ancestors", "descendants"))


def thread_posts(found: Any) -> int:
    assert isinstance(found["thread"], dict) and not str(found["thread"].get("$type")).endswith("#notFoundPost")
    return tree_posts(found["thread"])
