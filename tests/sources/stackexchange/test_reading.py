"""Stack Exchange over loopback HTTP: what is read, edits, deletions, periods, and what a run costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.sources.base import Period
from tests.helpers.stackexchange import DAY, NOW, Reader, T, talk
from tests.servers.stackexchange_server import HOME, Post


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
    assert reader.run().dead == []
    reader.later(hours=6)
    assert sorted(reader.run().dead) == ["3", "c51"]
    reader.later(days=20)
    del reader.there.posts[1], reader.there.comments[50]
    assert reader.run().dead == []
    reader.later(hours=6)
    ran = reader.run()
    assert sorted(ran.dead) == ["1", "c50"]
    reader.later(days=2)
    assert reader.run().dead == []


def test_an_answer_that_lacks_everything_deletes_nothing(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(*(Post(n, T - n, "x", "y", tags) for n in range(1, 40)))
    reader.run()
    there = dict(reader.there.posts)
    reader.there.posts.clear()
    for _ in range(4):
        reader.later(days=5)
        ran = reader.run()
        assert (ran.dead, ["missing at once" in gap for gap in ran.gaps]) == ([], [True])
    reader.there.posts |= there
    reader.later(days=1)
    ran = reader.run()
    assert (ran.dead, ran.gaps, reader.state["absent"]) == ([], [], {"since": {}})


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
