"""What is said of feeds that fail, and that no feed stops the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.feeds import Reader, item, rss
from tests.servers.feed_server import Reply


def test_a_feed_that_fails_does_not_stop_the_others(reader: Reader) -> None:
    reader.server.routes |= {
        "/a": Reply(status=500), "/b": Reply(b"<html><body>hello</body></html>"), "/c": Reply(reset=True),
        "/d": Reply(b"{\"items\": 3"), "/e": rss(item(1)),
    }  # fmt: skip
    ran = reader.run("/a", "/b", "/missing", "/d", "/e")
    assert ran.reasons == ["error status", "not a feed", "error status", "damaged feed"]
    assert [reject.locator for reject in ran.rejects] == [
        reader.server.url(path) for path in ("/a", "/b", "/missing", "/d")
    ]
    assert (list(ran.mapped), ran.error) == (["urn:1"], "")


def test_when_all_feeds_fail_the_source_fails_with_the_first_reason(reader: Reader) -> None:
    ran = reader.run("/a", "/b")
    assert ran.reasons == ["error status", "error status"]
    assert "none of the 2 feeds that were asked could be read; the first: http://127.0.0.1" in ran.error
    assert "/a: the answer is 404" in ran.error


def test_damaged_xml_gives_what_can_be_read_and_keeps_the_bytes(reader: Reader) -> None:
    whole = rss(item(1), item(2), item(3)).body
    cut = whole[: whole.rindex(b"<item>")]
    reader.server.routes["/feed.xml"] = Reply(cut, etag='"cut"')
    ran = reader.run()
    assert list(ran.mapped)[:2] == ["urn:1", "urn:2"]
    assert all(record.repaired for record in ran.records)
    assert [(r.reason, r.content) for r in ran.rejects] == [("damaged feed", cut)]
    reader.server.routes["/feed.xml"] = Reply(whole, etag='"cut"')
    assert "urn:3" in reader.run().mapped, "the ETag of a damaged feed is not kept"


@pytest.mark.parametrize("end", [b"<item>", b">urn:", b"Title 2", b"</title>", b"</item"])
def test_an_entry_in_which_a_feed_ends_is_not_taken_yet(reader: Reader, end: bytes) -> None:
    whole = rss(item(1), item(2)).body
    reader.server.routes["/feed.xml"] = Reply(whole[: whole.rindex(end) + len(end)])
    ran = reader.run()
    assert (list(ran.mapped), ran.reasons) == (["urn:1"], ["damaged feed"])


def test_a_feed_that_had_entries_and_has_none_is_told_once(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = rss(item(1), item(2))
    reader.run()
    reader.server.routes["/feed.xml"] = rss()
    ran = reader.run()
    assert ran.reasons == ["layout changed"]
    assert "it had 2 entries the last time" in ran.rejects[0].detail
    assert reader.run().reasons == []


def test_a_feed_that_is_gone_is_not_asked_again_and_still_shown(reader: Reader) -> None:
    reader.server.routes |= {"/gone": Reply(status=410), "/feed.xml": rss(item(1))}
    assert reader.run("/gone", "/feed.xml").reasons == ["gone"]
    reader.server.asked.clear()
    ran = reader.run("/gone", "/feed.xml")
    assert reader.server.paths() == ["/feed.xml"]
    assert "said on 2026-11-21 that it is gone" in (ran.pages[0].gap or "")
    reader.server.routes["/gone"] = rss(item(2))
    assert "urn:2" in reader.run("/gone", "/feed.xml", again=True).mapped


def test_a_feed_that_moved_for_good_is_asked_where_it_is(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = Reply(status=301, headers={"Location": "/new.xml"})
    reader.server.routes["/new.xml"] = Reply(rss(item(1)).body, etag='"a"')
    assert reader.run().records[0].site == reader.server.site
    reader.server.asked.clear()
    assert reader.run().error == ""
    assert reader.server.paths() == ["/new.xml"]
    reader.server.routes |= {"/new.xml": Reply(status=404), "/feed.xml": rss(item(2))}
    assert "404" in reader.run().error
    assert list(reader.run().mapped) == ["urn:2"], "where the new address fails, the old one counts again"


def test_a_run_goes_on_where_its_budget_ended_the_last_one(reader: Reader) -> None:
    paths = [f"/{number}" for number in range(5)]
    reader.server.routes |= {path: rss(item(number)) for number, path in enumerate(paths)}
    first = reader.run(*paths, max_requests=4)
    assert list(first.mapped) == ["urn:0", "urn:1", "urn:2"]
    assert first.error == ""
    assert first.pages[-1].gap == "the run's 4 requests are used up: 2 of 5 feeds are left for the next run"
    second = reader.run(*paths, max_requests=4)
    assert list(second.mapped)[:2] == ["urn:3", "urn:4"]


def test_a_private_feed_is_refused_unless_it_is_listed(reader: Reader) -> None:
    ran = reader.run(allowed_private=[])
    assert ran.reasons == ["address refused"]
    assert reader.server.asked == []


def test_an_answer_that_is_a_path_opens_no_file_of_ours(reader: Reader, tmp_path: Path) -> None:
    ours = tmp_path / "ours.xml"
    ours.write_bytes(rss(item(1)).body)
    reader.server.routes["/feed.xml"] = Reply(str(ours).encode())
    ran = reader.run()
    assert (ran.records, ran.reasons) == ([], ["damaged feed"])


def test_bytes_that_break_the_parser_are_a_reject(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("flows.sources.feeds.run.read_feed", broken)
    reader.server.routes["/feed.xml"] = rss(item(1))
    assert "RecursionError: too deep" in reader.run().rejects[0].detail
