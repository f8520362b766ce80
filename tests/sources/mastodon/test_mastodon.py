"""A source over a server of the Fediverse: what is read, what it costs, what is remembered, what is said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from flows.sources.base import Period
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.mapping import STREAM, Place, stable_id, to_record
from tests.servers.json_server import NOT_FOUND
from tests.sources.mastodon.conftest import World
from tests.sources.running import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def talk(world: World) -> tuple[str, str, str]:
    """A question with a hashtag, the brand's answer and the customer's thanks, without one."""
    asked = world.instance.write(NOW - HOUR, "My line is down #fabel")
    said = world.instance.write(NOW - 50 * MINUTE, "Which town?", "fabel", in_reply_to_id=asked)
    return asked, said, world.instance.write(NOW - 40 * MINUTE, "Thanks", in_reply_to_id=said)


def test_a_thread_is_read_whole_from_one_hashtag(world: World) -> None:
    asked, said, thanked = talk(world)
    mapped = world.run().mapped
    assert {one: mapped[one].get("parent") for one in mapped} == {asked: None, said: asked, thanked: said}
    assert mapped[asked]["account"] == "ann@example.org"
    assert mapped[asked]["body"] == "My line is down #fabel"


def test_an_answer_of_the_brand_leads_to_what_it_answers_and_to_the_others(world: World) -> None:
    asked, said, thanked = talk(world)
    other = world.instance.write(NOW - 30 * MINUTE, "Here, too", "ben@example.com", in_reply_to_id=asked)
    ran = world.run(accounts=["fabel"])
    assert ran.ids == {asked, said, thanked, other}
    assert ran.mapped[other]["handle"] == "ben@example.com"


def test_an_unchanged_poll_costs_a_request_a_list(world: World) -> None:
    talk(world)
    for number in range(60):
        world.instance.write(NOW - 2 * DAY + number * MINUTE, f"Number {number} #fabel #other", "cat")
    options = {"hashtags": ["fabel", "other"], "accounts": ["fabel"]}
    world.run(**options)
    world.server.count()
    ran = world.run(**options)
    assert (world.server.count(), ran.gaps) == (3, [])


def test_news_cost_few_requests(world: World) -> None:
    for number in range(200):
        world.instance.write(NOW - DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    ran = world.run()
    assert (len(ran.ids), world.server.count()) == (200, 1 + 200 // 40 + 1)  # instance, pages, the empty last one
    world.instance.write(NOW, "One more #fabel", "cat")
    assert len(world.run(later=MINUTE, overlap_minutes=10).ids) == 40
    assert world.server.count() == 1


def test_two_sources_of_one_server_make_the_same_records(world: World) -> None:
    talk(world)
    first = world.run(name="one", hashtags=["fabel"])
    world.runner.state, world.runner.cursor = {}, None
    second = world.run(name="two", accounts=["fabel", "ann"])
    hashes = [{(r.stream, r.site, r.record_id): r.content_hash for r in ran.records} for ran in (first, second)]
    assert hashes[0] == hashes[1]
    assert {stream for stream, _, _ in hashes[0]} == {STREAM}


def test_counts_and_who_asks_make_no_version(world: World) -> None:
    asked, *_ = talk(world)
    before = {r.record_id: r.content_hash for r in world.run().records}
    world.instance.statuses[asked] |= {
        "favourites_count": 7,
        "reblogs_count": 2,
        "favourited": True,
        "card": {"a": 1},
    }
    world.instance.statuses[asked]["account"] |= {"followers_count": 5}
    after = world.run(later=MINUTE).records
    assert {r.content_hash for r in after if r.record_id == asked} == {before[asked]}
    assert next(r.counters for r in after if r.record_id == asked) == {"reactions": 7, "replies": 1, "shares": 2}


@pytest.mark.parametrize("has_batches", [True, False])
def test_edits_and_deletions_of_watched_statuses_are_found(world: World, has_batches: bool) -> None:
    world.instance.has_batches = has_batches
    _, said, thanked = talk(world)
    world.run()
    world.instance.statuses[said] |= {"content": "<p>Which town, please?</p>", "edited_at": NOW.isoformat()}
    world.instance.delete(thanked)
    ran = world.run(later=HOUR)
    assert ran.mapped[said]["body"] == "Which town, please?"
    assert ran.mapped[said]["edited_at"] == NOW.isoformat()
    assert (ran.tombstones, ran.gaps) == ([], [])
    assert not world.run(later=HOUR).tombstones
    ran = world.run(later=6 * HOUR)
    assert [(gone.stream, gone.record_id) for gone in ran.tombstones] == [(STREAM, thanked)]
    assert not world.run(later=8 * HOUR).tombstones


def test_late_answers_are_found_in_an_old_thread(world: World) -> None:
    talk(world)
    world.run()
    late = world.instance.write(NOW + 3 * DAY, "Solved", "fabel", in_reply_to_id=min(world.instance.statuses))
    for number in range(50):
        world.instance.write(NOW + 3 * DAY + number * MINUTE, "Other #fabel", "cat")
    assert late in world.run(later=4 * DAY).ids


def test_an_answer_keeps_what_it_answered_when_that_is_deleted(world: World) -> None:
    asked, said, _ = talk(world)
    world.run()
    world.instance.delete(asked)
    assert world.run(later=HOUR).mapped[said]["parent"] == asked
    ran = world.run(later=6 * HOUR)
    assert [gone.record_id for gone in ran.tombstones] == [asked]
    assert ran.mapped[said]["parent"] == asked


def five_talks(world: World) -> set[str]:
    """Five questions with a hashtag, each with the brand's answer."""
    for number in range(5):
        asked = world.instance.write(NOW - (9 - number) * HOUR, f"Question {number} #fabel", f"customer{number}")
        world.instance.write(NOW - (8 - number) * HOUR, "An answer", "fabel", in_reply_to_id=asked)
    return set(world.instance.statuses)


