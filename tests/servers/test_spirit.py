"""People on a real Spirit, a forum that no profile knows: its pages are read by their structure alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.helpers.house import House
from tests.servers.collecting import ForumCollector
from tests.servers.spirit import Spirit, spirit

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture(scope="module")
def forum() -> Iterator[Spirit]:
    with spirit("ann", "ben", "cleo", "staff") as running:
        yield running


def test_a_talk_is_collected_by_its_structure(forum: Spirit, warehouse: House) -> None:
    topic = forum.start("ann", "Card & code refused", "Refused since **noon**, nobody answers")
    forum.reply("cleo", topic, "We look into it, which card is it?")
    forum.reply("ben", topic, "Mine is refused, too, since eleven")

    collector = ForumCollector(warehouse, f"{forum.url}/topic/{topic}/")
    collector.run()
    assert collector.troubles == []
    said = "select payload #>> '{mapped,handle}', payload #>> '{mapped,body}' from raw.forum__posts"
    talk = [
        ("ann", "Refused since noon, nobody answers"),
        ("cleo", "We look into it, which card is it?"),
        ("ben", "Mine is refused, too, since eleven"),
    ]
    assert warehouse.query(f"{said} order by native_order") == talk
    titles = {body: title for title, body, *_ in collector.messages(str(topic))}
    assert [titles[body] for _, body in talk] == ["Card & code refused", None, None]

    forum.reply("ann", topic, "The blue one, thank you")
    again = collector.run(timedelta(hours=2))
    assert (again.counts.new, again.counts.changed) == (1, 0)
    assert len(collector.messages(str(topic))) == 4
    assert warehouse.query("select * from raw.tombstones") == []

    ids = warehouse.query("select record_id from raw.forum__posts order by native_order")
    numbers = [int(record_id) for (record_id,) in ids]
    forum.edit("ben", numbers[2], "Mine is refused, too, since eleven. And my wife's")
    edited = collector.run(timedelta(hours=3))
    assert (edited.counts.new, edited.counts.changed) == (0, 1)
    forum.delete(numbers[1])
    collector.run(timedelta(hours=6))
    assert warehouse.query("select record_id from raw.tombstones") == [], "missed once"
    collector.run(timedelta(hours=13))
    assert warehouse.query("select record_id from raw.tombstones") == [(str(numbers[1]),)]
    bodies = [body for _, body, *_ in collector.messages(str(topic))]
    assert sorted(bodies) == sorted(
        [talk[0][1], "Mine is refused, too, since eleven. And my wife's", "The blue one, thank you"]
    )


def test_topics_are_found_by_the_list_of_the_newest(forum: Spirit, warehouse: House) -> None:
    for number in range(5):
        forum.start("ben", f"Question {number}", f"What about the card number {number}?")
    collector = ForumCollector(warehouse, forum.url)
    collector.run()
    bodies = {body for (body,) in warehouse.query("select payload #>> '{mapped,body}' from raw.forum__posts")}
    assert {f"What about the card number {number}?" for number in range(5)} <= bodies
