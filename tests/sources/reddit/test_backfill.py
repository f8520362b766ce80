"""A period of the past: as far down as Reddit lists, resumable, apart from the live cursor."""

from __future__ import annotations

import pytest

from flows.sources.base import BackFills
from flows.sources.reddit.source import Reddit
from tests.sources.reddit.conftest import Reader, before
from tests.sources.reddit.fake import Fault


def test_a_period_is_read_and_nothing_else(reader: Reader) -> None:
    reddit = reader.server
    names = [reddit.submit(before(days=400 - day)) for day in range(400)]
    answer = reddit.comment(before(days=150), names[250])
    ran = reader.fill(before(days=200), before(days=100), trees="none")
    assert isinstance(Reddit(reader.config()), BackFills)
    assert set(ran.ids) == {*names[200:300], answer}
    assert not ran.gaps
    assert not any(key.startswith(("place:", "threads:")) for key in reader.state)  # the live watermark stands


def test_threads_that_matter_are_read_whole_within_the_period(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=50), "Tilleul")
    inside = [reddit.comment(before(days=49), thread) for _ in range(1500)]
    outside = reddit.comment(before(days=10), thread)
    ran = reader.fill(before(days=60), before(days=40), phrases=["tilleul"])
    assert set(ran.ids) == {thread, *inside}
    assert outside not in ran.ids


def test_what_lies_below_the_end_of_the_listing_is_a_gap(reader: Reader) -> None:
    for hour in range(1300):
        reader.server.submit(before(hours=1300 - hour))
    ran = reader.fill(before(days=365), trees="none", comments=False)
    assert len(ran.ids) == 1000
    assert ran.gaps == [
        "r/tilleul/new: before 2026-10-10 20:00:00 UTC Reddit lists nothing, the period begins at "
        "2025-11-21 12:00:00 UTC"
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7])
def test_a_back_fill_goes_on_where_it_was_cut_off(reader: Reader, most: int) -> None:
    reddit = reader.server
    reddit.fold = 50
    names = [reddit.submit(before(hours=350 - hour)) for hour in range(350)]
    names += [reddit.comment(before(minutes=1), names[10]) for _ in range(120)]
    options = {"trees": "named", "searches": [{"query": "no such thing"}], "subreddits": ["tilleul"]}
    reddit.things[names[10]]["data"]["author"] = "tilleul_support"
    asked = 0
    for _ in range(30):
        reddit.asked.clear()
        ran = reader.fill(before(days=30), most=most, accounts=["Tilleul_Support"], **options)
        asked += len(reddit.paths)
        if not ran.pages:
            break
    assert reader.versions == dict.fromkeys(names, 1)
    reader.run(trees="none")  # the live cursor is a different one, its state is shared
    assert reader.versions == dict.fromkeys(names, 1)


def test_a_budget_ends_a_back_fill_with_a_gap(reader: Reader) -> None:
    names = [reader.server.submit(before(hours=350 - hour)) for hour in range(350)]
    ran = reader.fill(before(days=30), trees="none", comments=False, max_requests=3)
    assert "requests are used up" in ran.gaps[0]
    ran = reader.fill(before(days=30), trees="none", comments=False, max_requests=3)
    assert reader.versions == dict.fromkeys(names, 1)


def test_a_place_that_may_not_be_read_is_a_gap(reader: Reader) -> None:
    reader.server.faults_at["/r/tilleul/new"].append(Fault(403))
    ran = reader.fill(before(days=30), comments=False)
    assert "private" in ran.gaps[0]
