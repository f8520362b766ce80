"""Discourse's own answers, recorded from forums, through the source; what they hold is counted apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from flows.sources.forum.config import ForumConfig
from flows.sources.forum.source import Forum
from tests.servers.json_forums import GENERATORS, NOT_FOUND
from tests.servers.json_server import JsonServer, Request, json_server
from tests.sources.forum.boards import SOON
from tests.sources.running import Runner

Said = dict[str, Any]


class Recorded:
    """A forum that answers with what another one answered: overlapping windows of posts, topics in parts.

    A topic is served as the union of the windows that were recorded; `until` hides posts with higher ids.
    """

    def __init__(self, folder: Path) -> None:
        self.until = 10**9
        self.latest: list[Said] = orjson.loads((folder / "posts.json").read_bytes())["latest_posts"]
        self.posts: dict[int, Said] = {post["id"]: post for post in self.latest}
        for file in sorted(folder.glob("t_*_posts*.json")):
            for post in orjson.loads(file.read_bytes())["post_stream"]["posts"]:
                self.posts.setdefault(post["id"], post)
        self.titles = {post["topic_id"]: post["topic_title"] for post in self.latest}

    def there(self, topic: int | None = None) -> list[Said]:
        found = [p for p in self.posts.values() if p["id"] <= self.until and topic in {None, p["topic_id"]}]
        return sorted(found, key=lambda post: (post["topic_id"], post["post_number"]))

    def answer(self, request: Request) -> tuple[int, Any]:
        match request.path.removesuffix(".json").strip("/").split("/"):
            case [""]:
                return 200, GENERATORS["discourse"].encode()
            case ["latest"]:
                return 200, {"topic_list": {"topics": [self.topic(number) for number in self.topics()]}}
            case ["posts"]:
                before = int(request.one("before") or 10**9)
                ids = sorted(
                    (p["id"] for p in self.latest if p["id"] <= self.until and p["id"] < before), reverse=True
                )
                return 200, {"latest_posts": [self.posts[number] for number in ids[:50]]}
            case ["t", number] if int(number) in self.topics():
                page = int(request.one("page") or 1)
                posts = self.there(int(number))
                stream = {"posts": posts[page * 20 - 20 : page * 20], "stream": [post["id"] for post in posts]}
                return 200, self.topic(int(number)) | {"post_stream": stream}
        return NOT_FOUND

    def topics(self) -> list[int]:
        numbers = {post["topic_id"] for post in self.there()}
        return sorted(numbers, key=lambda number: max(p["id"] for p in self.there(number)), reverse=True)

    def topic(self, number: int) -> Said:
        posts = self.there(number)
        last = max(post["created_at"] for post in posts)
        return {"id": number, "title": self.titles[number], "posts_count": len(posts), "bumped_at": last}


@pytest.fixture
def recorded(data: Path) -> Iterator[tuple[Recorded, JsonServer]]:
    forum = Recorded(data / "discourse_api" / "criticalfallibilism")
    with json_server(forum.answer) as server:
        yield forum, server


def config(server: JsonServer) -> ForumConfig:
    return ForumConfig(
        name="recorded", site="recorded", addresses=[server.url("/")], crawl_delay=0, history_days=10_000,
        allowed_private=["127.0.0.0/8"],
    )  # fmt: skip


def test_every_recorded_post_arrives_once(recorded: tuple[Recorded, JsonServer]) -> None:
    forum, server = recorded
    runner = Runner(Forum)
    ran = runner.run(config(server))
    assert (ran.rejects, ran.gaps) == ([], [])
    assert sorted(int(record.record_id) for record in ran.records) == sorted(forum.posts)
    assert len(forum.posts) == 60
    for number, mapped in ran.mapped.items():
        said = forum.posts[int(number)]
        assert mapped["handle"] == said["username"]
        assert mapped["account"] == str(said["user_id"])
        assert mapped["thread"] == str(said["topic_id"])
        assert mapped["posted_at"][:19] == said["created_at"][:19]
        assert mapped["body"], number
    answers = {
        str(p["id"]): [str(q["id"]) for q in forum.posts.values()
                       if (q["topic_id"], q["post_number"]) == (p["topic_id"], p["reply_to_post_number"])]
        for p in forum.posts.values() if p["reply_to_post_number"]
    }  # fmt: skip
    assert {number: [mapped["parent"]] for number, mapped in ran.mapped.items() if "parent" in mapped} == {
        number: parents for number, parents in answers.items() if parents
    }
    assert runner.run(config(server), later=SOON).records == []


def test_news_are_read_from_overlapping_windows(recorded: tuple[Recorded, JsonServer]) -> None:
    forum, server = recorded
    ids = sorted(forum.posts)
    runner, seen = Runner(Forum), []
    for until in (ids[len(ids) // 2], ids[-20], ids[-3], ids[-1]):
        forum.until = until
        seen += [record.record_id for record in runner.run(config(server), later=SOON).records]
    assert sorted(map(int, seen)) == ids


def test_a_topic_with_ids_that_are_not_given_says_so(data: Path) -> None:
    """A topic gives 20 posts and tells of two more, which are asked for by their ids: one of them is there."""
    folder = data / "discourse_api" / "perceval"
    topic = orjson.loads((folder / "discourse_topic_1148.json").read_bytes())
    other = orjson.loads((folder / "discourse_post.json").read_bytes()) | {"topic_id": 1148}
    ids = [post["id"] for post in topic["post_stream"]["posts"]]
    topic["post_stream"]["stream"] = [*ids, other["id"], 99_999]

    def answer(request: Request) -> tuple[int, Any]:
        if request.path == "/t/1148.json" and not request.one("page"):
            return 200, topic
        if request.path == "/t/1148/posts.json":
            posts = [other] if str(other["id"]) in request.query["post_ids[]"] else []
            return 200, {"id": 1148, "post_stream": {"posts": posts}}
        return NOT_FOUND

    with json_server(answer) as server:
        address = server.url("/t/support-ublock-origin/1148")
        given = config(server).model_copy(update={"addresses": [address], "engine": "discourse"})
        runner = Runner(Forum)
        ran = runner.run(given)
        assert runner.run(given, later=SOON).gaps == [], "it is said once"
    assert other["id"] not in ids
    assert {int(record.record_id) for record in ran.records} == {*ids, other["id"]}
    assert any("1 of its posts are told of and not given" in gap for gap in ran.gaps)