@pytest.mark.parametrize("has_batches", [True, False])
@pytest.mark.parametrize("runs", [1, 6])
def test_a_server_that_answers_404_for_every_status_deletes_none(
    world: World, has_batches: bool, runs: int
) -> None:
    world.instance.has_batches = has_batches
    every = five_talks(world)
    assert world.run().ids == every
    whole = world.server.answers
    world.server.answers = lambda r: NOT_FOUND if r.path.startswith("/api/v1/statuses") else whole(r)
    late = world.instance.write(NOW + HOUR, "And me? #fabel", "zoe")
    answered = world.instance.write(NOW + 2 * HOUR, "You, too", "fabel", in_reply_to_id=late)
    for _ in range(runs):
        assert world.run(later=3 * HOUR).tombstones == []
    world.server.answers = whole
    found = set()
    for _ in range(6):
        ran = world.run(later=3 * HOUR)
        found |= ran.ids
        assert (ran.tombstones, ran.gaps) == ([], [])
    assert answered in found, "its thread is read when it can be"
    assert world.runner.state["absent"] == {"since": {}}


@pytest.mark.parametrize("most", range(1, 7))
def test_runs_that_are_cut_off_while_statuses_are_missing_lose_nothing(world: World, most: int) -> None:
    world.instance.has_batches = False
    every = five_talks(world)
    world.run()
    gone = sorted(every)[1]
    world.instance.delete(gone)
    found = []
    for cut in (most, None, most, None):
        found += world.run(later=4 * HOUR, most=cut).tombstones
    found += world.run(later=4 * HOUR).tombstones
    assert [one.record_id for one in found] == [gone]


def test_a_server_that_shows_lists_only_is_said_once_a_run(world: World) -> None:
    asked, *_ = talk(world)
    world.instance.closed = True
    ran = world.run()
    assert ran.ids == {asked}
    assert ["token" in gap for gap in ran.gaps] == [True]
    world.instance.closed = False
    assert len(world.run().ids) == 3


