"""One thing at a time, whatever is in it: a record, a tombstone or a reject with a reason; nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.records import Record, Tombstone, Unusable
from flows.sources.http import Clock, Memory
from flows.sources.reddit.config import RedditConfig
from flows.sources.reddit.intake import Intake
from flows.sources.reddit.things import gone, to_message

NOW = datetime(2026, 11, 21, tzinfo=UTC)
COMMENT = {
    "name": "t1_abc", "id": "abc", "author": "ann", "body": "Some text", "created_utc": 1.7e9, "edited": 1.7e9 + 5,
    "link_id": "t3_xyz", "parent_id": "t1_abb", "score": 3, "subreddit": "tilleul", "replies": "", "depth": 2,
}  # fmt: skip
SUBMISSION = {
    "name": "t3_xyz", "id": "xyz", "author": "ann", "title": "A title", "selftext": "", "created_utc": 1.7e9,
    "edited": False, "score": 3, "num_comments": 4, "upvote_ratio": 0.8, "url": "https://example.org",
    "poll_data": {"options": [{"text": "yes", "id": "1", "vote_count": 5}], "total_vote_count": 5},
}  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8)
    | st.sampled_from(["[deleted]", "[removed]", "t1_abc", "a\0b", "\ud800", "t1_../../x", 10**30, 1e300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def mapped(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    message = to_message(kind, data, NOW)
    assert isinstance(message, Record)
    return dict(orjson.loads(message.content))


CONFIG = RedditConfig(name="reddit", subreddits=["tilleul"], phrases=["some"], accounts=["ann"])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([("t1", COMMENT), ("t3", SUBMISSION)]), st.data())
def test_every_mutated_thing_is_accounted_for(base: tuple[str, dict[str, Any]], draw: st.DataObject) -> None:
    kind, data = base[0], dict(base[1])
    for key in draw.draw(st.lists(st.sampled_from([*data, "removed_by_category", "new_field"]), max_size=3)):
        data[key] = draw.draw(ANYTHING)
    child = draw.draw(st.sampled_from([{"kind": kind, "data": data}] * 9 + [data, [data], None]))
    reader = Intake(CONFIG, Memory({}), Clock(lambda: NOW))
    page = reader.page(reader.take([child], "r/tilleul/new"), {})
    assert len(page.records) + len(page.tombstones) + len(page.rejects) == 1
    for record in page.records:
        assert b"\\u0000" not in record.content
        assert all(isinstance(v, int) for k, v in (record.counters or {}).items() if k != "upvote_ratio")
    for reject in page.rejects:
        assert reject.reason
        assert "\0" not in (reject.locator + reject.detail).encode().decode()
    orjson.dumps(dict(page.state))


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("t1", {"author": "[deleted]", "body": "[deleted]"}, "deleted"),
        ("t1", {"author": None, "body": "[deleted]"}, "deleted"),
        ("t1", {"author": "[deleted]", "body": "[removed]"}, "removed"),
        ("t1", {"author": "[deleted]", "body": "[ Removed by Reddit ]"}, "removed"),
        ("t1", {"author": "ann", "body": "[deleted]"}, None),
        ("t1", {"author": "[deleted]", "body": "Text"}, None),
        ("t3", {"author": "ann", "selftext": "[removed]"}, "removed"),
        ("t3", {"author": "[deleted]", "selftext": "", "removed_by_category": "deleted"}, "deleted"),
        ("t3", {"author": "ann", "selftext": "Text", "removed_by_category": "moderator"}, "removed"),
        ("t3", {"author": "ann", "selftext": "Text", "banned_by": "a_moderator"}, "removed"),
        ("t3", {"author": "[deleted]", "selftext": ""}, None),
    ],
)
def test_deleted_and_removed_are_told_from_a_deleted_account(
    kind: str, said: dict[str, Any], expected: str | None
) -> None:
    base = COMMENT if kind == "t1" else SUBMISSION
    assert gone(kind, base | said) == expected
    assert isinstance(to_message(kind, base | said, NOW), Tombstone if expected else Record)


def test_what_is_said_is_kept_as_it_was_said_without_what_is_volatile() -> None:
    assert mapped("t1", COMMENT)["thing"] == {
        key: COMMENT[key] for key in COMMENT.keys() - {"score", "replies", "depth"}
    }
    thing = mapped("t3", SUBMISSION)["thing"]
    assert thing["poll_data"] == {"options": [{"text": "yes", "id": "1"}]}
    assert not {"score", "num_comments", "selftext", "edited"} & thing.keys()


def test_addresses_are_made_from_ids_and_automoderator_is_a_bot() -> None:
    comment = mapped("t1", COMMENT | {"author": "AutoModerator", "subreddit_type": "private"})["mapped"]
    assert comment["url"] == "https://www.reddit.com/r/tilleul/comments/xyz/_/abc/"
    assert comment["author_role_declared"] == "bot"
    assert comment["is_public"] is False
    assert comment["edited_at"] == "2023-11-14T22:13:25+00:00"


def test_scores_that_reddit_hides_are_no_scores() -> None:
    hidden = to_message("t3", SUBMISSION | {"hide_score": True}, NOW)
    assert isinstance(hidden, Record)
    assert hidden.counters == {"replies": 4}
    with pytest.raises(Unusable):
        to_message("t1", COMMENT | {"link_id": None}, NOW)
