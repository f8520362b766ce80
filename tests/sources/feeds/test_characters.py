"""Odd characters cost an entry at most, and what somebody wrote stays."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.records.texts import to_title
from flows.sources.feeds.mending import mend
from flows.sources.feeds.reading import read_feed
from tests.helpers.feeds import Reader, item, rss
from tests.servers.feed_server import Reply


def show(reader: Reader, content: bytes) -> None:
    reader.server.routes["/feed.xml"] = Reply(content)


def odd(said: bytes) -> bytes:
    """A feed whose first entry has something odd in its text."""
    items = f"<item>{item(1)}<description>Great app ".encode() + said + b" thanks</description></item>"
    whole = f"<item>{item(2, '<description>déçu</description>')}</item>".encode()
    return (
        b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>' + items + whole + b"</channel></rss>"
    )


ODD = {
    b"&#55357;&#56842;": "😊", b"&#xD83D;&#xDE0A;": "😊", b"&#xd83d;&#56842;": "😊",
    b"&amp;#55357;&amp;#56842;": "😊",
    b"\xed\xa0\xbd\xed\xb8\x8a": "😊", b"<![CDATA[&#55357;&#56842;]]>": "😊", b"&#55357;": "", b"&#xDE0A;": "",
    b"\xed\xa0\xbd": "", b"&#0;": "", b"&#x0;": "", b"\x00": "", b"\x08": "", b"&#8;": "", b"&#x1F;": "",
    b"<![CDATA[\x0b]]>": "", b"&#xFFFF;": "", b"\xef\xbf\xbf": "", b"&#99999999;": "", b"&#128522;": "😊",
    b"&nbsp;": "", b"&euro;": "€", b"&": "&", b"&nosuch;": "&nosuch;", b"<![CDATA[&euro; &amp; &]]>": "€ & &",
}  # fmt: skip


@pytest.mark.parametrize("said", ODD)
def test_an_odd_character_costs_itself(reader: Reader, said: bytes) -> None:
    show(reader, odd(said))
    ran = reader.run()

    assert ran.reasons == []
    assert ran.mapped["urn:1"]["body"].split() == f"Great app {ODD[said]} thanks".split()
    assert ran.mapped["urn:2"]["body"] == "déçu"
    is_odd = said not in {b"&#128522;", b"&amp;#55357;&amp;#56842;", b"<![CDATA[&euro; &amp; &]]>"}
    assert [record.repaired for record in ran.records] == [is_odd, False], "only the entry that was mended says so"


def test_a_damaged_byte_changes_no_other_entrys_letters(reader: Reader) -> None:
    for said, first in ((b"\xff", "ÿ"), ("réglé".encode("cp1252"), "réglé")):
        show(reader, odd(said))
        assert [one["body"] for one in reader.run().mapped.values()] == [f"Great app {first} thanks", "déçu"]


def test_an_entry_that_breaks_the_reader_costs_itself(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks it next nobody knows: here a parser that takes no dragon."""
    import feedparser

    whole = feedparser.parse

    def parse(file: BytesIO, **options: Any) -> Any:
        if b"dragon" in file.getvalue():
            raise ValueError("a dragon")
        return whole(file, **options)

    monkeypatch.setattr(feedparser, "parse", parse)
    reader.server.routes["/feed.xml"] = rss(
        item(1), item(2, "<description>dragon</description>"), *map(item, range(3, 9))
    )
    ran = reader.run()

    assert (list(ran.mapped), ran.reasons) == ([f"urn:{n}" for n in (1, *range(3, 9))], ["damaged feed"])
    assert "1 entries break the reader" in ran.rejects[0].detail


def test_the_case_of_surrogates(reader: Reader, data: Path) -> None:
    show(reader, (data / "cases" / "collectors" / "feeds" / "surrogates0.xml").read_bytes())
    ran = reader.run()

    assert ran.reasons == []
    assert {key: one["body"] for key, one in ran.mapped.items()} == {
        "urn:1": "Great app 😊 thanks",
        "urn:2": "fine",
    }
    assert [record.repaired for record in ran.records] == [True, False]


def test_the_case_of_times(reader: Reader, data: Path) -> None:
    show(reader, (data / "cases" / "collectors" / "feeds" / "dates0.xml").read_bytes())
    ran = reader.run()

    assert [one["posted_at"][:19] for one in ran.mapped.values()] == [
        "2026-11-20T14:00:00", "2026-11-20T04:30:00", "2026-11-20T09:00:00", "2026-11-20T00:00:00",
        "2026-11-20T03:00:00", "2026-11-20T09:00:00", "2026-11-20T09:00:00", "2026-11-20T22:00:00",
        "2026-11-20T20:28:28", "2026-11-20T03:45:26", "2026-11-20T09:00:00", "2026-11-20T08:00:00",
        "2026-11-20T09:00:00", "2026-11-20T00:00:00",
    ]  # fmt: skip
    notes = [note for page in ran.pages for note in page.notes]
    assert len(notes) == 2
    assert any("1 new entry: IST is a zone of several countries" in note for note in notes)
    assert any("1 new entry: BST is a zone of several countries" in note for note in notes)
    assert not [note for page in reader.run(again=True).pages for note in page.notes], "a doubt is told once"


