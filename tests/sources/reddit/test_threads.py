"""Threads that matter are read whole, folds included, and again while they are young."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sources.reddit.conftest import NOW, Reader, before
from tests.sources.reddit.fake import Fault


def test_a_whole_tree_is_read_with_folds_and_deep_branches(reader: Reader) -> None:
    reddit = reader.server
    reddit.fold, reddit.depth = 30, 4
    thread = reddit.submit(before(hours=5), "Tilleul is down")
    names = [reddit.comment(before(minutes=200), thread) for _ in range(250)]
    deep = names[-1]
    for minute in range(9):
        deep = reddit.comment(before(minutes=100 - minute), deep)
        names.append(deep)
    reader.run(phrases=["tilleul"], comments=False)
    assert set(reader.versions) == {thread, *names}
    assert set(reader.versions.values()) == {1}
    folds = [asked for asked in reddit.asked if asked.path == "/api/morechildren"]
    assert len(folds) == 3
    assert all(len(asked.query["children"].split(",")) <= 100 for asked in folds)


def test_a_deep_branch_is_followed_where_reddit_says_continue(reader: Reader) -> None:
    reddit = reader.server
    reddit.depth = 3
    at = thread = reddit.submit(before(hours=5))
    chain = [at := reddit.comment(before(minutes=60 - n), at) for n in range(14)]
    ran = reader.run(trees="all", comments=False)
    assert {thread, *chain} == set(ran.ids)
    assert not ran.gaps


def test_a_branch_that_leads_back_to_itself_is_asked_once(reader: Reader) -> None:
    reddit = reader.server
    reddit.depth = 1
    thread = reddit.submit(before(hours=5))
    top = reddit.comment(before(minutes=60), thread)
    reddit.comment(before(minutes=50), top)
    reader.run(trees="all", comments=False)
    assert reddit.paths.count(f"/comments/{thread[3:]}/_/{top[3:]}") == 1


def test_a_fold_that_leads_nowhere_ends(reader: Reader) -> None:
    reddit = reader.server
    reddit.depth = 0
    thread = reddit.submit(before(hours=5))
    reddit.comment(before(minutes=60), thread)
    ran = reader.run(trees="all", comments=False)
    assert set(ran.ids) == {thread}


def test_folds_beyond_the_budget_are_a_gap(reader: Reader) -> None:
    reddit = reader.server
    reddit.fold = 10
    thread = reddit.submit(before(hours=5))
    for _ in range(400):
        reddit.comment(before(hours=1), thread)
    ran = reader.run(trees="all", comments=False, more_requests=2)
    assert len(set(ran.ids)) == 1 + 10 + 200
    assert ran.gaps == [f"{thread}: some 190 of its comments stay folded: raise more_requests"]


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ({"title": "Is TILLEUL down?"}, {}),
        ({"selftext": "see https://tilleul.example/x"}, {}),
        ({"author": "tilleul_support"}, {}),
        ({"title": "help"}, {"searches": [{"query": "help"}]}),
        ({"author": "another"}, {"users": ["Another"]}),
    ],
)
def test_threads_that_matter_are_read_whole(reader: Reader, said: dict[str, str], options: dict[str, str]) -> None:
    reddit = reader.server
    thread = reddit.submit(before(hours=5), **{"title": "Something", **said})
    answer = reddit.comment(before(hours=4), thread, author="ben")
    other = reddit.submit(before(hours=5), "Utilleuls, not the name", author="carl")
    reddit.comment(before(hours=4), other, author="dan")
    given = {"phrases": ["tilleul", "tilleul.example"], "accounts": ["Tilleul_Support"], "comments": False}
    ran = reader.run(subreddits=["tilleul"], **given, **options)
    assert answer in ran.ids
    assert f"/comments/{other[3:]}/" not in reddit.paths


def test_a_comment_that_names_the_company_brings_its_old_thread_in_once(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=40), "Old talk")
    old = reddit.comment(before(days=39), thread, "Nobody listed this for weeks", subreddit="elsewhere")
    reddit.comment(before(hours=1), thread, "What does Tilleul say?")
    ran = reader.run(phrases=["tilleul"])
    assert old in ran.ids
    path = f"/comments/{thread[3:]}/"
    assert path in reddit.paths
    reader.run(phrases=["tilleul"])
    assert path not in reddit.paths


def test_a_young_thread_is_read_again_when_it_changed_and_left_alone_when_old(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(days=1), "Tilleul")
    path = f"/comments/{thread[3:]}/"
    options = {"phrases": ["tilleul"], "comments": False, "refresh_minutes": 30}
    reader.run(**options)
    assert path in reddit.paths
    answer = reddit.comment(NOW, thread)
    reader.now += timedelta(minutes=10)
    reader.run(**options)
    assert path not in reddit.paths  # read ten minutes ago
    reader.now += timedelta(minutes=30)
    assert answer in reader.run(**options).ids
    reader.now += timedelta(days=7)
    late = reddit.comment(reader.now, thread)
    ran = reader.run(**options)
    assert late not in ran.ids
    assert path not in reddit.paths
    assert not any(shelf["threads"] for key, shelf in reader.state.items() if key.startswith("threads:"))


def test_a_thread_that_is_gone_is_told_and_not_asked_again(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(hours=5), "Tilleul", subreddit="tilleul")
    reddit.canned[f"/comments/{thread[3:]}/"].append(b"[]")
    ran = reader.run(trees="all", comments=False)
    assert [reject.reason for reject in ran.rejects] == ["unusable answer"]
    reddit.things[thread]["data"]["num_comments"] = 9

    reddit.faults_at[f"/comments/{thread[3:]}/"].append(Fault(404))
    ran = reader.run(trees="all", comments=False)
    assert [reject.reason for reject in ran.rejects] == ["error status"]
    assert not ran.error


def test_comments_of_a_watched_thread_make_no_versions_wherever_they_are_read(reader: Reader) -> None:
    """A comment is told differently in a listing, in a tree, as a fold and by a look-up: it stays one version."""
    reddit = reader.server
    reddit.fold = 3
    thread = reddit.submit(before(hours=5), "Tilleul")
    names = [reddit.comment(before(hours=4), thread) for _ in range(8)]
    for _ in range(4):
        reader.run(trees="all", sweep_hours=1)
        reader.now += timedelta(hours=2)
    assert {"/r/tilleul/comments/", "/api/info"} <= set(reddit.paths)
    assert reader.versions == dict.fromkeys([thread, *names], 1)
