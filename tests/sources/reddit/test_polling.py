"""Polls against a Reddit on loopback: what is new, what is remembered, and where there may be holes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.sources.reddit.conftest import NOW, Reader, before
from tests.sources.reddit.fake import listing


def test_a_first_run_reads_what_is_listed_and_the_next_what_is_new(reader: Reader) -> None:
    reddit = reader.server
    old = [reddit.submit(before(hours=hours)) for hours in range(250, 0, -1)]
    answer = reddit.comment(before(minutes=30), old[0], "An answer", author="ben")
    ran = reader.run(trees="none")
    assert sorted(ran.ids) == sorted([*old, answer])
    assert ran.rejects == ran.tombstones == ran.gaps == []
    mapped = ran.mapped[answer]
    assert (mapped["thread"], mapped["parent"], mapped["account"]) == (old[0], old[0], "ben")
    assert mapped["posted_at"] == before(minutes=30).isoformat()

    new = reddit.submit(before(minutes=1))
    ran = reader.run(trees="none")
    assert new in ran.ids
    assert reader.versions == dict.fromkeys([*old, answer, new], 1)


def test_an_unchanged_source_costs_a_handful_of_requests(reader: Reader) -> None:
    reddit = reader.server
    threads = [reddit.submit(before(hours=hours, days=1)) for hours in range(60)]
    for thread in threads:
        reddit.comment(before(hours=1), thread)
    first = reader.run(trees="all")
    assert len(set(first.ids)) == 120
    assert len(reddit.asked) == 1 + 2 + 60  # token, listings, trees
    again = reader.run(trees="all")
    assert [asked.path for asked in reddit.asked] == [
        "/api/v1/access_token", "/r/tilleul/new", "/r/tilleul/comments/", "/api/info",
    ]  # fmt: skip
    assert not again.gaps
    assert set(reader.versions.values()) == {1}


def test_more_than_a_page_between_two_polls_loses_nothing(reader: Reader) -> None:
    reddit = reader.server
    reddit.submit(before(days=2))
    reader.run(trees="none")
    reader.now += timedelta(hours=5)
    new = [reddit.submit(NOW + timedelta(minutes=minute)) for minute in range(290)]
    ran = reader.run(trees="none")
    assert set(new) <= set(ran.ids)
    assert not ran.gaps


def test_more_than_reddit_lists_between_two_polls_is_a_gap(reader: Reader) -> None:
    reddit = reader.server
    known = reddit.submit(before(days=2))
    reader.run(trees="none", comments=False)
    new = [reddit.submit(before(minutes=1200 - minute)) for minute in range(1100)]
    ran = reader.run(trees="none", comments=False)
    assert set(ran.ids) == set(new[100:])
    assert len(ran.gaps) == 1
    assert "r/tilleul/new: between 2026-11-19 12:00:00 UTC and 2026-11-20 17:40:00 UTC" in ran.gaps[0]
    assert "1,000 read" in ran.gaps[0]
    assert known not in ran.ids
    assert not reader.run(trees="none", comments=False).gaps  # told once


def test_deleted_watermarks_mislead_nobody(reader: Reader) -> None:
    reddit = reader.server
    old = [reddit.submit(before(hours=60 - hours)) for hours in range(50)]
    reader.run(trees="none", comments=False)
    for name in old[-10:]:
        reddit.delete(name)
    new = reddit.submit(before(minutes=5))
    ran = reader.run(trees="none", comments=False)
    assert new in ran.ids
    assert not ran.gaps
    for name in old[-30:-10]:  # every fullname remembered is gone, the time is enough
        reddit.vanish(name)
    assert not reader.run(trees="none", comments=False).gaps


def test_what_moderators_let_in_late_is_found_within_the_overlap(reader: Reader) -> None:
    reddit = reader.server
    for minute in range(300):
        reddit.submit(before(minutes=300 - minute))
    reader.run(trees="none", comments=False)
    late = reddit.submit(before(minutes=150))
    assert late not in reader.run(trees="none", comments=False, overlap_minutes=0).ids  # on the second page
    assert late in reader.run(trees="none", comments=False, overlap_minutes=180).ids


def test_more_than_reddit_lists_within_one_second_is_a_gap_too(reader: Reader) -> None:
    reader.server.submit(before(hours=1))
    reader.run(trees="none", comments=False)
    assert not reader.run(trees="none", comments=False).gaps
    for _ in range(1100):
        reader.server.submit(before(hours=1))
    assert "1,000 read, none of them known" in reader.run(trees="none", comments=False).gaps[0]


def test_a_listing_that_is_suddenly_empty_is_a_gap(reader: Reader) -> None:
    name = reader.server.submit(before(hours=1))
    reader.run(trees="none", comments=False)
    reader.server.vanish(name)
    ran = reader.run(trees="none", comments=False)
    assert ran.gaps == ["r/tilleul/new: nothing is listed where there was something until 2026-11-21 11:00:00 UTC"]


def test_an_edit_is_a_new_version_and_votes_are_not(reader: Reader) -> None:
    reddit = reader.server
    name = reddit.submit(before(hours=2), selftext="It is broken")
    reader.run()
    reddit.things[name]["data"] |= {"score": 40, "upvote_ratio": 0.7, "num_comments": 3, "archived": True}
    ran = reader.run()
    assert reader.versions[name] == 1
    counters = next(r.counters for r in ran.records if r.record_id == name)
    assert counters == {"reactions": 40, "replies": 3, "shares": 0, "upvote_ratio": 0.7}
    reddit.edit(name, "It works again", before(minutes=5))
    ran = reader.run()
    assert reader.versions[name] == 2
    assert ran.mapped[name]["body"] == "It works again"
    assert ran.mapped[name]["edited_at"] == before(minutes=5).isoformat()


def test_overlapping_sources_say_the_same_of_the_same_thing(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(hours=3), "Tilleul is down", author="Tilleul_Support")
    reddit.comment(before(hours=2), thread, author="Tilleul_Support")
    one = reader.run(trees="all")
    other = Reader(reddit)
    two = other.run(searches=[{"query": "tilleul"}], users=["u/tilleul_support"], trees="all")
    assert set(one.ids) == set(two.ids)
    by_id = {r.record_id: r.content_hash for r in one.records}
    assert all(by_id[r.record_id] == r.content_hash and r.site == "reddit" for r in two.records)
    assert len(by_id) == 2


def test_searches_and_users_are_listings_like_others(reader: Reader) -> None:
    reddit = reader.server
    hit = reddit.submit(before(hours=2), "About Tilleul", subreddit="elsewhere")
    reddit.submit(before(hours=2), "About something else", subreddit="elsewhere")
    answer = reddit.comment(before(hours=1), hit, author="Tilleul_Support")
    ran = reader.run(searches=[{"query": "tilleul", "subreddit": "r/elsewhere"}], users=["Tilleul_Support"])
    assert set(ran.ids) == {hit, answer}
    search = next(asked for asked in reddit.asked if "search" in asked.path)
    assert search.path == "/r/elsewhere/search/"
    assert (search.query["q"], search.query["restrict_sr"], search.query["sort"]) == ("tilleul", "true", "new")


@pytest.mark.parametrize("most", range(1, 9))
def test_a_run_that_is_killed_anywhere_loses_and_doubles_nothing(reader: Reader, most: int) -> None:
    reddit = reader.server
    reddit.fold = 20
    names = [reddit.submit(before(hours=350 - hours)) for hours in range(330)]
    names += [reddit.comment(before(minutes=90 - n), names[-1]) for n in range(45)]
    reader.run(most, trees="all")
    for _ in range(2):
        reader.run(trees="all")
    assert reader.versions == dict.fromkeys(names, 1)


def test_an_answer_that_is_no_listing_is_told(reader: Reader) -> None:
    reader.server.submit(before(hours=1))
    reader.server.canned["/r/tilleul/new"].append(b'{"kind": "t5", "data": {}}')
    ran = reader.run(comments=False)
    assert [r.reason for r in ran.rejects] == ["unusable answer"]
    assert "no listing" in ran.rejects[0].detail


def test_what_is_no_message_is_rejected_and_the_rest_is_read(reader: Reader) -> None:
    name = reader.server.submit(before(hours=1))
    good = reader.server.things[name]
    bad = [
        {"kind": "t5", "data": {"name": "t5_abc"}},
        {"kind": "t3", "data": {"name": "t3_?", "title": "x"}},
        {"kind": "t3", "data": good["data"] | {"name": "t3_b1", "created_utc": None}},
        {"kind": "t3", "data": good["data"] | {"name": "t3_b2", "created_utc": NOW.timestamp() + 200_000}},
        {"kind": "t3", "data": good["data"] | {"name": "t3_b3", "author": {"name": "x"}}},
        {"kind": "t3", "data": good["data"] | {"name": "t3_b4", "author": "a\0b"}},
        {"kind": "t1", "data": {"name": "t1_b5", "created_utc": 1e9, "author": "a", "body": "b"}},
        {"kind": "t1", "data": {"name": "t1_b6", "created_utc": 1e9, "author": "a", "link_id": name}},
        "nonsense",
    ]
    reader.server.canned["/r/tilleul/new"].append(json.dumps(listing([*bad, good])).encode())
    ran = reader.run(comments=False, trees="none")
    assert ran.ids == [name]
    assert [r.reason for r in ran.rejects] == [
        "not a message", "bad id", "no date", "date in the future", "wrong shape", "NUL character", "no thread",
        "no text", "wrong shape",
    ]  # fmt: skip
