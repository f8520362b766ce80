"""How an entry becomes a message: author, thread, time, text."""

from __future__ import annotations

import json

import pytest

from flows.records.texts import to_text
from flows.records.times import read_time
from tests.helpers.feeds import Reader, item, rss
from tests.servers.feed_server import Reply


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


def test_a_nul_in_a_json_feed_is_left_out_of_texts_and_no_part_of_an_id(reader: Reader) -> None:
    items = [{"id": "a", "title": "x\0y"}, {"id": "b"}, {"id": "c\0"}, 7]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    reader.server.routes["/feed.xml"] = Reply(json.dumps(feed).encode())
    ran = reader.run()
    assert (list(ran.mapped), ran.reasons) == (["a", "b"], ["NUL character", "empty entry"])
    assert (ran.mapped["a"]["title"], [record.repaired for record in ran.records]) == ("xy", [True, False])


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
