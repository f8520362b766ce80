"""The generic reader finds the posts of boards that nobody described, and none where none are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.forumreader.page import ForumPage
from flows.forumreader.reader import read_page
from flows.forumreader.structure.reading import read_generic
from tests.forumreader.checker import Expected, letters
from tests.forumreader.judging import Tally, judge, total

PAGES = Path(__file__).parent / "pages" / "generic"
SEEN, HELD_OUT = (sorted((PAGES / name).glob("*.json")) for name in ("seen", "held_out"))
FALLS_SHORT = sorted((PAGES / "falls_short").glob("*.json"))
NO_POSTS = sorted((PAGES / "no_posts").glob("*.html"))


def tally_of(golden: Path) -> Tally:
    said = json.loads(golden.read_text(encoding="utf-8"))
    content = golden.with_suffix(".html").read_bytes()
    reading = read_generic(ForumPage(content, said["url"], datetime.fromisoformat(said["read_at"])))
    expected = [
        Expected(
            post["id"] or f"none {number}",
            post["author"],
            datetime.fromisoformat(post["at"]),
            frozenset([letters(post["body"])]),
        )
        for number, post in enumerate(said["posts"])
    ]
    tally = judge(golden.stem, reading.posts if reading else [], expected)
    if "next_page" in said and (reading is None or reading.next_page != said["next_page"]):
        tally.misses.append(f"{golden.stem}: its next page is {said['next_page']}")
    if len([post for post in said["posts"] if post["id"]]) != tally.native:
        tally.misses.append(f"{golden.stem}: ids were read as they are not")
    return tally


@pytest.mark.parametrize("golden", SEEN + HELD_OUT, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_posts_of_an_unknown_board_are_read_as_their_golden_ones(golden: Path) -> None:
    assert tally_of(golden).misses == []


@pytest.mark.xfail(strict=True, reason="subjects run into texts; posts that are lines of one element aren't parted")
@pytest.mark.parametrize("golden", FALLS_SHORT, ids=lambda path: path.stem)
def test_posts_that_are_not_read_yet(golden: Path) -> None:
    assert tally_of(golden).misses == []


def test_pages_written_after_the_reader_hold_the_aim() -> None:
    found = total(tally_of(golden) for golden in HELD_OUT + FALLS_SHORT)
    assert found.recall >= 0.8
    assert found.precision >= 0.98


@pytest.mark.parametrize("url", ["https://forum.example.org/x/12", "https://forum.example.org/topic/12-help"])
@pytest.mark.parametrize("path", NO_POSTS, ids=lambda path: path.stem)
def test_no_post_is_invented(path: Path, url: str) -> None:
    page = ForumPage(path.read_bytes(), url, datetime(2023, 1, 1, tzinfo=UTC))
    generic = read_generic(page)
    assert generic is None or not generic.posts
    reading = read_page(page)
    assert not reading.posts
    assert reading.threads or reading.forums or reading.refusal


def test_marks_stand_for_ids_and_stay_the_same() -> None:
    golden = PAGES / "seen" / "dl-en.html"
    readings = [
        read_generic(
            ForumPage(golden.read_bytes(), "https://plain.example.org/9", datetime(year, 1, 1, tzinfo=UTC))
        )
        for year in (2011, 2020)
    ]
    ids = [[post.id for post in reading.posts] for reading in readings if reading]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3
    assert not any(post.id_is_native for reading in readings if reading for post in reading.posts)
