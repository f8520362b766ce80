"""Hand-written pages in the engines' markup are read as the posts beside them say."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Moment, Post, Reading, ThreadRef
from flows.forumreader.reader import read_page

PAGES = Path(__file__).parent / "pages"
GOLDEN = sorted(PAGES.glob("*/*.json"))
PLAIN = ("kind", "engine", "thread_id", "title", "page", "next_page", "last_page", "forums", "space", "lost")


def loaded(golden: Path) -> tuple[dict[str, Any], Reading]:
    expected = json.loads(golden.read_text(encoding="utf-8"))
    headers = expected.pop("headers", {})
    zone = ZoneInfo(expected.pop("zone", "UTC"))
    content = golden.with_suffix(".html").read_bytes()
    page = ForumPage(content, expected.pop("url"), datetime.fromisoformat(expected.pop("read_at")), headers)
    return expected, read_page(page, zone=zone)


def said(thing: Post | ThreadRef, key: str) -> Any:
    if key == "precision":
        return thing.posted_at.precision if isinstance(thing, Post) and thing.posted_at else None
    value = getattr(thing, key)
    if key == "quotes":
        return [{"author": q.author, "post_id": q.post_id, "text": q.text} for q in value]
    return value.at if isinstance(value, Moment) else value


def meant(key: str, value: Any) -> Any:
    if key in ("posted_at", "edited_at", "last_at") and value is not None:
        return datetime.fromisoformat(value)
    if key == "quotes":
        return [{"author": None, "post_id": None, **quote} for quote in value]
    return value


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_page_is_read_as_its_golden_posts(golden: Path) -> None:
    expected, reading = loaded(golden)
    refusal = expected.pop("refusal", None)
    if refusal is None:
        assert reading.refusal is None
    else:
        assert refusal in (reading.refusal or "")
    for kind in ("posts", "threads"):
        things = expected.pop(kind, [])
        found = getattr(reading, kind)
        assert [thing.id for thing in found] == [thing["id"] for thing in things]
        for thing, golden_thing in zip(found, things, strict=True):
            expect = {key: meant(key, value) for key, value in golden_thing.items()}
            assert {key: said(thing, key) for key in expect} == expect
    assert set(expected) <= set(PLAIN)
    assert {key: getattr(reading, key) for key in expected} == expected
