"""People on a real NodeBB: what they write is collected and seen in the marts; edited, deleted, voted for there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.helpers.house import House
from tests.servers.collecting import ForumCollector
from tests.servers.nodebb import STAFF, NodeBB, nodebb

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture(scope="module")
def forum() -> Iterator[NodeBB]:
    with TemporaryDirectory(prefix="nbb-", dir="/tmp") as folder, nodebb(Path(folder)) as running:
        yield running


def test_a_talk_is_collected_and_its_edits_and_deletions_are_seen(forum: NodeBB, warehouse: House) -> None:
    ann = forum.call("user", name="ann")
    asked = forum.call(
        "post", uid=ann, title="Card & code refused", content="Refused since **noon**, nobody answers"
    )
    topic, question = int(asked["topicData"]["tid"]), int(asked["postData"]["pid"])
    quoting = "> @ann said in [Card & code refused](/post/2):\n> Refused since noon\n\nWe look into it"
    answer = int(forum.call("reply", uid=STAFF, tid=topic, toPid=question, content=quoting)["pid"])
    thanks = int(forum.call("reply", uid=ann, tid=topic, content="thank you")["pid"])

    collector = ForumCollector(warehouse, forum.url)
    first = collector.run()
    assert collector.troubles == []
    assert first.counts.new == 4, "NodeBB begins with a welcome"
    assert collector.messages(str(topic)) == [
        ("Card & code refused", "Refused since noon, nobody answers", "ann", False, None),
        (None, "We look into it", "staff", False, f"talk:{question}"),
        (None, "thank you", "ann", False, None),
    ]
    again = collector.run()
    assert (again.counts.new, again.counts.changed) == (0, 0)

    forum.call("edit", uid=ann, pid=question, content="Solved at eleven", title="Card works")
    forum.call("delete", uid=ann, pid=thanks)
    forum.call("upvote", uid=ann, pid=answer)
    second = forum.call("reply", uid=ann, tid=topic, content="And since when?")
    edited = collector.run(timedelta(hours=2))
    assert collector.troubles == []
    assert collector.messages(str(topic)) == [
        ("Card works", "Solved at eleven", "ann", True, None),
        (None, "We look into it", "staff", False, f"talk:{question}"),
        (None, "And since when?", "ann", False, None),
    ]
    assert (edited.counts.new, edited.counts.changed) == (1, 1)
    assert warehouse.query("select record_id from raw.tombstones") == [(str(thanks),)]
    counted = "select \"values\" ->> 'reactions' from raw.counters where record_id = %s"
    assert warehouse.value(counted, str(answer)) == "1"

    forum.call("purge", uid=STAFF, pid=int(second["pid"]))
    collector.run(timedelta(hours=4))
    assert len(collector.messages(str(topic))) == 3, "purged: it is not there, and nobody says why"
    collector.run(timedelta(hours=11))
    assert [body for _, body, *_ in collector.messages(str(topic))] == ["Solved at eleven", "We look into it"]


def test_many_topics_are_found_through_the_categories(forum: NodeBB, warehouse: House) -> None:
    ben = forum.call("user", name="ben")
    for number in range(45):
        topic = forum.call("post", uid=ben, title=f"Question {number}", content=f"What about number {number}?")
        for reply in range(25 if number == 0 else 0):
            forum.call("reply", uid=ben, tid=int(topic["topicData"]["tid"]), content=f"Still waiting, {reply}")
    ForumCollector(warehouse, forum.url).run()
    bodies = {body for (body,) in warehouse.query("select payload #>> '{mapped,body}' from raw.forum__posts")}
    assert {f"What about number {number}?" for number in range(45)} <= bodies
    assert {f"Still waiting, {number}" for number in range(25)} <= bodies
