"""One run over one service that speaks Bluesky's API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.records.times import read_time
from flows.sources.bluesky.api import BATCH, Api
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.mapping import STREAM, Place, answers, post_id, to_record, written_at
from flows.sources.follow.run import Follow, NotThere, Read
from flows.sources.follow.timelines import Answer, Item
from flows.sources.follow.watching import WatchedPosts
from flows.sources.http import Clock, Memory


class Run(Follow):
    """A run; a post is watched with the root of its thread, which is asked for whole."""

    stream = STREAM
    batch = BATCH

    def __init__(
        self, config: BlueskyConfig, place: Place, api: Api, memory: Memory, watch: WatchedPosts, *, clock: Clock
    ) -> None:
        """Nothing is asked before the first list."""
        super().__init__(config, place.site, memory, watch, clock)
        self._place = place
        self._api = api
        self._roots: set[str] = set()

    def reader(self, name: str) -> Read:
        """Return how a list is asked: a feed with its cursor, a search with the moment to read below."""
        kind, _, what = name.partition(":")
        return lambda older: self._feed(what, older) if kind == "account" else self._search(what, older)

    def jump(self, moment: datetime, first: Answer) -> str | None:
        """A search ends at a moment, and a feed's cursor is one, where it looks like one."""
        return _iso(moment) if first.older and read_time(first.older) else None

    def take(self, found: Any, where: str, *, watch: bool) -> str | None:
        """Turn a post into a record, and watch it; return its id, None where it is a repost or a reject."""
        if isinstance(found, dict) and "post" in found:
            if isinstance(found.get("reason"), dict):
                return None
            found = found["post"]
        place = f"{where} {post_id(found) or ''}".strip()
        record = self.add(lambda: to_record(found, self._place, self._now), found, place)
        if record is None:
            return None
        if watch or self.watch.knows(record.record_id):
            replies = (record.counters or {}).get("replies", 0)
            root = answers(found, "root") or record.record_id
            at = written_at(found) or self._now
            self.watch.see(record.record_id, root, at, replies, answers(found, "parent"))
        return record.record_id

    def read_thread(self, record_id: str) -> None:
        """Take the whole thread of a post; where its root is gone, or was not enough, what is around the post."""
        root = self.watch.native(record_id)
        try:
            tree = self._api.thread(record_id if root in self._roots else root)
        except NotThere:
            if root == record_id or root in self._roots:
                raise
            tree = self._api.thread(record_id)
        finally:
            self._roots.add(root)
        posts = list(_posts(tree))
        ids = set(filter(None, [self.take(post, f"thread of {root}", watch=True) for post in posts]))
        replies = Counter(answers(post, "parent") for post in posts if post_id(post) in ids)
        for other in ids:
            self.watch.cover(other, replies[other])

    def look_at(self, record_ids: list[str]) -> list[str]:
        """Look at several posts at once; return those that are not among what came."""
        came = {self.take(post, "posts", watch=True) for post in self._api.posts(record_ids)}
        return [record_id for record_id in record_ids if record_id not in came]

    def look(self, record_id: str) -> None:
        """Look at one post; a post that is blocked or hidden from us is not gone."""
        for post in _posts(self._api.thread(record_id, depth=0)):
            self.take(post, "post", watch=True)

    def _feed(self, actor: str, cursor: str | None) -> Answer:
        found = self._api.account(actor, cursor)
        older = found.get("cursor")
        return Answer([_item(entry) for entry in found["feed"]], older if isinstance(older, str) else None)

    def _search(self, query: str, until: str | None) -> Answer:
        items = [_item({"post": post}) for post in self._api.search(query, until)["posts"]]
        oldest = min((item.at for item in items if item.at), default=None)
        # A moment is not included: what was written in the same millisecond as the oldest is asked for again.
        return Answer(items, _iso(oldest + timedelta(milliseconds=1)) if oldest else None)


def _item(entry: Any) -> Item:
    """An entry of a feed: a repost stands where it was reposted."""
    if not isinstance(entry, dict):
        return Item(entry)
    post, reason = entry.get("post"), entry.get("reason")
    if not isinstance(reason, dict):
        return Item(entry, post_id(post), written_at(post))
    found = read_time(reason.get("indexedAt")) if isinstance(reason.get("indexedAt"), str) else None
    return Item(entry, f"repost {post_id(post)}", found[0] if found else None)


def _posts(tree: Any) -> Iterator[Any]:
    """Every post of a thread, without recursion, and what is damaged; what is missing, blocked or hidden is not."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "post" in node:
                yield node["post"]
            replies = node.get("replies")
            waiting += [node.get("parent"), *(replies if isinstance(replies, list) else [replies])]
        elif node is not None:
            yield node


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
