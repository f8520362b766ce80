"""Forums that offer JSON: Discourse, NodeBB and Flarum, of today and of years ago."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest

from flows.sources.forum.config import ForumConfig
from flows.sources.forum.source import Forum
from tests.servers.json_forums import JsonForum
from tests.servers.json_server import JsonServer, json_server
from tests.sources.forum.boards import DAY, HOUR, NOW, SOON
from tests.sources.running import Ran, Runner

KINDS = [(engine, old) for engine in ("discourse", "nodebb", "flarum") for old in (False, True)]


@dataclass
class Talk:
    """A forum and who collects it."""

    forum: JsonForum
    server: JsonServer
    runner: Runner

    def run(self, later: timedelta = SOON, **options: Any) -> Ran:
        given = {
            "name": "talk", "site": "talk", "addresses": [self.server.url("/")], "crawl_delay": 0,
            "allowed_private": ["127.0.0.0/8"],
        }  # fmt: skip
        ran = self.runner.run(ForumConfig(**given | options), later=later)
        for page in ran.pages:
            for record in page.records:
                self.mapped[record.record_id] = orjson.loads(record.content)["mapped"]
                self.counters[record.record_id] = record.counters
                self.versions[record.record_id] = self.versions.get(record.record_id, 0) + 1
            for dead in page.tombstones:
                self.mapped.pop(dead.record_id, None)
        return ran

    def __post_init__(self) -> None:
        self.mapped: dict[str, dict[str, Any]] = {}
        self.counters: dict[str, Any] = {}
        self.versions: dict[str, int] = {}

    def texts(self) -> dict[str, str]:
        return {number: mapped["body"].removeprefix("@x ").strip() for number, mapped in self.mapped.items()}


@pytest.fixture(params=KINDS, ids=[f"{engine}{'-old' if old else ''}" for engine, old in KINDS])
def talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    engine, old = request.param
    forum = JsonForum(engine, old=old)
    with json_server(forum.answer) as server:
        yield Talk(forum, server, Runner(Forum, now=NOW))


def fill(forum: JsonForum, threads: int = 45) -> None:
    for number in range(threads):
        at = NOW - timedelta(days=5) + timedelta(minutes=10 * number)
        thread = forum.start(f"Sujet {number}", "ann", f"Question {number}", at)
        for reply in range(number):
            forum.write(thread, "ben", f"Réponse {reply} à {number}", at + timedelta(seconds=reply + 1))


def test_everything_is_read_and_an_unchanged_forum_costs_little(talk: Talk) -> None:
    fill(talk.forum)
    first = talk.run()
    assert (first.rejects, first.gaps) == ([], [])
    assert talk.texts() == talk.forum.texts()
    talk.server.count()
    again = talk.run(look_again=0)
    assert again.records == []
    assert talk.server.count() <= 2


def test_a_post_says_who_when_where_and_what_it_answers(talk: Talk) -> None:
    thread = talk.forum.start(
        "Carte &amp; code" if talk.forum.engine == "nodebb" else "Carte & code", "ann", "Refusée", NOW - HOUR
    )
    talk.forum.write(thread, "ben", "Fermé", NOW - HOUR, kind="closed")
    talk.forum.write(thread, "ben", "Pareil", NOW - HOUR / 2, reply=1, likes=3)
    talk.run()
    assert set(talk.mapped) == {"1", "3"}, "what nobody wrote is no message"
    question, answer = talk.mapped["1"], talk.mapped["3"]
    assert (question["title"], question["thread"], question["handle"]) == ("Carte & code", str(thread), "ann")
    assert (answer["parent"], answer["thread"], answer["posted_at"]) == (
        "1",
        str(thread),
        "2026-11-21T11:30:00+00:00",
    )
    assert question["account"] != answer["account"]
    assert "title" not in answer
    if talk.forum.engine != "flarum":
        assert talk.counters["3"]["reactions"] == 3


def test_news_edits_deletions_and_likes_are_seen(talk: Talk) -> None:
    fill(talk.forum, 12)
    talk.run()
    talk.server.count()
    young = max(talk.forum.titles)
    new = talk.forum.write(young, "zoe", "Encore", talk.runner.now, reply=talk.forum.of(young)[0].id)
    talk.run(look_again=0)
    assert talk.server.count() <= 3
    assert talk.texts() == talk.forum.texts()
    assert talk.mapped[str(new)]["parent"] == str(talk.forum.of(young)[0].id)

    posts = talk.forum.of(young)
    posts[0].text, posts[0].edited, posts[1].likes = "Résolu", NOW, 5
    talk.forum.delete(posts[2].id)
    posts[3].hidden = True
    for _ in range(4):
        talk.run(DAY / 2, look_again=20)
    assert talk.texts() == talk.forum.texts()
    assert talk.mapped[str(posts[0].id)]["edited_at"] == NOW.isoformat()
    assert talk.versions[str(posts[4].id)] == 1
    if talk.forum.engine != "flarum":
        assert talk.counters[str(posts[1].id)]["reactions"] == 5


def test_a_new_thread_is_read_whole(talk: Talk) -> None:
    fill(talk.forum, 5)
    talk.run()
    thread = talk.forum.start("Panne", "zoe", "Tout est en panne", talk.runner.now)
    for number in range(60):
        talk.forum.write(thread, "ben", f"Chez moi aussi {number}", talk.runner.now + timedelta(seconds=number))
    talk.run()
    assert talk.texts() == talk.forum.texts()


def test_a_thread_that_is_gone_takes_its_posts_along(talk: Talk) -> None:
    fill(talk.forum, 8)
    talk.run()
    thread = max(talk.forum.titles)
    for post in talk.forum.of(thread):
        talk.forum.delete(post.id)
    for _ in range(4):
        talk.run(DAY, look_again=20)
    assert talk.texts() == talk.forum.texts()


@pytest.mark.parametrize("old", [False, True])
def test_holes_in_the_ids_and_more_news_than_one_answer_holds(old: bool) -> None:
    forum = JsonForum("discourse", old=old)
    with json_server(forum.answer) as server:
        talk = Talk(forum, server, Runner(Forum, now=NOW))
        fill(forum, 4)
        talk.run()
        threads = list(forum.titles)
        for number in range(130):
            if number % 17 == 0:
                forum.skip(70)
            forum.write(threads[number % 3], "zoe", f"Suite {number}", talk.runner.now + timedelta(seconds=number))
        talk.run(max_requests=2, look_again=0)
        for _ in range(12):
            talk.run(max_requests=6, look_again=0)
        assert talk.texts() == forum.texts()
        assert set(talk.versions.values()) == {1}


def test_an_api_that_robots_txt_forbids_is_not_read() -> None:
    forum = JsonForum("nodebb")

    def answer(request: Any) -> tuple[int, Any]:
        if request.path == "/robots.txt":
            return 200, b"User-agent: *\nDisallow: /api/"
        return forum.answer(request)

    fill(forum, 2)
    with json_server(answer) as server:
        talk = Talk(forum, server, Runner(Forum, now=NOW))
        ran = talk.run()
        assert not any("/api/" in path for path in server.paths())
        assert ran.records == []
        assert ran.error, "nothing of its pages can be read without JavaScript"
