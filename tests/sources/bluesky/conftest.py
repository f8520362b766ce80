"""A source over loopback HTTP, beside a service that answers as Bluesky's does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.source import Bluesky
from tests.servers.json_server import JsonServer, Request, json_server
from tests.sources.running import Ran, Runner

Post = dict[str, Any]
NO_POST = 400, {"error": "NotFound", "message": "Post not found"}


@dataclass
class Service:
    """Posts by address; lists newest first, threads as trees, posts in batches."""

    posts: dict[str, Post] = field(default_factory=dict)
    recorded: dict[str, Any] = field(default_factory=dict)
    page: int = 100
    closed: bool = False

    def write(self, at: datetime, text: str, author: str = "ann", answers: str | None = None, **record: Any) -> str:
        """Write a post; return its address."""
        uri = f"at://did:plc:{author}/app.bsky.feed.post/{int(at.timestamp() * 1e6)}"
        said = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if answers:
            root = self.posts[answers]["record"].get("reply", {"root": {"uri": answers}})["root"]["uri"]
            record["reply"] = {"root": {"uri": root, "cid": "c"}, "parent": {"uri": answers, "cid": "c"}}
            self.posts[answers]["replyCount"] += 1
        self.posts[uri] = {
            "uri": uri, "cid": "c", "author": {"did": f"did:plc:{author}", "handle": f"{author}.example.org"},
            "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": said, "langs": ["en"]} | record,
            "indexedAt": said, "likeCount": 0, "replyCount": 0, "repostCount": 0,
        }  # fmt: skip
        return uri

    def answer(self, request: Request) -> tuple[int, Any]:  # noqa: PLR0911
        """Answer as the API does."""
        match request.path.rpartition("/")[2]:
            case "app.bsky.feed.getAuthorFeed":
                actor = request.one("actor") or ""
                if actor in self.recorded:
                    return 200, {"feed": [] if request.one("cursor") else self.recorded[actor]}
                found = self._list([p for p in self.posts.values() if p["author"]["handle"] == actor], request)
                return 200, {"feed": [{"post": post} for post in found]} | self._cursor(found)
            case "app.bsky.feed.searchPosts":
                if self.closed:
                    return 403, {"error": "Forbidden", "message": "no"}
                words = request.one("q") or ""
                found = self._list([p for p in self.posts.values() if words in p["record"]["text"]], request)
                return 200, {"posts": found} | self._cursor(found)
            case "app.bsky.feed.getPosts":
                return 200, {"posts": [self.posts[i] for i in request.query["uris"] if i in self.posts]}
            case "app.bsky.feed.getPostThread":
                uri = request.one("uri") or ""
                return (200, {"thread": self._tree(uri)}) if uri in self.posts else NO_POST
        return 501, {"error": "MethodNotImplemented", "message": "no such method"}

    def _list(self, found: list[Post], request: Request) -> list[Post]:
        below = request.one("cursor") or request.one("until") or "9"
        found = sorted(found, key=lambda post: str(post["indexedAt"]), reverse=True)
        found = [post for post in found if post["indexedAt"] < below]
        return found[: min(self.page, int(request.one("limit") or 50))]

    def _cursor(self, found: list[Post]) -> dict[str, str]:
        return {"cursor": found[-1]["indexedAt"]} if found else {}

    def _tree(self, uri: str) -> Post:
        replies = [
            p["uri"]
            for p in self.posts.values()
            if p["record"].get("reply", {}).get("parent", {}).get("uri") == uri
        ]
        return {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self.posts[uri],
            "replies": [self._tree(reply) for reply in replies],
        }


@dataclass
class World:
    """A service, the server that it answers through, and a runner."""

    service: Service
    server: JsonServer
    runner: Runner

    def config(self, **options: Any) -> BlueskyConfig:
        given = {"name": "sky", "service": self.server.url(""), "crawl_delay": 0} | options
        if not {"accounts", "searches"} & given.keys():
            given["searches"] = ["#fabel"]
        return BlueskyConfig(allowed_private=["127.0.0.0/8"], **given)

    def run(self, *, later: timedelta = timedelta(), most: int | None = None, **options: Any) -> Ran:
        return self.runner.run(self.config(**options), later=later, most=most)


@pytest.fixture
def world() -> Iterator[World]:
    service = Service()
    with json_server(service.answer) as server:
        yield World(service, server, Runner(Bluesky, now=datetime(2026, 11, 21, 12, tzinfo=UTC)))
