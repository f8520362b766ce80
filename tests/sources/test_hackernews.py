"""Hacker News over loopback HTTP: what is found, what stays out, edits, deletions, and what a run costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from flows.sources.base import Period, Source
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.hackernews.source import HackerNews
from flows.sources.http import Clock, Hosts
from tests.helpers.runs import Collector
from tests.servers.answering import AnsweringServer, answering_server
from tests.servers.feed_server import Reply
from tests.servers.hackernews_server import HackerNewsServer, Item

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
T = int(NOW.timestamp())
HOUR = 3600


@dataclass
class Reader(Collector):
    """A source that looks for Example Bank, and the Hacker News that it asks."""

    there: HackerNewsServer = None  # type: ignore[assignment]
    server: AnsweringServer = None  # type: ignore[assignment]

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def requests(self) -> list[str]:
        paths = [path.split("?")[0] for path in self.server.paths()]
        self.server.asked.clear()
        return paths


@pytest.fixture
def reader() -> Iterator[Reader]:
    there = HackerNewsServer()
    with answering_server(there) as server:

        def opened(hosts: Hosts, clock: Clock, **options: Any) -> Source:
            given: dict[str, Any] = {
                "name": "hn", "searches": ["Example Bank"], "crawl_delay": 0, "search_url": server.url("/api"),
                "items_url": server.url("/v0"), "allowed_private": ["127.0.0.0/8"],
            } | options  # fmt: skip
            return HackerNews(HackerNewsConfig(**given), hosts, clock)

        yield Reader(opened, NOW, there=there, server=server)


def talk(there: HackerNewsServer) -> None:
    """A story about the company with a discussion, a mention elsewhere, and what only looks alike."""
    there.add(
        Item(1, T - 30 * HOUR, "ann", title="Example Bank is down", url="https://news.example.net/a", points=120),
        Item(2, T - 29 * HOUR, "ben", "Mine &amp; <i>yours</i><p>since noon", parent=1),
        Item(3, T - 28 * HOUR, "cleo", "Same here", parent=2),
        Item(4, T - 27 * HOUR, "dan", "It is back", parent=1),
        Item(5, T - 20 * HOUR, "eve", title="Ask HN: which bank?"),
        Item(6, T - 19 * HOUR, "fay", "I like EXAMPLE  bank. Why not?", parent=5),
        Item(7, T - 18 * HOUR, "gus", "The example bankers wrote", parent=5),
        Item(8, T - 17 * HOUR, "example bank", "nothing to see", parent=5),
    )


def test_what_names_the_company_is_found_and_its_stories_are_read_as_a_whole(reader: Reader) -> None:
    talk(reader.there)
    ran = reader.run()
    assert sorted(set(ran.ids), key=int) == ["1", "2", "3", "4", "6"]
    assert (ran.rejects, ran.gaps, ran.error) == ([], [], "")
    comment, story = ran.mapped["2"], ran.mapped["1"]
    assert (comment["body"], comment["parent"], comment["thread"]) == ("Mine & yours\n\nsince noon", "1", "1")
    assert (comment["account"], comment["posted_at"]) == ("ben", "2026-11-20T07:00:00+00:00")
    assert comment["url"] == "https://news.ycombinator.com/item?id=2"
    assert (story["title"], story["body"], "parent" in story) == ("Example Bank is down", "", False)
    assert (ran.mapped["6"]["thread"], ran.mapped["6"]["parent"]) == ("5", "5")
    assert reader.counters["1"] == {"reactions": 120, "replies": 3}
    assert all(len(versions) == 1 for versions in reader.versions.values()), "search and tree say the same"


def test_stories_that_link_to_the_company_are_found_by_host(reader: Reader) -> None:
    reader.there.add(
        Item(1, T - 9, "a", title="x", url="https://blog.example.org/post"),
        Item(2, T - 8, "b", title="y", url="https://notexample.org/"),
        Item(3, T - 7, "c", title="z", url="https://other.example.net/?to=example.org"),
        Item(4, T - 6, "d", "see example.org", parent=3),
    )
    assert set(reader.run(searches=[], domains=["Example.org"]).ids) == {"1"}


def test_an_unchanged_poll_costs_one_request_a_search(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    first = reader.requests()
    reader.later(minutes=10)
    assert reader.run().error == ""
    again = reader.requests()
    assert (len(first), again) == (2, ["/api/search_by_date"])


def test_runs_that_overlap_double_nothing_and_miss_nothing(reader: Reader) -> None:
    numbers = iter(range(100, 1000))
    for _ in range(12):
        for _ in range(3):
            reader.there.add(Item(next(numbers), int(reader.now.timestamp()) - 60, "x", "example bank", parent=5))
        reader.there.items[5] = Item(5, T - 50 * HOUR, "y", title="other")
        reader.run(page_size=5)
        reader.later(hours=5)
    expected = {str(number) for number, item in reader.there.items.items() if "bank" in item.text}
    assert (reader.versions.keys(), len(expected)) == (expected, 36)
    assert all(len(versions) == 1 for versions in reader.versions.values())


def test_late_entries_and_edits_within_the_overlap_are_found(reader: Reader) -> None:
    talk(reader.there)
    reader.there.forgotten = {6}
    assert "6" not in reader.run().ids
    reader.later(hours=1)
    reader.there.forgotten = set()
    reader.there.change(4, text="It is back, and gone again")
    ran = reader.run(overlap_hours=40)
    assert "6" in ran.ids
    reader.later(hours=3)
    reader.run()
    bodies = [version and version["mapped"]["body"] for version in reader.versions["4"]]
    assert bodies == ["It is back", "It is back, and gone again"]


def test_new_comments_make_a_discussion_due_and_age_makes_it_rest(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.later(minutes=5)
    reader.there.add(Item(9, T, "new", "a word", parent=4))
    assert "9" in reader.run(overlap_hours=48).ids
    reader.requests()
    reader.later(minutes=30)
    reader.run()
    assert not any("/items/" in path for path in reader.requests())
    reader.later(hours=4)
    reader.run()
    assert sum("/api/items/" in path for path in reader.requests()) == 1


def test_what_was_deleted_or_killed_becomes_a_tombstone_once(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.there.change(3, deleted=True)  # leaf of a watched story: vanishes from the tree
    reader.there.change(2, deleted=True)
    reader.there.change(6, dead=True)  # found by a search, which still has it
    reader.later(hours=25)
    ran = reader.run()
    assert sorted(ran.dead) == ["2", "3", "6"]
    assert {t.record_id: t.reason for t in ran.tombstones} == {"2": "deleted", "3": "deleted", "6": "killed"}
    for _ in range(3):
        reader.later(hours=13)
        again = reader.run(overlap_hours=200)
        assert (again.dead, {"2", "3", "6"} & set(again.ids)) == ([], set())


def test_items_that_no_api_has_any_more_are_not_believed_gone_while_all_are(reader: Reader) -> None:
    talk(reader.there)
    reader.run(stories=[5])
    items, reader.there.items = reader.there.items, {}
    gaps = []
    for _ in range(4):
        reader.later(hours=12)
        ran = reader.run(stories=[5])
        assert ran.dead == []
        gaps.append(any("missing at once" in gap for gap in ran.gaps))
    assert gaps == [True] * 4
    reader.there.items = items
    reader.later(hours=6)
    ran = reader.run(stories=[5])
    assert (ran.dead, ran.gaps, reader.state["absent"]) == ([], [], {"since": {}})
    assert all(len(versions) == 1 for versions in reader.versions.values())


def test_an_item_that_is_not_there_is_believed_gone_the_second_time(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    del reader.there.items[3]
    reader.later(hours=25)
    assert reader.run().dead == []
    reader.later(hours=3)
    assert reader.run().dead == []
    reader.later(hours=3)
    ran = reader.run()
    assert [(t.record_id, t.reason) for t in ran.tombstones] == [("3", "not found")]
    reader.later(hours=30)
    assert reader.run().dead == []


def test_what_comes_back_is_read_again(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.there.change(6, dead=True)
    reader.later(hours=25)
    assert reader.run().dead == ["6"]
    reader.there.change(6, dead=False)
    reader.later(hours=25)
    assert "6" in reader.run().ids
    states = [version is not None for version in reader.versions["6"]]
    assert states == [True, False, True]


def test_what_the_search_forgets_is_no_deletion(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.there.forgotten = {3}
    reader.later(hours=10)
    ran = reader.run()
    assert ran.dead == []
    assert "/v0/item/3.json" in reader.requests()


def test_more_hits_than_a_search_reaches_are_read_by_window(reader: Reader) -> None:
    reader.there.add(Item(5, 1, "y", title="other"))
    reader.there.add(*(Item(n, T - (n - 10) // 3 - 1, "x", f"example bank {n}", parent=5) for n in range(10, 2510)))
    ran = reader.run(page_size=1000)
    assert (len(set(ran.ids)), len(ran.ids), ran.gaps) == (2500, 2500, [])


def test_more_than_can_be_reached_in_one_second_is_a_gap(reader: Reader) -> None:
    reader.there.add(Item(5, 1, "y", title="other"))
    reader.there.add(*(Item(n, T - 100, "x", "example bank", parent=5) for n in range(10, 1110)))
    reader.there.add(Item(2000, T - 200, "x", "example bank", parent=5))
    ran = reader.run(page_size=500)
    assert len(set(ran.ids)) == 1001
    assert ran.gaps == [f"text Example Bank: 1101 hits in second {T - 100}, 1000 can be reached"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_killed_run_goes_on_where_it_ended(reader: Reader, most: int) -> None:
    reader.there.add(Item(5, 1, "y", title="other"))
    reader.there.add(*(Item(n, T - n * 60, "x", "example bank", parent=5) for n in range(10, 60)))
    reader.run(most=most, page_size=7)
    reader.later(hours=2)
    reader.there.add(Item(99, T + HOUR, "x", "example bank", parent=5))
    rest = reader.run(page_size=7)
    assert reader.versions.keys() == {str(number) for number in [*range(10, 60), 99]}
    assert rest.error == ""


def test_a_used_up_budget_ends_the_run_with_a_gap_and_the_next_goes_on(reader: Reader) -> None:
    reader.there.add(Item(5, 1, "y", title="other"))
    reader.there.add(*(Item(n, T - n * 60, "x", "example bank", parent=5) for n in range(10, 60)))
    ran = reader.run(page_size=10, max_requests=3)
    assert ran.gaps == ["the run's 3 requests are used up: the next run goes on from here"]
    for _ in range(3):
        reader.run(page_size=10, max_requests=3)
    assert len(reader.versions) == 50


def test_a_budget_that_ends_while_deletions_are_looked_for_loses_none(reader: Reader) -> None:
    talk(reader.there)
    reader.run(watch_days=0)
    for number in (1, 6):
        reader.there.change(number, deleted=True)
    reader.later(hours=25)
    ran = reader.run(watch_days=0, max_requests=2)
    assert (len(ran.dead), len(ran.gaps)) == (1, 1)
    assert sorted(ran.dead + reader.run(watch_days=0).dead) == ["1", "6"]


def test_a_busy_api_is_asked_again_after_the_time_that_it_names(reader: Reader) -> None:
    talk(reader.there)
    reader.server.faults = [Reply(status=429, headers={"Retry-After": "17"}), Reply(status=503)]
    assert reader.run().error == ""
    assert reader.waited >= 17


def test_an_answer_in_another_shape_is_kept_and_told(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.server.faults = [Reply(b'{"results": []}')]
    ran = reader.run(searches=["Example Bank", "elsewhere"])
    assert (ran.reasons, ran.rejects[0].content, ran.error) == (["layout changed"], b'{"results": []}', "")
    reader.server.faults = [Reply(b"<html>sorry</html>")] * 9
    assert "no JSON" in reader.run().error
    reader.server.faults = [Reply(b'{"hits": [], "nbHits": 3}')]
    assert reader.run().reasons == ["layout changed"]


def test_a_hit_that_is_none_is_rejected_and_the_others_are_read(reader: Reader) -> None:
    hits = (
        b'[7, {"comment_text": "Example Bank", "objectID": "3"}, {"comment_text": "Example Bank", "objectID": "4",'
    )
    hits += (
        b' "_tags": ["comment"], "author": "x", "created_at_i": 99999999999999999, "parent_id": 1, "story_id": 1}]'
    )
    reader.server.faults = [Reply(b'{"nbHits": 3, "hits": ' + hits + b"}")]
    ran = reader.run()
    assert (ran.reasons, ran.records) == (["wrong shape"] * 3, [])


def test_a_listed_story_is_watched_whatever_it_says(reader: Reader) -> None:
    talk(reader.there)
    ran = reader.run(searches=[], stories=[5, 77])
    assert sorted(ran.ids) == ["5", "6", "7", "8"]
    assert (ran.reasons, "take it off the list" in ran.rejects[0].detail) == (["not found"], True)


def test_a_period_is_filled_back_with_a_cursor_of_its_own(reader: Reader) -> None:
    reader.there.add(Item(5, 1, "y", title="other"))
    reader.there.add(*(Item(n, T - n * 24 * HOUR, "x", "example bank", parent=5) for n in range(10, 300)))
    period = Period(NOW - timedelta(days=200), NOW - timedelta(days=100))
    options = {"page_size": 20, "history_days": 1}
    reader.run(**options)
    live = reader.cursor
    first = reader.back_fill(period, most=2, **options)
    rest = reader.back_fill(period, cursor=first.pages[-1].next_cursor, **options)
    assert sorted(map(int, {*first.ids, *rest.ids})) == list(range(101, 201))
    assert reader.cursor == live
    done = reader.back_fill(period, cursor=rest.pages[-1].next_cursor, **options)
    assert done.pages == []


def test_the_form_describes_every_field_and_wants_something_to_look_for() -> None:
    assert all(field.description for name, field in HackerNewsConfig.model_fields.items() if name != "type")
    with pytest.raises(ValidationError, match="at least one"):
        HackerNewsConfig(name="hn")
