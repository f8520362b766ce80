"""Every recorded payload of Reddit's API, through the source; what comes out is counted against the files."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sources.reddit.conftest import Ran, Reader
from tests.sources.reddit.fake import Thing, listing
from tests.sources.reddit.replay import form, replay, things

EMPTY = {None, "", "[deleted]"}


def lines(data: Path, name: str) -> list[Any]:
    with (data / "reddit_api" / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def is_gone(thing: Thing) -> bool:
    """Deleted or removed, told apart from the field names alone."""
    data = thing["data"]
    text = data.get("body", data.get("selftext"))
    stub = (text == "[deleted]" and data["author"] == "[deleted]") or text == "[removed]"
    return bool(stub or data.get("banned_by") or data.get("removed_by_category"))


def expected(thing: Thing) -> tuple[Any, ...]:
    data = thing["data"]
    posted = datetime.fromtimestamp(data["created_utc"], UTC).isoformat()
    edited = data.get("edited")
    edited_at = datetime.fromtimestamp(edited, UTC).isoformat() if isinstance(edited, float) else None
    author = None if data["author"] in EMPTY else data["author"]
    if thing["kind"] == "t3":
        return author, posted, edited_at, None, data["name"], data["title"], data["selftext"]
    return author, posted, edited_at, data["parent_id"], data["link_id"], None, data["body"]


def found(mapped: dict[str, Any]) -> tuple[Any, ...]:
    author = None if mapped["account"].startswith("[deleted]/") else mapped["account"]
    return (
        author, mapped["posted_at"], mapped.get("edited_at"), mapped.get("parent"), mapped["thread"],
        mapped.get("title"), mapped["body"],
    )  # fmt: skip


def check(ran: Ran, answer: Any) -> Counter[str]:
    """Compare what was read with what stands in the answer, thing by thing; return what there was."""
    there = {thing["data"]["name"]: thing for thing in things(answer)}
    gone = {name for name, thing in there.items() if is_gone(thing)}
    assert not ran.error
    assert {t.record_id for t in ran.tombstones} == gone
    assert {name: found(mapped) for name, mapped in ran.mapped.items()} == {
        name: expected(thing) for name, thing in there.items() if name not in gone
    }
    for record in ran.records:
        data = there[record.record_id]["data"]
        is_hidden = data.get("hide_score") or data.get("score_hidden")
        assert record.stream == ("reddit__submissions" if "title" in data else "reddit__comments")
        assert (record.counters or {}).get("reactions") == (None if is_hidden else data.get("score"))
    others = [child.get("kind") for child in _children(answer) if child.get("kind") not in {"t1", "t3", "more"}]
    assert [r.reason for r in ran.rejects] == ["not a message" if kind else "wrong shape" for kind in others]
    kinds = Counter(thing["kind"] for name, thing in there.items() if name not in gone)
    return kinds + Counter(gone=len(gone), others=len(others))


def _children(answer: Any) -> list[Thing]:
    parts = answer if isinstance(answer, list) else [answer]
    return [child for part in parts for child in part["data"]["children"]]


def test_every_recorded_listing(data: Path, reader: Reader) -> None:
    seen: Counter[str] = Counter()
    for line in lines(data, "listings"):
        assert form(line["response"]) == "listing"
        seen += check(replay(reader.server, line["response"]), line["response"])
    print(dict(seen))
    assert seen == {"t3": 1988, "t1": 846, "gone": 122, "others": 725}


def test_every_recorded_thread(data: Path, reader: Reader) -> None:
    seen: Counter[str] = Counter()
    for line in lines(data, "threads"):
        assert form(line["response"]) == "thread"
        seen += check(replay(reader.server, line["response"]), line["response"])
    print(dict(seen))
    assert seen == {"t3": 57, "t1": 186, "gone": 13}


@pytest.mark.parametrize("name", ["objects_t2", "objects_t5"])
def test_users_and_subreddits_are_no_messages(data: Path, reader: Reader, name: str) -> None:
    objects = lines(data, name)
    ran = replay(reader.server, listing(objects))
    assert not ran.records
    assert len(ran.rejects) == len(objects)
