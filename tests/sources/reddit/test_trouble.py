"""Rate limits, errors, budgets, credentials: what a run does when Reddit does not do as wished."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from pydantic import ValidationError

from flows.errors import SettingError
from flows.sources.http import MemoryHosts
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.source import Reddit
from tests.sources.reddit.conftest import Reader, before
from tests.sources.reddit.fake import CLIENT_ID, CLIENT_SECRET, TOKEN, Fault


def test_a_429_is_waited_for_as_long_as_reddit_asks(reader: Reader) -> None:
    name = reader.server.submit(before(hours=1))
    reader.server.faults_at["/r/tilleul/new"].append(Fault(429, {"Retry-After": "37"}))
    ran = reader.run(comments=False, trees="none")
    assert ran.ids == [name]
    assert reader.waited == 37
    assert not ran.gaps


def test_a_429_that_asks_for_longer_than_a_run_waits_ends_the_run(reader: Reader) -> None:
    reader.server.submit(before(hours=1))
    reader.server.faults_at["/r/tilleul/comments/"].append(Fault(429, {"Retry-After": "600"}))
    ran = reader.run()
    assert len(ran.ids) == 1
    assert "asks to be left alone for 600 s" in ran.gaps[0]
    assert "3 of 4 stations are left for the next run" in ran.gaps[0]
    assert reader.cursor == {"next": "r/tilleul/comments"}
    reader.run()
    assert reader.server.paths[0] == "/r/tilleul/comments/"


def test_a_429_for_the_token_is_waited_for_too(reader: Reader) -> None:
    reader.server.submit(before(hours=1))
    reader.server.faults_at["/api/v1/access_token"].append(Fault(429, {"Retry-After": "5"}))
    assert len(reader.run().ids) == 1
    assert reader.waited == 5


def test_reddits_own_rate_limit_headers_are_kept_by_the_runs_clock(reader: Reader) -> None:
    reddit = reader.server
    reddit.submit(before(hours=1))
    reddit.headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1000", "x-ratelimit-reset": "90"}
    ran = reader.run(comments=False, trees="none")
    assert len(ran.ids) == 1
    assert reader.waited == 90  # between the token and the listing
    reddit.headers["x-ratelimit-reset"] = "500"
    ran = reader.run()
    assert "used up for 500 s more" in ran.gaps[0]
    assert ran.error


def test_a_503_is_tried_again_and_a_place_that_fails_stops_no_other(reader: Reader) -> None:
    reddit = reader.server
    thread = reddit.submit(before(hours=1))
    answer = reddit.comment(before(minutes=30), thread)
    reddit.faults_at["/r/tilleul/new"].extend([Fault(503)] * 2)
    assert set(reader.run(trees="none").ids) == {thread, answer}
    reddit.faults_at["/r/tilleul/new"].extend([Fault(503)] * 3)
    reader.now += timedelta(hours=1)
    ran = reader.run(trees="none")
    assert ran.ids == [answer]
    assert [(r.locator, r.reason) for r in ran.rejects] == [("r/tilleul/new", "error status")]


def test_a_reddit_that_is_down_fails_the_run(reader: Reader) -> None:
    reader.server.faults.extend([Fault(500)] * 50)
    ran = reader.run()
    assert "nothing could be read" in ran.error
    assert not ran.records
    assert len(reader.server.asked) <= 5  # then the circuit is open


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (Fault(403), "private"),
        (Fault(404), "does not exist"),
        (Fault(302, {"Location": "/subreddits/search?q=tilleul"}), "no such place"),
    ],
)
def test_a_place_that_may_not_be_read_is_told(reader: Reader, fault: Fault, advice: str) -> None:
    reader.server.submit(before(hours=1), subreddit="other")
    reader.server.faults_at["/r/tilleul/new"].append(fault)
    ran = reader.run(subreddits=["tilleul", "other"], comments=False, trees="none")
    assert len(ran.ids) == 1
    assert [r.locator for r in ran.rejects] == ["r/tilleul/new"]
    assert advice in ran.rejects[0].detail


def test_used_up_requests_end_the_run_and_the_next_goes_on(reader: Reader) -> None:
    reddit = reader.server
    names = [
        reddit.submit(before(hours=hours), subreddit=f"sub_{letter}") for letter in "abc" for hours in range(1, 250)
    ]
    options = {"subreddits": ["sub_a", "sub_b", "sub_c"], "comments": False, "trees": "none", "max_requests": 5}
    ran = reader.run(**options)
    assert len(reddit.asked) == 5
    assert "requests are used up" in ran.gaps[0]
    assert reader.cursor == {"next": "r/sub_b/new"}
    for _ in range(4):
        reader.run(**options)
        assert len(reddit.asked) <= 5
    assert set(reader.versions) == set(names)


def test_an_access_token_that_ends_early_is_fetched_anew(reader: Reader) -> None:
    reader.server.submit(before(hours=1))
    reader.server.faults_at["/r/tilleul/new"].append(Fault(401))
    ran = reader.run(comments=False, trees="none")
    assert len(ran.ids) == 1
    assert reader.server.tokens == 2


def test_refused_credentials_fail_the_run_and_name_where_to_look(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", "wr0ng-and-secret")
    ran = reader.run()
    assert "Reddit gives no access (the answer is 401)" in ran.error
    assert "REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET" in ran.error
    assert "wr0ng" not in ran.error


def test_missing_credentials_are_named(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDDIT_CLIENT_ID")
    with pytest.raises(SettingError, match="REDDIT_CLIENT_ID"):
        next(Reddit(reader.config()).pages(None, {}))


def test_no_secret_in_logs_pages_or_config(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reddit = reader.server
    reddit.submit(before(hours=1))
    reddit.faults_at["/r/tilleul/comments/"].append(Fault(404))
    ran = reader.run()
    everything = caplog.text + repr(ran) + reader.config().model_dump_json() + repr(reader.state)
    assert len(ran.rejects) == 1
    for secret in (CLIENT_SECRET, TOKEN, CLIENT_ID):
        assert secret not in everything


def test_praw_takes_nothing_from_its_own_files_and_variables(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("praw_username", "somebody")
    monkeypatch.setenv("praw_password", "something")
    monkeypatch.setenv("praw_refresh_token", "another")
    name = reader.server.submit(before(hours=1))
    assert reader.run(comments=False, trees="none").ids == [name]


def test_reddit_is_told_who_asks(reader: Reader) -> None:
    reader.run(contact="https://example.org/contact", developer="u/tilleul_dev")
    agents = {asked.headers["User-Agent"] for asked in reader.server.asked}
    assert len(agents) == 1
    assert "Vigie/" in (agent := agents.pop())
    assert "(+https://example.org/contact) (by /u/tilleul_dev)" in agent


def test_loopback_is_asked_only_where_it_is_allowed(reader: Reader) -> None:
    ran = reader.run(allowed_private=[])
    assert "private" in ran.error or "refused" in ran.error
    assert not reader.server.asked


def test_runs_share_the_pace_of_a_host(reader: Reader) -> None:
    hosts = MemoryHosts(reader.clock)
    for name in ("one", "two"):
        config = reader.config(name=name, crawl_delay=2, comments=False, trees="none")
        list(Reddit(config, hosts=hosts, clock=reader.clock).pages(None, {}))
    assert len(reader.server.asked) == 4
    assert reader.waited == 2 * 3


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "name a subreddit, a search or a user"),
        ({"subreddits": ["a b"]}, "subreddits"),
        ({"subreddits": ["abc"], "site": "elsewhere"}, "one site"),
        ({"subreddits": ["x/../y"]}, "subreddits"),
        ({"users": ["a/b"]}, "users"),
        ({"subreddits": ["abc"], "client_key": "s3cretValue"}, "client_key"),
        ({"subreddits": ["abc"], "refresh_days": 30, "sweep_days": 7}, "refresh_days"),
        ({"subreddits": ["abc"], "api_url": "https://user@example.org"}, "api_url"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(given: dict[str, object], complaint: str) -> None:

    with pytest.raises(ValidationError, match=complaint):
        RedditConfig.model_validate({"name": "reddit"} | given)


def test_names_may_be_written_as_reddit_writes_them(reader: Reader) -> None:
    config = reader.config(subreddits=["/r/France/", "france", "r/AskFrance"], users=["u/Ann", "/user/ann"])
    assert config.subreddits == ["france", "AskFrance"]
    assert config.users == ["ann"]
