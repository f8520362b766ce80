"""Damaged pages: the reader neither fails nor hangs, and every post that it reads stands on the page."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Reading
from flows.forumreader.reader import read_page
from tests.forumreader.checker import letters

PAGES = Path(__file__).parent / "pages"
NO_POSTS = PAGES / "generic" / "no_posts"
LONGEST = 30.0  # seconds of the processor; a page takes hundredths
TAG = re.compile(rb"<[^>]{1,300}>")
ATTRIBUTE = re.compile(rb"\s(?:class|id|href|datetime|title|itemprop|itemtype|data-[\w-]+)=\"[^\"]*\"")


def cut(page: bytes, rng: random.Random) -> bytes:
    return page[: rng.randrange(len(page))]


def without_a_part(page: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(page))
    return page[:start] + page[start + rng.randrange(2_000) :]


def tags_dropped(page: bytes, rng: random.Random) -> bytes:
    share = rng.choice((0.02, 0.1, 0.3))
    return TAG.sub(lambda tag: b"" if rng.random() < share else tag[0], page)


def tags_doubled(page: bytes, rng: random.Random) -> bytes:
    share = rng.choice((0.02, 0.1))
    return TAG.sub(lambda tag: tag[0] * 2 if rng.random() < share else tag[0], page)


def attributes_dropped(page: bytes, rng: random.Random) -> bytes:
    share = rng.choice((0.1, 0.5, 1.0))
    return ATTRIBUTE.sub(lambda said: b"" if rng.random() < share else said[0], page)


def bytes_broken(page: bytes, rng: random.Random) -> bytes:
    broken = bytearray(page)
    for _ in range(rng.randrange(1, 60)):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def encoding_broken(page: bytes, rng: random.Random) -> bytes:
    text = page.decode("utf-8", errors="replace")
    return text.encode(rng.choice(("utf-16", "utf-32", "cp1252", "cp037", "utf-7")), errors="replace")


def nested(page: bytes, rng: random.Random) -> bytes:
    tag = rng.choice((b"<div>", b"<blockquote>", b"<table><tr><td>", b"<b>", b"<ul><li>", b'<font size="1">'))
    at = rng.randrange(len(page))
    return page[:at] + tag * rng.choice((50, 500, 5_000)) + page[at:]


def repeated(page: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(page))
    part = page[start : start + rng.randrange(1, 3_000)]
    return page[:start] + part * rng.choice((2, 10, 60)) + page[start:]


def shuffled(page: bytes, rng: random.Random) -> bytes:
    parts = re.split(rb"(?=<div|<tr|<li|<article)", page)
    rng.shuffle(parts)
    return b"".join(parts)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    cut, without_a_part, tags_dropped, tags_doubled, attributes_dropped, bytes_broken, encoding_broken, nested,
    repeated, shuffled,
)  # fmt: skip


@cache
def originals() -> list[Path]:
    return sorted(PAGES.rglob("*.html"))


def mutated(seed: int) -> tuple[Path, ForumPage]:
    rng = random.Random(seed)
    path = rng.choice(originals())
    content = path.read_bytes()
    for _ in range(rng.choice((1, 1, 2, 3))):
        content = rng.choice(MUTATIONS)(content, rng) or b" "
    return path, ForumPage(content, "https://forum.example.org/viewtopic.php?t=1", datetime(2024, 1, 1, tzinfo=UTC))


def check(seed: int) -> Reading:
    _, page = mutated(seed)
    begun = time.process_time()
    reading = read_page(page)
    assert time.process_time() - begun < LONGEST, seed
    said = bool(reading.posts) + bool(reading.threads or reading.forums) + bool(reading.refusal)
    assert said == 1, (seed, reading.kind, reading.refusal)
    shown = letters(page.tree.root.text() if page.tree.root else "") + letters(page.text)
    for post in reading.posts:
        assert post.id, seed
        assert post.author is None or letters(post.author) in shown, (seed, post.author)
        for line in post.body.splitlines():
            words = [letters(word) for word in line.split()]
            assert all(word in shown for word in words), (seed, line)
    return reading


@pytest.mark.parametrize("batch", range(2))
def test_damaged_pages_are_read_or_refused(batch: int) -> None:
    for seed in range(batch * 60, (batch + 1) * 60):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(50))
def test_5000_damaged_pages_are_read_or_refused(batch: int) -> None:
    for seed in range(1_000 + batch * 100, 1_000 + (batch + 1) * 100):
        check(seed)