def test_letters_of_a_zone_are_read_by_the_feeds_language(reader: Reader, data: Path) -> None:
    show(reader, (data / "cases" / "collectors" / "feeds" / "dates0.xml").read_bytes())
    ran = reader.run(language="en-IE")

    assert ran.mapped["urn:1"]["posted_at"] == "2026-11-20T09:00:00+00:00"


def test_the_case_of_titles(reader: Reader, data: Path) -> None:
    show(reader, (data / "cases" / "collectors" / "feeds" / "titles0.xml").read_bytes())
    ran = reader.run()

    assert [one["title"] for one in ran.mapped.values()] == [
        "A free guide to <head> elements", "List<String> is slow", "<animate>", "My <Login> button fails",
        "if a<b and c>d then", "I <3 this bank", "Bold news", "Ask <Support> for help",
    ]  # fmt: skip
    assert {one["body"] for one in ran.mapped.values()} == {"plain <b> text"}


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"), ("a <br> b", "a\nb"), ("<i>A</i> &lt;b&gt;", "A <b>"), ("</b> only", "</b> only"),
        ("<b>unclosed", "<b>unclosed"), ("<div><Login></div>", "<div><Login></div>"), ("x < y > z", "x < y > z"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"), ("<em>My</em> <Login>", "My <Login>"),
        ("<a href='x'>Link</a> to <T>", "Link to <T>"), ("Vec<Vec<u8>>", "Vec<Vec<u8>>"), ("", ""),
    ],
)  # fmt: skip
def test_plain_titles_stay_plain(written: str, title: str) -> None:
    assert to_title(written) == title


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("My <Login> button fails", "My <Login> button fails"),
        ("<p>Use List<String> here</p>", "Use List<String> here"),
        ("<o:p>Word</o:p> <my-tag>own</my-tag>", "Word own"),
        ("<login>x</login>", "x"),
        ("<widget id='1'>x", "x"),
        ("a <b>bold</b> word", "a bold word"),
    ],
)
def test_what_is_no_tag_stays_in_texts(reader: Reader, html: str, text: str) -> None:
    reader.server.routes["/feed.xml"] = rss(item(1, f"<description><![CDATA[{html}]]></description>"))
    assert reader.run().mapped["urn:1"]["body"] == text


def test_json_feeds_with_halves_and_control_characters(reader: Reader) -> None:
    items = (
        b'{"id": "a", "title": "x \\ud83d y", "content_text": "\\ud83d\\ude0a"},'
        b'{"id": "b", "content_text": "two\nlines"}, {"id": "c\\ud83d", "content_text": "c"},'
        b'{"id": "d", "content_text": "\x01d\\u0008"}, {"id": "e", "title": "e"}'
    )
    show(reader, b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + items + b"]}")
    ran = reader.run()

    assert ran.reasons == ["NUL character"]
    assert {key: one.get("title") or one["body"] for key, one in ran.mapped.items()} == {
        "a": "x  y" if "  " in ran.mapped["a"]["title"] else "x y", "b": "two\nlines", "d": "d", "e": "e",
    }  # fmt: skip
    assert ran.mapped["a"]["body"] == "😊"
    assert [record.repaired for record in ran.records] == [True, False, True, False]


@pytest.mark.parametrize(
    ("said", "account", "name"),
    [
        ("Martin, Ann &lt;ann@example.net&gt;", "ann@example.net", "Martin, Ann"),
        ("ann@example.net (Martin, Ann)", "ann@example.net", "Martin, Ann"),
        ("mailto:ann@example.net", "ann@example.net", "ann@example.net"),
        ("Martin, Ann", "Martin, Ann", "Martin, Ann"),
    ],
)
def test_authors_with_commas(reader: Reader, said: str, account: str, name: str) -> None:
    reader.server.routes["/feed.xml"] = rss(item(1, f"<author>{said}</author>"))
    mapped = reader.run().mapped["urn:1"]
    assert (mapped["account"], mapped["display_name"]) == (account, name)


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_mended_or_left(said: bytes) -> None:
    mended = mend(odd(said))
    assert mend(mended.content).content == mended.content
    read_feed(odd(said), "https://paper.example/feed")


def test_a_feed_that_is_whole_is_left_as_it_is(reader: Reader) -> None:
    content = odd("déçu 😊 &#233; &amp;#0;".encode())
    assert mend(content).content == content
    show(reader, content)
    assert orjson.loads(reader.run().records[0].content)["mapped"]["body"].startswith("Great app déçu 😊 é")
