"""Mutated payloads of both networks: each is a record, a repeat, or a reject with a reason; nothing crashes."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from flows.sources.base import Record
from flows.sources.bluesky import mapping as bluesky
from flows.sources.feeds.mapping import Unusable
from flows.sources.mastodon import mapping as mastodon
from tests.sources.bluesky.conftest import Service
from tests.sources.mastodon.instance import Instance

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROUNDS = 5_000
ODD = (
    None, True, 0, -1, 1.5, 10**18, "", " ", "x" * 2000, "a\0b", "\ud7ff\U0001f600", "9999-12-31",
    "2026-13-45T99:00:00Z", "1970-01-01T00:00:00+99:99", [], [[]], {}, {"id": None}, "<" * 6000,
    "at://x", "@", "https://[",
)  # fmt: skip


def mutated(value: Any, chance: random.Random) -> Any:
    """A copy with some values replaced, dropped, doubled or moved."""
    if chance.random() < 0.06:
        return chance.choice(ODD)
    if isinstance(value, dict):
        kept = [(name, mutated(inner, chance)) for name, inner in value.items() if chance.random() > 0.03]
        return dict(kept)
    if isinstance(value, list):
        return [mutated(inner, chance) for inner in value for _ in range(chance.choice((1, 1, 1, 2, 0)))]
    return value


def status() -> dict[str, Any]:
    world = Instance()
    native = world.write(NOW, "Hello <a href='https://example.org'>there</a> #fabel", "ann@example.com")
    more = {
        "in_reply_to_id": "7", "edited_at": NOW.isoformat(), "media_attachments": [{"id": "1", "description": "x"}],
        "poll": {"id": "1", "options": [{"title": "Yes"}]}, "quote": {"quoted_status": {"id": "2", "uri": "u"}},
        "reblog": None,
    }  # fmt: skip
    return world.statuses[native] | more


def post() -> dict[str, Any]:
    world = Service()
    asked = world.write(NOW, "Hello")
    facet = {"index": {"byteStart": 0, "byteEnd": 4}, "features": [{"uri": "https://example.org/long"}]}
    said = world.write(NOW, "Well, example.org/lo...", "fabel", asked, facets=[facet])
    return world.posts[said] | {"labels": [{"val": "bot"}]}


def read_status(found: Any) -> Record | None:
    found = mastodon.unwrapped(found)
    if mastodon.is_boost(found):
        return None
    mastodon.written_at(found)
    return mastodon.to_record(found, mastodon.Place("example.org", "example.org"), NOW)


def read_post(found: Any) -> Record | None:
    bluesky.written_at(found)
    return bluesky.to_record(found, bluesky.Place("bluesky"), NOW)


@pytest.mark.parametrize(("make", "read"), [(status, read_status), (post, read_post)])
def test_whatever_comes_is_a_record_or_a_reject_with_a_reason(make: Any, read: Any) -> None:
    chance = random.Random(20261121)
    whole, ends = make(), {"record": 0, "reject": 0, "repeat": 0}
    for _ in range(ROUNDS):
        found = mutated(whole, chance)
        try:
            record = read(found)
        except Unusable as error:
            assert error.reason and str(error)
            ends["reject"] += 1
            continue
        if record is None:
            ends["repeat"] += 1
            continue
        mapped = orjson.loads(record.content)["mapped"]
        assert record.record_id and mapped["account"] and isinstance(mapped["body"], str)
        assert datetime.fromisoformat(mapped["posted_at"]).tzinfo
        assert b"\\u0000" not in record.content
        ends["record"] += 1
    assert ends["record"] > ROUNDS / 20
    assert ends["reject"] > ROUNDS / 20