def test_a_run_that_is_cut_off_loses_and_repeats_nothing(world: World) -> None:
    for number in range(150):
        world.instance.write(NOW - DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    found: set[str] = set()
    for _ in range(8):
        found |= world.run(most=2, later=MINUTE).ids
    assert found == set(world.instance.statuses)


def test_a_list_that_outgrows_a_run_is_a_gap_that_the_next_run_closes(world: World) -> None:
    world.instance.write(NOW - 3 * DAY, "First #fabel")
    assert world.run().ids == set(world.instance.statuses)
    for number in range(120):
        world.instance.write(NOW - 2 * DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    first = world.run(most_pages=2, later=MINUTE)
    assert len(first.ids) == 80
    assert ["hashtag:fabel" in gap for gap in first.gaps] == [True]
    world.instance.write(NOW, "And #fabel", "cat")
    second = world.run(most_pages=5, later=MINUTE)
    assert len((first.ids | second.ids) & set(world.instance.statuses)) >= 121
    assert second.gaps == []


def test_a_server_that_does_not_page_leaves_a_gap_that_is_said(world: World) -> None:
    world.instance.pages = False
    world.instance.write(NOW - 3 * DAY, "First #fabel")
    assert world.run().gaps == []
    for number in range(90):
        world.instance.write(NOW - 2 * DAY + number * MINUTE, f"Number {number} #fabel", "cat")
    assert ["nothing older" in gap for gap in world.run(later=MINUTE).gaps] == [True]


def test_a_budget_ends_the_run_and_the_next_goes_on(world: World) -> None:
    for number in range(100):
        world.instance.write(NOW - DAY + number * MINUTE, f"Number {number} #fabel", "cat", number=number)
    talk(world)
    found: set[str] = set()
    gaps = []
    for _ in range(8):
        ran = world.run(max_requests=2, hashtags=["fabel", "none"])
        found |= ran.ids
        gaps.append(bool(ran.gaps))
    assert found == set(world.instance.statuses)
    assert gaps[0] and not gaps[-1]


def test_a_period_is_read_apart_from_the_live_cursor(world: World) -> None:
    for day in range(1, 101):
        world.instance.write(NOW - day * DAY, f"Day {day} #fabel", "cat")
        world.instance.write(
            NOW - day * DAY + HOUR, "An answer", "fabel", in_reply_to_id=min(world.instance.statuses)
        )
    world.run()
    period = Period(NOW - 90 * DAY, NOW - 80 * DAY)
    world.server.count()
    ran = world.runner.back_fill(world.config(), period)
    inside = {i for i, one in world.instance.statuses.items() if one["created_at"][:10] and "Day" in one["content"]}
    days = [int(world.instance.statuses[i]["content"].split()[1]) for i in ran.ids & inside]
    assert sorted(days) == list(range(81, 91))
    assert len(ran.ids - inside) == 10
    assert ran.pages[-1].next_cursor == {"done": True}
    assert world.server.count() < 15
    assert not world.runner.back_fill(world.config(), period, {"done": True}).pages


def test_boosts_are_nobodys_message(world: World) -> None:
    asked = world.instance.write(NOW - HOUR, "Good service by #fabel")
    original = world.instance.statuses[asked]
    world.instance.write(NOW, "#fabel", "fabel", reblog=original)
    assert world.run(accounts=["fabel"], hashtags=["none"]).ids == set()


def test_titles_bots_visibility_polls_and_languages_are_read(world: World) -> None:
    poll = {"id": "1", "votes_count": 3, "options": [{"title": "Yes", "votes_count": 2}, {"title": "No"}]}
    one = world.instance.write(
        NOW, "Well? #fabel", spoiler_text="A question", visibility="private", poll=poll, language="pt-BR"
    )
    world.instance.statuses[one]["account"]["bot"] = True
    mapped = world.run().mapped[one]
    assert (mapped["title"], mapped["body"]) == ("A question", "Well? #fabel\n- Yes\n- No")
    assert (mapped["is_public"], mapped["author_role_declared"]) == (False, "bot")
    assert mapped["language_declared"] == "pt"


def test_damaged_statuses_are_rejected_with_the_reason(world: World) -> None:
    good = world.instance.write(NOW, "Fine #fabel")
    status = world.instance.statuses[good]
    world.instance.recorded["damaged"] = [
        "text", 5, None, {}, status | {"id": None}, status | {"created_at": "never"}, status | {"account": None},
        status | {"content": 5}, status | {"created_at": "2029-01-01"}, status | {"id": "1\0"}, status,
    ]  # fmt: skip
    ran = world.run(hashtags=["damaged"])
    assert ran.ids == {good}
    assert ran.reasons == [
        "wrong shape", "wrong shape", "wrong shape", "no id", "no id", "no date", "no author", "wrong shape",
        "date in the future", "NUL character",
    ]  # fmt: skip


def test_talk_of_a_nul_is_kept_and_a_nul_is_left_out(world: World) -> None:
    talk_of_one = world.instance.write(NOW, r"What is \u0000 for? #fabel")
    damaged = world.instance.write(NOW, "a\0b #fabel")
    ran = world.run()
    assert {one: ran.mapped[one]["body"] for one in (talk_of_one, damaged)} == {
        talk_of_one: r"What is \u0000 for? #fabel", damaged: "ab #fabel",
    }  # fmt: skip
    assert {record.record_id for record in ran.records if record.repaired} == {damaged}
    assert ran.reasons == []


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "x"}', b"5", b"null", b'"text"', b"", b"[[]]"])
def test_an_answer_of_another_shape_is_a_reject_and_an_error(world: World, body: bytes) -> None:
    world.server.answers = lambda request: (200, body)
    ran = world.run()
    assert ran.records == []
    assert ran.reasons
    assert ran.error or body == b"[[]]"


def test_one_list_that_fails_stops_no_other(world: World) -> None:
    asked, *_ = talk(world)
    normal = world.server.answers
    world.server.answers = lambda r: (404, {"error": "x"}) if "lookup" in r.path else normal(r)
    ran = world.run(accounts=["gone"], hashtags=["fabel"])
    assert asked in ran.ids
    assert (ran.reasons, ran.error) == (["not there"], "")


def test_a_hashtag_that_is_suddenly_empty_is_said_once(world: World) -> None:
    talk(world)
    world.run()
    world.instance.statuses.clear()
    assert world.run(later=MINUTE).reasons == ["empty list"]
    assert world.run(later=MINUTE).reasons == []


def test_ids_of_snac_lose_their_time() -> None:
    tail = "6c6c76b156a592a9198cc0404af0eb8f"
    assert {stable_id(f"17953131{n}{tail}") for n in (40, 92, 98)} == {tail}
    assert stable_id("114870142396314555") == "114870142396314555"


def test_a_token_is_read_by_its_name_and_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDI_TOKEN", "s3cret")
    talk(world)
    ran = world.run(searches=["line is down"], token="FEDI_TOKEN")
    assert len(ran.ids) == 3
    assert {asked.headers["authorization"] for asked in world.server.asked} == {"Bearer s3cret"}


def test_a_token_that_is_a_path_sends_no_file_of_ours(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever makes a Prefect Secret block chooses what the token is."""
    ours = tmp_path / "ours.json"
    ours.write_text("correct-horse\n", encoding="utf-8")
    monkeypatch.setenv("FEDI_TOKEN", str(ours))
    talk(world)
    world.run(searches=["line is down"], token="FEDI_TOKEN")
    assert {asked.headers["authorization"] for asked in world.server.asked} == {f"Bearer {ours}"}


def test_what_cannot_be_is_refused_by_the_form() -> None:
    for wrong in ({}, {"searches": ["x"]}, {"accounts": ["a b"]}, {"hashtags": ["#a b"]}):
        with pytest.raises(ValidationError):
            MastodonConfig(name="x", instance="example.org", **wrong)
    with pytest.raises(ValidationError):
        MastodonConfig(name="x", instance="example.org/path", accounts=["a"])
    config = MastodonConfig(
        name="x", instance="example.org", accounts=["@a@b.example", "a@b.example"], hashtags=["#c"]
    )
    assert (config.accounts, config.hashtags, config.address) == (["a@b.example"], ["c"], "https://example.org")


def test_web_addresses_of_a_profile_are_the_accounts_those_that_link_back_for_sure() -> None:
    fields = [
        {
            "name": "home",
            "value": '<a href="https://ann.example/me?a=1&amp;b=2" rel="me">here</a>',
            "verified_at": "x",
        },
        {"name": "also", "value": "https://two.example", "verified_at": None},
        {"name": "pronouns", "value": "she"},
        "damaged",
    ]
    status = {"id": "1", "created_at": "2026-11-01T10:00:00Z", "account": {"acct": "ann", "fields": fields}}

    record = to_record(status, Place("social.example", "social.example"), NOW)

    given = orjson.loads(record.content)["mapped"]["identifiers"][1:]
    assert [(one["type"], one["value"], one["how_known"]) for one in given] == [
        ("site", "https://ann.example/me?a=1&b=2", "verified"),
        ("site", "https://two.example", "declared"),
    ]
