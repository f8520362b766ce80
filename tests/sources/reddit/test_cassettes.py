"""praw's recorded cassettes through the source: every thing in them becomes a record, a tombstone or a reject."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from flows.records import Record, Unusable
from flows.sources.reddit.things import to_message
from tests.sources.reddit.cassettes import NotThere, answer, archive, cassettes
from tests.sources.reddit.conftest import Reader
from tests.sources.reddit.fake import Fault
from tests.sources.reddit.replay import form, replay, things

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 21, tzinfo=UTC)
# Said by authors or moderators, or a subreddit under another name: another version by right.
SAID = {
    "body", "selftext", "title", "edited", "author", "link_flair_text", "distinguished", "is_original_content",
    "parent_id", "subreddit", "permalink", "url", "domain",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _distribution() -> None:
    try:
        archive()
    except NotThere as error:
        pytest.skip(str(error))


def test_every_thing_in_every_cassette_is_accounted_for(reader: Reader) -> None:
    seen: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for name, interactions in cassettes():
        seen["cassettes"] += 1
        before = seen["things"]
        for interaction in interactions:
            said = answer(interaction)
            recorded = [thing["data"]["name"] for thing in things(said)]
            if not recorded:
                seen["interactions with nothing to read"] += 1
                continue
            ran = replay(reader.server, said)
            assert not ran.error, (name, interaction["request"]["uri"])
            outcome = Counter([*ran.ids, *(t.record_id for t in ran.tombstones)])
            rejected = Counter(reject.locator.partition("#")[2] for reject in ran.rejects)
            missing = Counter(recorded) - outcome - rejected
            assert not missing, (name, interaction["request"]["uri"], missing)
            reasons += Counter(r.reason for r in ran.rejects if r.locator.partition("#")[2] in set(recorded))
            seen[f"interactions read as {form(said)}"] += 1
            seen["things"] += len(recorded)
            seen["records"] += len(set(ran.ids))
            seen["tombstones"] += len({t.record_id for t in ran.tombstones})
        seen["cassettes with nothing to read"] += seen["things"] == before
    print(json.dumps({**seen, "rejects": reasons}, indent=1))
    assert seen["cassettes"] == 643
    assert seen["things"] == 42_244
    assert reasons.keys() <= {"no thread", "bad id"}


def test_every_recorded_error_is_told_and_none_is_fatal(reader: Reader) -> None:
    seen: Counter[int] = Counter()
    reader.server.submit(NOW, subreddit="other")
    for _, interactions in cassettes():
        for interaction in interactions:
            response = interaction["response"]
            status = response["status"]["code"]
            if interaction["request"]["method"] != "GET" or status < 300:
                continue
            headers = {"Location": location[0]} if (location := response["headers"].get("location")) else {}
            fault = Fault(status, headers, response["body"]["string"].encode())
            reader.server.faults_at["/r/tilleul/new"].extend([fault] * (1 if status < 500 and status != 429 else 3))
            ran = Reader(reader.server).run(subreddits=["tilleul", "other"], comments=False, trees="none")
            seen[status] += 1
            assert not ran.error
            assert [r.locator for r in ran.rejects] == (["r/tilleul/new"] if status != 401 else [])
            assert len(ran.ids) == 1
    print(dict(seen))
    assert sum(seen.values()) > 10


def test_a_thing_told_twice_is_another_version_only_for_what_it_says() -> None:
    """Recorded years apart, at all places of the API: counts, votes and rights make no version."""
    told: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    for _, interactions in cassettes():
        for interaction in interactions:
            for thing in things(answer(interaction)):
                try:
                    message = to_message(thing["kind"], thing["data"], NOW)
                except Unusable:
                    continue
                if isinstance(message, Record):
                    said = (interaction.get("recorded_at", ""), json.loads(message.content)["thing"])
                    told[message.record_id].append(said)
    pairs = changed = 0
    for name, versions in told.items():
        versions.sort(key=lambda one: one[0])
        for (_, one), (_, two) in pairwise(versions):
            pairs += 1
            changed += one != two
            differ = {key for key in one.keys() & two.keys() if one[key] != two[key]}
            assert differ <= SAID, (name, differ)
    print(f"{pairs:,} pairs, {changed:,} differ in what they say or in fields that Reddit had not yet")
    assert pairs > 30_000
