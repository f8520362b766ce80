"""People on a real Misago, which is read by its pages: collected, seen in the marts; edited and deleted there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.helpers.databases import Server
from tests.helpers.house import House
from tests.servers.collecting import ForumCollector
from tests.servers.misago import Misago, misago

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture(scope="module")
def forum(server: Server) -> Iterator[Misago]:
    with misago(server, "ann", "staff") as running:
        yield running


def test_a_talk_is_collected_and_its_edits_and_deletions_are_seen(forum: Misago, warehouse: House) -> None:
    thread = forum.start("ann", "Card & code refused", "Refused since **noon**, nobody answers")["id"]
    quoting = '[quote="@ann, post: 1"]\nRefused since noon\n[/quote]\n\nWe look into it'
    forum.reply("staff", thread, quoting)
    thanks = forum.reply("ann", thread, "thank you")["id"]
    assert thanks == 3, "the question is post 1"

    collector = ForumCollector(warehouse, forum.url)
    first = collector.run()
    assert collector.troubles == []
    assert first.counts.new == 3
    question = ("Card & code refused", "Refused since noon, nobody answers", "ann", False, None)
    answer = (None, "We look into it", "staff", False, "talk:1")
    assert collector.messages(str(thread)) == [question, answer, (None, "thank you", "ann", False, None)]
    again = collector.run()
    assert (again.counts.new, again.counts.changed) == (0, 0)

    forum.edit("ann", thread, 1, "Solved at eleven")
    forum.delete(thanks)
    forum.reply("ann", thread, "And since when?")
    edited = collector.run(timedelta(hours=2))
    assert collector.troubles == []
    assert warehouse.query("select record_id from raw.tombstones") == [], "missed once"
    collector.run(timedelta(hours=9))
    assert [body for _, body, *_ in collector.messages(str(thread))] == [
        "Solved at eleven",
        "We look into it",
        "And since when?",
    ]
    assert (edited.counts.new, edited.counts.changed) == (1, 1)
    assert warehouse.query("select record_id from raw.tombstones") == [(str(thanks),)]


def test_threads_in_pages_are_read_whole(forum: Misago, warehouse: House) -> None:
    thread = forum.start("ann", "A long one", "Number 0")["id"]
    for number in range(1, 45):
        forum.reply("staff" if number % 2 else "ann", thread, f"Number {number}")
    for number in range(25):
        forum.start("ann", f"Question {number}", f"What about {number}?")
    collector = ForumCollector(warehouse, forum.url)
    collector.run()
    assert collector.troubles == []
    bodies = {body for (body,) in warehouse.query("select payload #>> '{mapped,body}' from raw.forum__posts")}
    assert {f"Number {number}" for number in range(45)} <= bodies
    assert {f"What about {number}?" for number in range(25)} <= bodies
