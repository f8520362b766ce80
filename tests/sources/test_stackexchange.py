"""Stack Exchange over loopback HTTP: what is read, edits, deletions, backoff, quota, and what a run costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from flows.errors import SettingError
from flows.sources.base import Period, Source
from flows.sources.http import Clock, Hosts
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.source import StackExchange
from tests.helpers.runs import Collector
from tests.servers.answering import AnsweringServer, answering_server
from tests.servers.feed_server import Reply
from tests.servers.stackexchange_server import HOME, Post, StackExchangeServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
T = int(NOW.timestamp())
HOUR, DAY = 3600, 86_400


@dataclass
class Reader(Collector):
    """A source that reads a tag, and the site that it asks."""

    there: StackExchangeServer = None  # type: ignore[assignment]
    server: AnsweringServer = None  # type: ignore[assignment]

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def requests(self) -> list[str]:
        paths = [path.split("?")[0].removeprefix("/2.3") for path in self.server.paths()]
        self.server.asked.clear()
        return paths


@pytest.fixture
def reader() -> Iterator[Reader]:
    there = StackExchangeServer()
    with answering_server(there) as server:

        def opened(hosts: Hosts, clock: Clock, **options: Any) -> Source:
            given: dict[str, Any] = {
                "name": "questions", "exchange": "example", "tags": ["example-sdk"], "crawl_delay": 0,
                "base_url": server.url("/2.3"), "allowed_private": ["127.0.0.0/8"],
            } | options  # fmt: skip
            return StackExchange(StackExchangeConfig(**given), hosts, clock)

        yield Reader(opened, NOW, there=there, server=server)


def talk(there: StackExchangeServer) -> None:
    """Two tagged questions, one with answers and comments, and one of another tag."""
    tags = ("example-sdk",)
    there.add(
        Post(
            1,
            T - 30 * HOUR,
            "<p>It says &quot;no&quot;.</p>",
            "Card &amp; PIN refused?",
            tags,
            active=T - 20 * HOUR,
        ),
        Post(2, T - 25 * HOUR, "<p>Restart it</p>", parent=1, score=3),
        Post(
            3,
            T - 20 * HOUR,
            "<p>Call them</p>",
            parent=1,
            owner={"display_name": "user9", "user_type": "does_not_exist"},
        ),
        Post(50, T - 24 * HOUR, "which one?", parent=1, is_comment=True, score=1),
        Post(51, T - 23 * HOUR, "did not help", parent=2, is_comment=True, owner={"user_type": "does_not_exist"}),
        Post(4, T - 10 * HOUR, "<p>Hello</p>", "Second", tags),
        Post(5, T - 9 * HOUR, "<p>Hello</p>", "Other", ("else",)),
    )


def test_questions_of_a_tag_are_read_with_their_answers_and_comments(reader: Reader) -> None:
    talk(reader.there)
    ran = reader.run()
    assert sorted(set(ran.ids)) == ["1", "2", "3", "4", "c50", "c51"]
    assert (ran.rejects, ran.gaps, ran.error) == ([], [], "")
    question, answer, comment = ran.mapped["1"], ran.mapped["3"], ran.mapped["c51"]
    assert (question["title"], question["body"], question["thread"]) == (
        "Card & PIN refused?",
        'It says "no".',
        "1",
    )
    assert (question["account"], question["display_name"]) == ("7", "Ann O'Fictif")
    assert question["posted_at"] == "2026-11-20T06:00:00+00:00"
    assert (answer["thread"], answer["parent"], answer["account"]) == ("1", "1", "user9")
    assert (comment["thread"], comment["parent"], comment["account"]) == ("1", "2", "unknown-c51")
    assert comment["url"] == f"{HOME}/questions/1#comment51_2"
    assert answer["url"] == f"{HOME}/a/3"
    assert reader.counters["1"] == {"reactions": 0, "replies": 2, "views": 40}
    assert all(len(versions) == 1 for versions in reader.versions.values())
    assert {one.headers["accept-encoding"] for one in reader.server.asked} == {"gzip"}


def test_questions_are_found_by_words(reader: Reader) -> None:
    talk(reader.there)
    assert set(reader.run(tags=[], searches=["card"]).ids) >= {"1", "2", "c50"}
    assert "4" not in reader.versions


def test_an_unchanged_poll_costs_one_request_a_listing(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    first = reader.requests()
    reader.later(minutes=15)
    reader.run()
    assert (len(first), reader.requests()) == (4, ["/questions"])


def test_what_only_counts_makes_no_version(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.there.change(1, score=40, active=T + 10)
    reader.later(hours=1)
    reader.run()
    assert (len(reader.versions["1"]), reader.counters["1"]["reactions"]) == (1, 40)


def test_edits_are_versions_and_new_comments_are_found_though_nothing_gets_active(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.later(hours=5)
    now = int(reader.now.timestamp())
    reader.there.touch(2, now - 60, body="<p>Restart it twice</p>")
    reader.there.add(Post(52, now - 50, "it did!", parent=4, is_comment=True))
    reader.there.comments[50] = replace(reader.there.comments[50], body="which one, please?", edited=now)
    reader.run()
    bodies = {
        key: [version["mapped"]["body"] for version in all_ if version] for key, all_ in reader.versions.items()
    }
    assert bodies["2"] == ["Restart it", "Restart it twice"]
    assert bodies["c50"] == ["which one?", "which one, please?"]
    assert bodies["c52"] == ["it did!"]
    edited = reader.versions["2"][-1]
    assert edited and edited["mapped"]["edited_at"] == "2026-11-21T16:59:00+00:00"


def test_what_was_deleted_becomes_a_tombstone_once(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    del reader.there.posts[3], reader.there.comments[51]
    reader.later(hours=12)
    assert sorted(reader.run().dead) == ["3", "c51"]
    reader.later(days=20)
    del reader.there.posts[1], reader.there.comments[50]
    ran = reader.run()
    assert sorted(ran.dead) == ["1", "c50"]
    reader.later(days=2)
    assert reader.run().dead == []


def test_an_answer_that_lacks_everything_deletes_nothing(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(*(Post(n, T - n, "x", "y", tags) for n in range(1, 40)))
    reader.run()
    reader.there.posts.clear()
    reader.later(days=30)
    ran = reader.run()
    assert (ran.dead, set(ran.reasons)) == ([], {"layout changed"})


def test_listings_are_read_through_though_questions_move_meanwhile(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(*(Post(n, T - 40 * DAY, "x", "y", tags, active=T - 9000 + n // 3) for n in range(1, 60)))
    moved = iter(range(1, 60, 4))

    def move(path: str) -> None:
        if path == "/2.3/questions" and (number := next(moved, None)):
            reader.there.change(number, active=T - 100 + number)

    reader.there.before = move
    reader.run(page_size=7)
    assert len(reader.versions) == 59


def test_a_second_with_more_questions_than_a_page_is_read_through(reader: Reader) -> None:
    reader.there.add(*(Post(n, T - 500, "x", "y", ("example-sdk",)) for n in range(1, 30)))
    reader.run(page_size=4, watch_days=0)
    assert len(reader.versions) == 29


def test_runs_that_overlap_double_nothing_and_miss_nothing(reader: Reader) -> None:
    number = 0
    for _ in range(10):
        for _ in range(3):
            number += 1
            reader.there.add(Post(number, int(reader.now.timestamp()) - 30, "x", "y", ("example-sdk",)))
        reader.run(page_size=2)
        reader.later(minutes=20)
    assert len(reader.versions) == 30
    assert all(len(versions) == 1 for versions in reader.versions.values())


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_a_killed_run_goes_on_where_it_ended(reader: Reader, most: int) -> None:
    talk(reader.there)
    reader.there.add(*(Post(n, T - n * 60, "x", "y", ("example-sdk",)) for n in range(100, 120)))
    reader.run(most=most, page_size=5)
    reader.later(minutes=3)
    assert reader.run(page_size=5).error == ""
    assert len(reader.versions) == 26


def test_a_backoff_is_waited_for_before_the_method_is_asked_again(reader: Reader) -> None:
    talk(reader.there)
    reader.there.said = {"backoff": 20}
    reader.run(page_size=1, watch_days=0)
    assert (reader.requests(), reader.waited) == (["/questions"] * 3, 40)
    reader.run(page_size=1, watch_days=0)
    assert (reader.requests(), reader.waited) == (["/questions"], 60), "the next run waits, too"
    reader.there.said = {"backoff": 600}
    reader.later(minutes=1)
    reader.run(page_size=1, watch_days=0)
    ran = reader.run(page_size=1, watch_days=0)
    assert ran.gaps == ["the API asks for a rest of 600 s, longer than a run waits: the next run goes on from here"]


def test_a_quota_that_is_used_up_ends_the_run_and_is_not_tried_again_before_its_time(reader: Reader) -> None:
    talk(reader.there)
    reader.there.quota = 2
    ran = reader.run()
    assert (len(ran.gaps), "quota is used up" in ran.gaps[0], ran.error) == (1, True, "")
    reader.requests()
    reader.later(hours=1)
    assert (len(reader.run().gaps), reader.requests()) == (1, [])
    reader.later(hours=12)
    reader.there.quota = 300
    reader.run()
    assert sorted(reader.versions) == ["1", "2", "3", "4", "c50", "c51"]


def test_a_throttled_request_says_when_to_come_back(reader: Reader) -> None:
    talk(reader.there)
    reader.there.quota = 0
    assert "left alone for 4,000 s" in reader.run().gaps[0]
    reader.there.quota = 300
    reader.later(seconds=3000)
    assert len(reader.run().gaps) == 1
    reader.later(seconds=1001)
    assert reader.run().gaps == []


def test_a_busy_api_is_asked_again_after_the_time_that_it_names(reader: Reader) -> None:
    talk(reader.there)
    reader.server.faults = [Reply(status=429, headers={"Retry-After": "11"}), Reply(status=503)]
    assert reader.run().error == ""
    assert reader.waited >= 11


def test_a_refused_request_is_told_in_the_words_of_the_api(reader: Reader) -> None:
    reader.server.faults = [
        Reply(b'{"error_id": 400, "error_name": "bad_parameter", "error_message": "tagged"}', 400)
    ]
    ran = reader.run()
    assert (ran.reasons, "400 bad_parameter tagged" in ran.rejects[0].detail) == (["error status"], True)
    reader.server.faults = [Reply(b'{"wrapper": 1}')]
    ran = reader.run()
    assert (ran.reasons, ran.rejects[0].content) == (["layout changed"], b'{"wrapper": 1}')


def test_an_item_that_is_none_is_rejected_and_nothing_is_taken_as_deleted(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.later(hours=9)
    listing = b'{"items": [], "has_more": false}'
    broken = b'{"items": [7, {"question_id": 1, "creation_date": "x", "link": "y"}], "has_more": false}'
    reader.server.faults = [Reply(listing), Reply(broken)]
    ran = reader.run()
    assert (ran.reasons[:2], ran.dead) == (["wrong shape"] * 2, [])


def test_a_nul_is_rejected_and_talk_of_one_is_not(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(Post(1, T - 9, "a \0 b", "x", tags), Post(2, T - 8, r"what is \u0000 for?", "y", tags))
    ran = reader.run()
    assert (set(ran.ids), set(ran.reasons)) == ({"2"}, {"wrong shape"})


def test_a_key_is_sent_and_never_shown(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_KEY", "s3cr3t)key")
    talk(reader.there)
    reader.run(key_env="EXAMPLE_KEY")
    assert all("key=s3cr3t%29key" in path for path in reader.server.paths())
    reader.server.faults = [Reply(status=500)] * 3 + [Reply(reset=True)] * 3
    ran = reader.run(key_env="EXAMPLE_KEY", tags=["a", "b"])
    said = str([(r.detail, r.content, r.locator) for r in ran.rejects]) + ran.error + str(ran.pages)
    assert (len(ran.rejects), "s3cr3t" in said) == (2, False)
    monkeypatch.delenv("EXAMPLE_KEY")
    with pytest.raises(SettingError, match="EXAMPLE_KEY"):
        list(reader.open(hosts=reader.hosts, clock=reader.clock, key_env="EXAMPLE_KEY").pages(None, {}))


def test_a_period_is_filled_back_with_answers_and_comments(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(*(Post(n, T - n * DAY, "x", "y", tags) for n in range(10, 300)))
    reader.there.add(
        Post(1000, T - DAY, "late answer", parent=150), Post(2000, T, "c", parent=150, is_comment=True)
    )
    period = Period(NOW - timedelta(days=200), NOW - timedelta(days=100))
    options = {"page_size": 20, "history_days": 1}
    reader.run(**options)
    live = reader.cursor
    first = reader.back_fill(period, most=2, **options)
    rest = reader.back_fill(period, cursor=first.pages[-1].next_cursor, **options)
    assert {*first.ids, *rest.ids} == {*map(str, range(101, 201)), "1000", "c2000"}
    assert reader.cursor == live
    assert reader.back_fill(period, cursor=rest.pages[-1].next_cursor, **options).pages == []


def test_listed_questions_are_watched_and_missing_ones_told(reader: Reader) -> None:
    talk(reader.there)
    ran = reader.run(tags=[], questions=[5, 77])
    assert (ran.ids, ran.reasons) == (["5"], ["not found"])
    assert "take it off the list" in ran.rejects[0].detail


def test_the_form_describes_every_field_and_wants_something_to_look_for() -> None:
    assert all(field.description for name, field in StackExchangeConfig.model_fields.items() if name != "type")
    with pytest.raises(ValidationError, match="at least one"):
        StackExchangeConfig(name="x", exchange="stackoverflow")
    with pytest.raises(ValidationError):
        StackExchangeConfig(name="x", exchange="a:b", tags=["c"])
    facts = StackExchange(StackExchangeConfig(name="x", exchange="stackoverflow", tags=["c#"])).facts()
    assert (facts.site, facts.answerable) == ("stackoverflow", "intent")
