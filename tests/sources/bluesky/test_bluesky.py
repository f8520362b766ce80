"""A source over Bluesky's API: recorded payloads, threads, deletions, what a poll costs, what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from flows.sources.base import Period
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.bluesky.mapping import STREAM, text_of
from flows.sources.bluesky.source import Bluesky
from tests.servers.json_server import Request
from tests.sources.bluesky.conftest import NO_POST, World
from tests.sources.running import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def views(found: Any) -> Iterator[dict[str, Any]]:
    """Every view of a post in a payload, wherever it stands."""
    if isinstance(found, dict):
        record = found.get("record")
        if isinstance(record, dict) and record.get("$type") == "app.bsky.feed.post" and "author" in found:
            yield found
        for inner in found.values():
            yield from views(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from views(inner)


def talk(world: World) -> tuple[str, str, str]:
    """A question with a hashtag, the brand's answer and the customer's thanks, without one."""
    asked = world.service.write(NOW - HOUR, "My line is down #fabel")
    said = world.service.write(NOW - 50 * MINUTE, "Which town?", "fabel", asked)
    return asked, said, world.service.write(NOW - 40 * MINUTE, "Thanks", "ann", said)


def test_every_post_in_every_payload_comes_out_as_it_is(world: World, data: Path) -> None:
    lines = (data / "bluesky_api" / "interactions.jsonl").read_text("utf-8").split("\n")
    expected = [view for line in lines if line for view in views(json.loads(line)["response"])]
    for view in expected:
        world.service.posts[view["uri"]] = view
    for number in range(0, len(expected), 40):
        some = [{"post": view} for view in expected[number : number + 40]]
        world.service.recorded[f"list{number}.example.org"] = some
    world.runner.now = max(datetime.fromisoformat(view["indexedAt"]) for view in expected) + MINUTE
    ran = world.run(accounts=list(world.service.recorded), first_days=3650)

    assert (ran.rejects, ran.tombstones, ran.gaps, ran.error) == ([], [], [], "")
    assert len(expected) > 50
    wanted = {
        (
            view["uri"],
            view["author"]["did"],
            min(datetime.fromisoformat(view["record"]["createdAt"]), datetime.fromisoformat(view["indexedAt"])),
            view["record"].get("reply", {}).get("parent", {}).get("uri"),
            view["record"].get("reply", {}).get("root", {}).get("uri", view["uri"]),
            view["record"].get("langs", [None])[0],
        )
        for view in expected
    }
    came = {
        (
            i,
            m["account"],
            datetime.fromisoformat(m["posted_at"]),
            m.get("parent"),
            m["thread"],
            m.get("language_declared"),
        )
        for i, m in ran.mapped.items()
    }
    assert came == wanted
    texts = {view["uri"]: view["record"]["text"] for view in expected}
    for record in ran.records:
        payload = orjson.loads(record.content)
        assert payload["post"]["record"]["text"] == texts[record.record_id]
        body = payload["mapped"]["body"]
        links = [
            feature["uri"]
            for facet in payload["post"]["record"].get("facets", [])
            for feature in facet["features"]
            if "uri" in feature
        ]
        assert links or body == texts[record.record_id].strip()
        assert all(link.split("://")[1].removeprefix("www.").rstrip("/") in body for link in links)


def test_recorded_reposts_are_nobodys_message_and_feeds_are_read_as_they_came(world: World, data: Path) -> None:
    for line in (data / "bluesky_api" / "interactions.jsonl").read_text("utf-8").split("\n"):
        row = json.loads(line) if line else {"uri": ""}
        if "getAuthorFeed" in row["uri"]:
            feed = row["response"]["feed"]
    world.service.recorded["feed.example.org"] = feed
    world.service.posts = {entry["post"]["uri"]: entry["post"] for entry in feed}
    world.runner.now = datetime(2025, 5, 20, tzinfo=UTC)
    ran = world.run(accounts=["feed.example.org"], first_days=3650, watch_days=0)
    own = [entry["post"]["uri"] for entry in feed if "reason" not in entry]
    assert [record.record_id for record in ran.pages[0].records] == own
    assert 0 < len(own) < len(feed)


def test_a_thread_is_read_whole_from_one_search(world: World) -> None:
    asked, said, thanked = talk(world)
    mapped = world.run().mapped
    assert {i: (m["thread"], m.get("parent")) for i, m in mapped.items()} == {
        asked: (asked, None),
        said: (asked, asked),
        thanked: (asked, said),
    }
    assert mapped[said]["handle"] == "fabel.example.org"


def test_an_answer_of_the_brand_leads_to_its_thread(world: World) -> None:
    assert world.run(accounts=["fabel.example.org"]).ids == set()
    found = set(talk(world))
    assert world.run(accounts=["fabel.example.org"]).ids == found


def test_an_unchanged_poll_costs_a_request_a_list(world: World) -> None:
    talk(world)
    for number in range(130):
        world.service.write(NOW - DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    options = {"searches": ["#fabel"], "accounts": ["fabel.example.org", "cat.example.org"]}
    assert len(world.run(**options).ids) == 133
    world.server.count()
    again = world.run(**options)
    assert (world.server.count(), again.gaps) == (3, [])


def test_two_sources_make_the_same_records(world: World) -> None:
    talk(world)
    first = world.run(name="one")
    world.runner.state, world.runner.cursor = {}, None
    second = world.run(name="two", accounts=["ann.example.org"])
    hashes = [{(r.stream, r.site, r.record_id): r.content_hash for r in ran.records} for ran in (first, second)]
    assert hashes[0] == hashes[1]
    assert {stream for stream, _, _ in hashes[0]} == {STREAM}


def test_deleted_posts_become_tombstones_and_counts_no_versions(world: World) -> None:
    asked, said, thanked = talk(world)
    before = {r.record_id: r.content_hash for r in world.run().records}
    del world.service.posts[thanked]
    world.service.posts[said] |= {"likeCount": 3, "viewer": {"muted": True}}
    ran = world.run(later=HOUR)
    assert ran.tombstones == []
    later = world.run(later=6 * HOUR)
    assert [(gone.stream, gone.record_id) for gone in later.tombstones] == [(STREAM, thanked)]
    assert {r.record_id: r.content_hash for r in ran.records} == {i: before[i] for i in (asked, said)}
    assert next(r.counters for r in ran.records if r.record_id == said) == {
        "reactions": 3,
        "replies": 1,
        "shares": 0,
    }


@pytest.mark.parametrize("runs", [1, 6])
def test_a_service_that_has_no_post_any_more_deletes_none(world: World, runs: int) -> None:
    for number in range(5):
        asked = world.service.write(NOW - (9 - number) * HOUR, f"Question {number} #fabel", f"customer{number}")
        world.service.write(NOW - (8 - number) * HOUR, "An answer", "fabel", answers=asked)
    assert world.run().ids == set(world.service.posts)
    whole = world.server.answers

    def lying(request: Request) -> tuple[int, Any]:
        if request.path.endswith("getPosts"):
            return 200, {"posts": []}
        return NO_POST if request.path.endswith("getPostThread") else whole(request)

    world.server.answers = lying
    for _ in range(runs):
        assert world.run(later=3 * HOUR).tombstones == []
    world.server.answers = whole
    for _ in range(6):
        ran = world.run(later=3 * HOUR)
        assert (ran.tombstones, ran.gaps) == ([], [])
    assert world.runner.state["absent"] == {"since": {}}


def test_a_thread_whose_root_is_gone_is_read_from_where_it_is_known(world: World) -> None:
    asked, said, thanked = talk(world)
    del world.service.posts[asked]
    ran = world.run(accounts=["fabel.example.org"])
    assert ran.ids == {said, thanked}
    assert {m["thread"] for m in ran.mapped.values()} == {asked}


def test_a_search_that_outgrows_a_run_goes_on_with_the_next(world: World) -> None:
    for number in range(350):
        world.service.write(NOW - DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    first = world.run(most_pages=2)
    assert ["the next run goes on" in gap for gap in first.gaps] == [True]
    second = world.run(most_pages=4, later=MINUTE)
    assert first.ids | second.ids == set(world.service.posts)
    assert second.gaps == []


def test_a_budget_ends_the_run_and_the_next_goes_on(world: World) -> None:
    found = set(talk(world))
    ran = world.run(max_requests=1)
    assert len(ran.gaps) == 1
    assert ran.ids | world.run().ids == found


def test_a_search_that_is_for_members_only_is_said(world: World) -> None:
    talk(world)
    world.service.closed = True
    ran = world.run(accounts=["ann.example.org"], searches=["#fabel"])
    assert (ran.reasons, ran.error) == (["not allowed"], "")
    assert "none of the 1 lists" in world.run(searches=["#fabel"]).error


def test_a_period_is_read_apart_from_the_live_cursor(world: World) -> None:
    for day in range(1, 300):
        world.service.write(NOW - day * DAY, f"Day {day} #fabel", "cat")
    world.server.count()
    ran = world.runner.back_fill(world.config(), Period(NOW - 290 * DAY, NOW - 280 * DAY))
    assert sorted(int(m["body"].split()[1]) for m in ran.mapped.values()) == list(range(281, 291))
    assert (ran.pages[-1].next_cursor, world.server.count()) == ({"done": True}, 2)


def test_damaged_posts_are_rejected_with_the_reason(world: World) -> None:
    good = world.service.write(NOW, "Fine")
    post = world.service.posts[good]
    bad = [
        "text", None, {}, post | {"uri": "x"}, post | {"author": 5}, post | {"record": []},
        post | {"record": {"text": "x"}, "indexedAt": None}, post | {"record": post["record"] | {"text": 5}},
        post | {"author": post["author"] | {"did": "did:plc:a\0"}},
    ]  # fmt: skip
    world.service.recorded["bad.example.org"] = [{"post": one} for one in [*bad, post]]
    ran = world.run(accounts=["bad.example.org"])
    assert ran.ids == {good}
    assert ran.reasons == [
        "no id", "no id", "no id", "no id", "no author", "wrong shape", "no date", "wrong shape", "NUL character",
    ]  # fmt: skip


def test_talk_of_a_nul_is_kept_and_a_nul_is_left_out(world: World) -> None:
    talk_of_one, damaged = (
        world.service.write(NOW, r"What is \u0000 for? #fabel"),
        world.service.write(NOW, "a\0b #fabel"),
    )
    ran = world.run()
    assert {one: ran.mapped[one]["body"] for one in (talk_of_one, damaged)} == {
        talk_of_one: r"What is \u0000 for? #fabel", damaged: "ab #fabel",
    }  # fmt: skip
    assert {record.record_id for record in ran.records if record.repaired} == {damaged}
    assert ran.reasons == []


@pytest.mark.parametrize("body", [b"<html>", b"5", b"null", b"", b"[]", b'{"feed": 5}'])
def test_an_answer_of_another_shape_is_a_reject_and_an_error(world: World, body: bytes) -> None:
    world.server.answers = lambda request: (200, body)
    ran = world.run(accounts=["ann.example.org"])
    assert (len(ran.reasons), bool(ran.error), ran.records) == (1, True, [])


def test_links_are_written_in_full() -> None:
    def text(said: str, shown: str, uri: str) -> str:
        start = len(said.encode()[: said.encode().index(shown.encode())])
        index = {"byteStart": start, "byteEnd": start + len(shown.encode())}
        return text_of({"text": said, "facets": [{"index": index, "features": [{"uri": uri}]}]})

    assert (
        text("é example.org/a... ok", "example.org/a...", "https://example.org/abc")
        == "é https://example.org/abc ok"
    )
    assert text("see here", "here", "https://example.org") == "see here (https://example.org)"
    assert text("see example.org", "example.org", "https://www.example.org/") == "see example.org"
    assert text_of({"text": "x", "facets": [{"index": {"byteStart": 0, "byteEnd": 99}, "features": []}, 5]}) == "x"


def test_the_public_network_is_one_site_another_service_its_own() -> None:
    def site(service: str) -> str:
        return Bluesky(BlueskyConfig(name="x", service=service, accounts=["a.example.org"])).facts().site

    assert site("https://public.api.bsky.app") == site("https://bsky.social") == "bluesky"
    assert site("http://127.0.0.1:2584") == "127.0.0.1_2584"


def test_what_cannot_be_is_refused_by_the_form() -> None:
    for wrong in ({}, {"accounts": ["a b"]}, {"accounts": ["a.example.org"], "login": "x"}):
        with pytest.raises(ValidationError):
            BlueskyConfig(name="x", **wrong)
