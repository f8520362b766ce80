"""Feeds over loopback HTTP: what is read, what is remembered, and what is said of feeds that fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from flows.errors import SourceError
from flows.settings import PROJECT
from flows.sources.base import Cursor, Json, Page, Record, Reject
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.mapping import STREAM
from flows.sources.feeds.source import Feeds
from flows.sources.feeds.text import to_text
from flows.sources.feeds.times import read_time
from flows.sources.http import Clock, MemoryHosts
from tests.servers.feed_server import FeedServer, Reply, feed_server

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = {"guid": "id", "creator": "author", "identifier": "id"}


@dataclass
class Ran:
    """What a run yielded."""

    pages: list[Page]
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def mapped(self) -> dict[str, Json]:
        return {record.record_id: orjson.loads(record.content)["mapped"] for record in self.records}

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]


@dataclass
class Reader:
    """A source whose pages are committed one by one, as the warehouse does."""

    server: FeedServer
    now: datetime = NOW
    cursor: Cursor | None = None
    state: dict[str, Json] = field(default_factory=dict)
    waited: float = 0

    def __post_init__(self) -> None:
        self.clock = Clock(lambda: self.now, lambda: self.waited, self._sleep, lambda: 0)
        self.hosts = MemoryHosts(self.clock)

    def run(self, *paths: str, most: int | None = None, **options: Any) -> Ran:
        """Run over some feeds; `most` kills the run after so many committed pages."""
        given = {"crawl_delay": 0, "allowed_private": ["127.0.0.0/8"], "name": "papers"} | options
        config = FeedsConfig(urls=[self.server.url(path) for path in paths or ("/feed.xml",)], **given)
        ran = Ran([])
        pages = Feeds(config, self.hosts, self.clock).pages(self.cursor, orjson.loads(orjson.dumps(self.state)))
        try:
            for page in pages:
                ran.pages.append(page)
                self.cursor = page.next_cursor
                self.state |= orjson.loads(orjson.dumps(page.state))
                if most and len(ran.pages) == most:
                    pages.close()  # type: ignore[attr-defined]
        except SourceError as error:
            ran.error = str(error)
        return ran

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds


@pytest.fixture
def reader() -> Iterator[Reader]:
    with feed_server() as server:
        yield Reader(server)


def rss(*items: str, channel: str = "<title>A paper</title>") -> Reply:
    spaces = (
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
    )
    body = "".join(f"<item>{item}</item>" for item in items)
    return Reply(
        f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel>{channel}{body}</channel></rss>'.encode()
    )


def item(number: int, more: str = "") -> str:
    date = "<pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate>"
    return f"<guid isPermaLink='false'>urn:{number}</guid><title>Title {number}</title>{date}{more}"


# Every feed there is, against another reading of it ----------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """An entry as ElementTree (or json) has it."""

    id: str | None
    title: str
    time: datetime | None
    accounts: frozenset[str]


def expected(content: bytes) -> list[Expected]:
    if content.lstrip().startswith(b"{"):
        return [_expected_json(entry, json.loads(content)) for entry in json.loads(content)["items"]]
    root = ET.fromstring(content.strip().replace(b"&nbsp;", b" "))
    is_atom = _name(root) in {"feed", "entry"}
    inherited = [child for child in root if _name(child) == "author"] if is_atom else []
    entries = [entry for entry in root.iter() if _name(entry) in {"item", "entry"}]
    once = {ET.tostring(entry).strip(): entry for entry in entries}  # the same words twice are said once
    return [_expected_xml(entry, inherited) for entry in once.values()]


def _expected_json(entry: dict[str, Any], feed: dict[str, Any]) -> Expected:
    people = entry.get("authors") or [entry.get("author") or feed.get("author") or {}]
    names = {str(p.get(key)) for p in people for key in ("url", "name") if p.get(key)}
    time = _moment(entry.get("date_published"))
    native_id = entry.get("id") or entry.get("url") or entry.get("external_url")
    return Expected(str(native_id), _squash(entry.get("title", "")), time, frozenset(names))


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _expected_xml(entry: ET.Element, inherited: list[ET.Element]) -> Expected:
    said: dict[str, list[str]] = {}
    for child in entry:
        text = " ".join(child.itertext()) if _name(child) == "title" else "".join(child.itertext())
        if "search.yahoo.com" not in child.tag:
            said.setdefault(_name(child), []).append(text.strip() or child.get("href", ""))
    rdf = entry.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    native_id = next(
        (v for v in [*said.get("guid", []), *said.get("id", []), rdf, *said.get("link", [])] if v), None
    )
    times = [_moment(v) for name in ("published", "issued", "pubDate", "created", "date", "updated", "modified")
             for v in said.get(name, [])]  # fmt: skip
    people = [child for child in entry if _name(child) in {"author", "creator"}]
    accounts: set[str] = set()
    for person in people or inherited:
        for text in [
            person.text or "",
            *(part.text or "" for part in person if _name(part) in {"name", "email", "uri"}),
        ]:
            accounts |= {text.strip(), *re.findall(r"[\w.+-]+@[\w.-]+", text)}
    title = said.get("title", [""])[0]
    return Expected(native_id, _squash(title), next(filter(None, times), None), frozenset(accounts - {""}))


def _moment(text: str | None) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse((text or "").strip())
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _squash(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", unescape(text))).split())


UNREADABLE = {"rss2_rss_2.0_invalid_1.xml": "damaged feed", "xml_xml_sample_1.xml": "not a feed",
              "xml_xml_sample_2.xml": "not a feed"}  # fmt: skip
DAMAGED = {"rss2_rss_2.0_dbengines.xml"}


def test_every_feed_is_read_as_another_reader_reads_it(reader: Reader, data: Path) -> None:
    files = [f for f in sorted((data / "feeds").rglob("*")) if f.is_file() and ".serde." not in f.name]
    assert len(files) >= 90
    told: list[str] = []
    read = 0
    for file in files:
        reader.server.routes["/feed.xml"] = Reply(file.read_bytes())
        reader.state.clear()
        ran = reader.run()
        if file.name in UNREADABLE:
            assert ran.reasons == [UNREADABLE[file.name]]
            assert ran.rejects[0].content == file.read_bytes()
            continue
        wanted = expected(file.read_bytes())
        rejects = [r for r in ran.rejects if r.reason != "damaged feed"]
        assert len(ran.records) + len(rejects) == len(wanted), file.name
        assert len(ran.rejects) - len(rejects) == (file.name in DAMAGED), file.name
        read += len(ran.records)
        unusable = [w for w in wanted if not w.id and not w.title]
        assert len(rejects) <= len(unusable), (file.name, [r.detail for r in rejects])
        kept = [w for w in wanted if w.id or w.title] if rejects else wanted
        told += [
            f"{file.name}: {difference}"
            for record, want in zip(ran.records, kept, strict=True)
            for difference in differences(record, want, reader)
        ]
    assert not told, "\n".join(told)
    print(f"{len(files)} feeds, {read} entries, {len(reader.server.asked)} requests")


def differences(record: Record, want: Expected, reader: Reader) -> Iterator[str]:
    mapped = orjson.loads(record.content)["mapped"]
    wanted_id = want.id or "sha256-"
    if want.id and want.id.isdecimal():
        wanted_id = f"127.0.0.1:{reader.server.port}/feed.xml#{want.id}"
    if record.record_id != wanted_id and not (record.record_id.startswith(wanted_id) and not want.id):
        yield f"id {record.record_id} is not {wanted_id}"
    title = _squash(mapped.get("title", ""))
    if title != want.title:
        yield f"title {title!r} is not {want.title!r}"
    posted = datetime.fromisoformat(mapped["posted_at"])
    if posted != (want.time or NOW):
        yield f"time {posted} is not {want.time}"
    if want.accounts and mapped["account"] not in want.accounts | {a.lower() for a in want.accounts}:
        yield f"account {mapped['account']!r} is none of {sorted(want.accounts)}"
    if not want.accounts and not mapped["account"].startswith("http"):
        yield f"account {mapped['account']!r} is not the feed's"
    if record.stream != STREAM or record.site != reader.server.site:
        yield f"{record.stream} {record.site}"


# What is news ------------------------------------------------------------------------------------------------


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


# What fails --------------------------------------------------------------------------------------------------


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


def test_bytes_that_break_the_parser_are_a_reject(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("flows.sources.feeds.run.read_feed", broken)
    reader.server.routes["/feed.xml"] = rss(item(1))
    assert "RecursionError: too deep" in reader.run().rejects[0].detail


# What a message is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "account", "name"),
    [
        ("<author>Jean@Paper.PARIS (Jean Fictif)</author>", "jean@paper.paris", "Jean Fictif"),
        ("<author>noreply@blogger.com (Anne Essai)</author>", "Anne Essai", "Anne Essai"),
        ("<dc:creator>Anne Essai</dc:creator>", "Anne Essai", "Anne Essai"),
        ("", "https://paper.example/", "A paper"),
    ],
)
def test_who_wrote_is_the_author_else_the_feed(reader: Reader, said: str, account: str, name: str) -> None:
    channel = "<title>A paper</title><link>https://paper.example/</link><managingEditor>x@y.zz</managingEditor>"
    reader.server.routes["/feed.xml"] = rss(item(1, said), channel=channel)
    mapped = reader.run().mapped["urn:1"]
    assert (mapped["account"], mapped["display_name"]) == (account, name)


def test_comments_stand_in_the_thread_of_their_article(reader: Reader) -> None:
    wordpress = "<guid isPermaLink='false'>https://paper.example/?p=7#comment-31</guid><title>By Anne</title>"
    reply = "<thr:in-reply-to ref='https://paper.example/?p=7#comment-31'/>"
    direct = "<thr:in-reply-to ref='urn:article'/>"
    reader.server.routes["/feed.xml"] = rss(wordpress, item(2, reply), item(3, direct), item(4))
    threads = {key: (m["thread"], m.get("parent")) for key, m in reader.run().mapped.items()}
    article = "https://paper.example/?p=7"
    assert threads == {
        f"{article}#comment-31": (article, article),
        "urn:2": (article, f"{article}#comment-31"),
        "urn:3": ("urn:article", "urn:article"),
        "urn:4": ("urn:4", None),
    }


def test_ids_that_are_bare_numbers_or_too_long_cannot_collide_or_break_an_index(reader: Reader) -> None:
    long = "urn:" + "x" * 5000
    for path in ("/a", "/b"):
        reader.server.routes[path] = rss(
            "<guid>17</guid><title>x</title>", f"<guid>{long}{path}</guid><title>y</title>"
        )
    ids = list(reader.run("/a", "/b").mapped)
    assert len(set(ids)) == 4
    assert ids[0] == f"127.0.0.1:{reader.server.port}/a#17"
    assert max(map(len, ids)) < 100


def test_an_entry_with_nothing_in_it_is_rejected_with_what_it_had(reader: Reader) -> None:
    reader.server.routes["/feed.xml"] = rss("<category>x</category>", item(1))
    ran = reader.run()
    assert (ran.reasons, list(ran.mapped)) == (["empty entry"], ["urn:1"])
    assert b"category" in ran.rejects[0].content or b"tags" in ran.rejects[0].content


def test_a_nul_in_a_json_feed_is_rejected(reader: Reader) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a", "title": "x\0"}, {"id": "b"}, 7]}
    reader.server.routes["/feed.xml"] = Reply(json.dumps(feed).encode())
    ran = reader.run()
    assert (list(ran.mapped), ran.reasons) == (["b"], ["NUL character", "empty entry"])


@pytest.mark.parametrize(
    ("declared", "server", "used"),
    [
        ("iso-8859-1", None, "utf-8"), ("utf-8", "iso-8859-1", "utf-8"), ("iso-8859-1", "utf-8", "iso-8859-1"),
        ("windows-1252", None, "cp1252"), ("utf-8", None, "cp1252"), ("utf-16", None, "utf-16"),
    ],
)  # fmt: skip
def test_a_wrong_charset_does_not_spoil_a_feed(
    reader: Reader, declared: str, server: str | None, used: str
) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?><rss version='2.0'><channel><item>{item(1)}"
    text += "<description>Une carte refusée, « déçu »</description></item></channel></rss>"
    kind = f"text/xml; charset={server}" if server else "text/xml"
    reader.server.routes["/feed.xml"] = Reply(text.encode(used), content_type=kind)
    assert reader.run().mapped["urn:1"]["body"] == "Une carte refusée, « déçu »"


@pytest.mark.parametrize(
    ("written", "moment", "precision"),
    [
        ("2026-11-21T10:00:00+01:00", "2026-11-21T09:00:00+00:00", "second"),
        ("2026-11-21T10:00Z", "2026-11-21T10:00:00+00:00", "minute"),
        ("2026-11-21", "2026-11-21T00:00:00+00:00", "day"),
        ("2026-11", "2026-11-01T00:00:00+00:00", "day"),
        ("Sat, 21 Nov 2026 10:00:00 CET", "2026-11-21T09:00:00+00:00", "second"),
        ("Sat, 21 Nov 2026 10:00 EST", "2026-11-21T15:00:00+00:00", "minute"),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15+00:00", "second"),
        ("0001-01-01T00:00:00Z", None, None), ("0001-01-01T00:00:00+01:00", None, None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, None), ("yesterday", None, None),
        ("", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_times_are_read_as_feeds_write_them(written: str | None, moment: str | None, precision: str | None) -> None:
    found = read_time(written)
    assert (found and (found[0].isoformat(), found[1])) == (moment and (moment, precision))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; <b>two</b></p><p>three<br>four</p>", "One & two\n\nthree\nfour"),
        ("<ul> <li>a</li>\n<li><p>b</p></li></ul>", "- a\n- b"),
        ("<div>a</div><div>b<br><br>c</div><table><tr><td>d</td><td>e</td></tr></table>", "a\nb\n\nc\n\nd e"),
        ("a<script>alert(1)</script><style>p{}</style> b", "a b"),
        ("no &lt;markup&gt; at all\nbut lines", "no <markup> at all\nbut lines"),
        ("<pre>  two\n  lines</pre>", "two\nlines"),
        ("<p>never <b>closed", "never closed"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_a_reader_sees(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.timeout(20)
def test_hostile_markup_takes_no_time() -> None:
    assert to_text("<div>" * 400_000 + "x") == "x"
    assert to_text("<" * 400_000).startswith("<")
    assert to_text("<div>" * 4_900 + "x") == "x"


# The source --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "a.example/feed", "https://", "https://user:secret@a.example/feed", "http://a b/"]
)
def test_an_address_that_is_none_is_refused_by_the_form(url: str) -> None:
    with pytest.raises(ValidationError):
        FeedsConfig(name="papers", urls=[url])


def test_every_field_of_the_form_is_described() -> None:
    own = FeedsConfig.model_fields.keys() - {"type"}
    assert all(FeedsConfig.model_fields[name].description for name in own)


def test_a_source_says_its_site_where_it_has_one() -> None:
    one = FeedsConfig(name="papers", urls=["https://A.example:443/x", "http://a.example/y", "http://a.example/y"])
    many = FeedsConfig(name="papers", urls=["https://a.example/x", "https://b.example:8080/"])
    assert (Feeds(one).facts().site, Feeds(one).total()) == ("a.example", 2)
    assert Feeds(many).facts().site == "papers"
    assert Feeds(FeedsConfig(name="p", urls=["http://[::1]:80/x"], site=None)).facts().site == "[__1]"


def test_the_demo_serves_its_feed_and_says_304(reader: Reader, tmp_path: Path) -> None:
    environment = {"VIGIE_FEED_PORT": "0", "PATH": "", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "flows.sources.examples.feed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            config = FeedsConfig(
                name="journal", urls=[url], site="petit-journal", crawl_delay=0, allowed_private=["127.0.0.1"]
            )
            clock = Clock(now=lambda: NOW)
            pages = list(Feeds(config, clock=clock).pages(None, {}))
            again = list(Feeds(config, clock=clock).pages(None, pages[-1].state))
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(url.replace("atom.xml", "etc"))
        finally:
            process.terminate()
    ran = Ran(pages)
    assert (len(ran.records), ran.rejects, Ran(again).records) == (9, [], [])
    assert {m.get("language_declared") for m in ran.mapped.values()} == {"fr", "en"}
    assert sum("parent" in m for m in ran.mapped.values()) == 1
    assert all(m["posted_at"].startswith("2026-11-") and m["body"] for m in ran.mapped.values())
