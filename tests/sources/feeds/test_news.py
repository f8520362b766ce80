"""What a run brings, and what it remembers for the next."""

from __future__ import annotations

from datetime import timedelta

import orjson

from tests.helpers.feeds import NOW, Reader, item, rss
from tests.servers.feed_server import Reply


def test_a_second_run_costs_one_request_and_brings_nothing(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = Reply(rss(item(1)).body, etag='"a"')
    assert len(reader.run().records) == 1
    asked = len(reader.server.asked)
    ran = reader.run()
    assert (len(ran.pages), ran.records, ran.rejects, ran.error) == (1, [], [], "")
    assert len(reader.server.asked) - asked == 1


def test_an_etag_is_kept_only_with_the_last_page_of_its_feed(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = Reply(rss(*map(item, range(25))).body, etag='"a"')
    ran = reader.run(page_size=10, most=2)
    assert [len(page.records) for page in ran.pages] == [10, 10]
    ran = reader.run(page_size=10)
    assert [len(page.records) for page in ran.pages] == [10, 10, 5]
    assert reader.run(page_size=10).records == []


def test_an_edited_entry_is_the_same_record_with_another_content(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = rss(item(1, "<description>before</description>"))
    before = reader.run().records[0]
    reader.server.routes["/feed.xml"] = rss(item(1, "<description>after</description>"))
    after = reader.run().records[0]
    assert (before.site, before.record_id) == (after.site, after.record_id)
    assert before.content_hash != after.content_hash


def test_what_only_counts_changes_no_content(reader: Reader) -> None:
    found = []
    for count in (3, 40):
        reader.server.routes["/feed.xml"] = rss(item(1, f"<slash:comments>{count}</slash:comments>"))
        found.append(reader.run().records[0])
    assert [record.counters for record in found] == [{"replies": 3}, {"replies": 40}]
    assert found[0].content_hash == found[1].content_hash


def test_an_undated_entry_keeps_the_time_it_was_first_seen(reader: Reader) -> None:
    for days in (0, 1, 5):
        reader.now = NOW + timedelta(days=days)
        reader.server.routes["/feed.xml"] = rss("<title>One</title>", item(days))
        record = reader.run().records[0]
        mapped = orjson.loads(record.content)["mapped"]
        assert (mapped["posted_at"], mapped["time_precision"]) == (NOW.isoformat(), "day")


def test_an_entry_of_tomorrow_waits_until_it_is_due(reader: Reader) -> None:
    early = "<guid>urn:x</guid><title>Soon</title><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate>"
    reader.server.routes["/feed.xml"] = Reply(rss(early, item(1)).body, etag='"a"')
    ran = reader.run()
    assert (list(ran.mapped), ran.reasons) == (["urn:1"], ["date in the future"])
    reader.now += timedelta(days=3)
    assert set(reader.run().mapped) == {"urn:x", "urn:1"}, "its ETag was not kept"


def test_feeds_of_a_site_that_overlap_do_not_overwrite_each_other(reader: Reader) -> None:
    def news(*numbers: int) -> None:
        for name in ("economy", "front"):
            home = f"<title>{name}</title><link>https://paper.example/{name}</link>"
            reader.server.routes[f"/{name}"] = rss(*map(item, numbers), channel=home)

    news(1, 2)
    assert sorted(reader.run("/front", "/economy").mapped) == ["urn:1", "urn:2"]
    news(3, 2, 1)
    reader.server.routes["/front"] = Reply(status=500)
    third = reader.run("/front", "/economy")
    assert list(third.mapped) == ["urn:3"], "what the front page had first stays its own"


def test_entries_that_share_an_id_are_told(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = rss(item(1), item(1), item(1, "<description>other</description>"))
    ran = reader.run()
    assert (len(ran.records), ran.reasons) == (1, ["repeated id"])
