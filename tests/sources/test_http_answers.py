"""What becomes of an answer: compression, sizes, charsets, nothing new."""

from __future__ import annotations

import gzip
import zlib

import pytest

from flows.sources.http import (
    BadAnswer,
)
from tests.helpers.polite import World
from tests.servers.feed_server import Reply


def test_a_page_that_did_not_change_costs_one_answer_without_a_body(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(b"fine", etag='"one"', headers={"Last-Modified": "yesterday"})
    with world.client() as client:
        first = client.get(world.server.url())
        again = client.get(world.server.url(), validators=first.validators)
    assert (first.validators.etag, first.validators.last_modified) == ('"one"', "yesterday")
    assert (again.not_modified, again.content) == (True, b"")
    assert world.server.asked[-1].headers["if-modified-since"] == "yesterday"


def test_a_304_that_nobody_asked_for_is_no_answer(world: World) -> None:
    world.server.routes["/feed.xml"] = Reply(status=304)
    with pytest.raises(BadAnswer, match="304"):
        world.get()


def test_gzip_is_undone_members_and_all(world: World) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")
    world.server.routes["/feed.xml"] = Reply(body, headers={"Content-Encoding": "gzip"})
    assert world.get() == b"one two"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"no gzip at all", headers={"Content-Encoding": "gzip"}), "its gzip is damaged"),
        (Reply(zlib.compress(b"x"), headers={"Content-Encoding": "br"}), "compressed as 'br'"),
        (
            Reply(gzip.compress(b"\0" * 30_000_000), headers={"Content-Encoding": "gzip"}),
            "more than 10,000,000 bytes",
        ),
        (Reply(b"x" * 11_000_000), "11,000,000 bytes, 10,000,000 may be read"),
    ],
    ids=["bad gzip", "unknown encoding", "gzip bomb", "huge"],
)
def test_an_answer_that_cannot_be_used_is_told_at_once(world: World, reply: Reply, reason: str) -> None:
    world.server.routes["/feed.xml"] = reply
    with pytest.raises(BadAnswer, match=reason):
        world.get()
    assert len(world.server.paths()) == 1


def test_a_gzip_bomb_is_never_held_in_memory(world: World) -> None:
    import tracemalloc

    bomb = gzip.compress(b"\0" * 50_000_000, 1)
    world.server.routes["/feed.xml"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer):
            world.get(most_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("déçu".encode(), "text/html; charset=iso-8859-1"),
        ("déçu".encode("latin-1"), "text/html; charset=utf-8"),
        ("déçu".encode("latin-1"), "text/html; charset=klingon"),
        ("déçu".encode("utf-8-sig"), "text/html"),
    ],
)
def test_a_wrong_charset_is_tolerated(world: World, body: bytes, content_type: str) -> None:
    world.server.routes["/feed.xml"] = Reply(body, content_type=content_type)
    with world.client() as client:
        assert client.get(world.server.url()).text == "déçu"
