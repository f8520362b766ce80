"""Bytes in, feed out. XML feeds are read by feedparser, which survives most damage; JSON Feed stands beside it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from io import BytesIO
from typing import Any

import feedparser

from flows.records import Json
from flows.records.ids import web
from flows.sources.feeds.entries import Author, Entry, Feed, Text, said_text
from flows.sources.feeds.jsonfeed import read_json_feed
from flows.sources.feeds.mending import DECLARED, OPENS, mend

# What only counts: kept latest-only, and out of what makes an entry another version.
VOLATILE = ("slash_comments", "thr_total", "media_statistics", "media_starrating")
CLOSES = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>")
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"'@]+")
MOST_APART = 1_000  # entries that are looked through for the one that breaks the parser
ENTRY = re.compile(rb"<(/?)(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?>")
HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read_feed(content: bytes, url: str, charset: str | None = None) -> Feed:
    """Read a feed that was found at `url`; `charset` is what the server said, right or wrong."""
    content = content.lstrip(b" \t\r\n")  # space before the XML declaration is an error that harms nobody
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return read_json_feed(content, url)
    mended = mend(content)
    content = mended.content
    parsed, lost = _parsed(content, charset)
    problem = parsed.get("bozo_exception")
    is_damaged = problem is not None and not isinstance(problem, HARMLESS)
    read = parsed.entries[:-1] if is_damaged and _ends_inside_an_entry(content) else parsed.entries
    damage = f"{type(problem).__name__}: {problem}" if is_damaged else None
    feed = parsed.feed
    kind = parsed.get("version") or ("rss" if parsed.entries else "")
    return Feed(
        kind,
        title=said_text(feed.get("title")),
        home=web(feed.get("link"), url),
        language=said_text(feed.get("language")),
        # An Atom feed's author wrote every entry that names none; an RSS channel's editor did not.
        author=_author(feed) if kind.startswith("atom") else None,
        entries=[
            replace(_entry(dict(entry), n, kind, url), repaired=n in mended.entries)
            for n, entry in enumerate(read, 1)
        ],
        damage=f"{lost} entries break the reader" if lost else damage,
        repaired=is_damaged or isinstance(problem, feedparser.CharacterEncodingOverride),
    )


def _parsed(content: bytes, charset: str | None) -> tuple[Any, int]:
    """Parse a feed; where an entry breaks the parser, without it. Returns how many entries were left out, too."""
    try:
        return _parse(content, charset), 0
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        head, *pieces = OPENS.split(content)
        ends = [(piece, found.end()) for piece in pieces if (found := CLOSES.search(piece))]
        if not ends:
            raise
        entries, tail = [piece[:end] for piece, end in ends], ends[-1][0][ends[-1][1] :]
        good = _unbroken(head, entries[:MOST_APART], tail, charset)
        if not good:
            raise ValueError(f"no entry can be read: {error}") from error
        return _parse(b"".join([head, *good, tail]), charset), len(pieces) - len(good)


def _unbroken(head: bytes, entries: list[bytes], tail: bytes, charset: str | None) -> list[bytes]:
    """Those of some entries that can be parsed: halves of them are tried until what breaks stands alone."""
    try:
        _parse(b"".join([head, *entries, tail]), charset)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError):
        half = len(entries) // 2
        if not half:
            return []
        return [*_unbroken(head, entries[:half], tail, charset), *_unbroken(head, entries[half:], tail, charset)]
    return entries


def _parse(content: bytes, charset: str | None) -> Any:
    return feedparser.parse(
        BytesIO(content),  # bytes that are a path would be taken for one, and that file of ours read
        # No base address: feedparser would make ids absolute, too, and an id is what it is.
        response_headers={"content-type": _content_type(content, charset)},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _ends_inside_an_entry(content: bytes) -> bool:
    """Say whether a feed was cut short in an entry: half of what it says would be another version of it."""
    tags = ENTRY.findall(content)
    return bool(tags) and tags[-1] != b"/"


def _content_type(content: bytes, charset: str | None) -> str:
    """Settle who is right about the charset: the bytes where they are UTF-8, then the file, then the server."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        declared = None if DECLARED.match(content) else charset
    else:
        declared = None if content.isascii() else "utf-8"
    return f"application/xml; charset={declared}" if declared else "application/xml"


def _entry(found: Json, number: int, kind: str, url: str) -> Entry:
    is_atom = kind.startswith("atom")
    detail = found.get("title_detail") or {}
    reply = found.get("thr_in-reply-to") or {}
    name = said_text(found.get("author"))
    left = VOLATILE if is_atom else (*VOLATILE, "authors", "author_detail")
    return Entry(
        number,
        said={
            key: _plain(value) for key, value in found.items() if not key.endswith("_parsed") and key not in left
        },
        id=said_text(found.get("id")),
        link=_link(found, url),
        title=_text(found.get("title"), detail.get("type") != "text/plain" or not is_atom),
        body=_body(found),
        author=_author(found) or _author(found.get("source") or {}) if is_atom else _author_line(name),
        published=said_text(found.get("published")) or said_text(found.get("created")),
        updated=said_text(dict.get(found, "updated")),
        language=_language(found),
        reply_to=said_text(reply.get("ref")),
        comments_feed=_comments_feed(found, url),
        counters=_counters(found),
    )


def _link(found: Json, url: str) -> str | None:
    """The entry's link; an id that stands in for one (RSS: isPermaLink) must be an address itself."""
    is_id = found.get("guidislink") and found.get("link") == found.get("id")
    return web(found.get("link"), "" if is_id else url)


def _comments_feed(found: Json, url: str) -> str | None:
    """Where an entry's comments are a feed: wfw:commentRss, or an Atom link to replies (RFC 4685)."""
    for link in found.get("links") or []:
        if link.get("rel") == "replies" and str(link.get("type", "")).endswith(("atom+xml", "rss+xml")):
            return web(link.get("href"), url)
    return web(found.get("wfw_commentrss"), url)


def _text(value: object, is_html: bool) -> Text | None:
    said = said_text(value)
    return Text(said, is_html) if said else None


def _body(found: Json) -> Text | None:
    """The fullest text there is: content, HTML before plain, else the summary."""
    contents = [c for c in found.get("content") or [] if said_text(c.get("value"))]
    contents.sort(key=lambda c: "html" not in (c.get("type") or ""))
    summary = {"value": found.get("summary"), "type": (found.get("summary_detail") or {}).get("type")}
    best = contents[0] if contents else summary
    return _text(best["value"], best.get("type") != "text/plain")


def _author_line(said: str | None) -> Author | None:
    """An RSS author: an address, a name with or without commas, or both; feedparser cuts addresses off."""
    if not said or "@" not in said:
        return Author(said) if said else None
    email = ADDRESS.search(said)
    if email is None:
        return Author(said)
    name = ADDRESS.sub("", said, count=1).strip(" \t\"'<>()[],;:")
    return Author(name.removeprefix("mailto").strip(" :<(") or None, email.group())


def _author(found: Json) -> Author | None:
    details = [d for d in [*(found.get("authors") or []), found.get("author_detail") or {}] if d]
    if not details:
        return None
    first = details[0]
    return Author(said_text(first.get("name")), said_text(first.get("email")), web(first.get("href")))


def _language(found: Json) -> str | None:
    details = [found.get("title_detail"), *(found.get("content") or []), found.get("summary_detail")]
    return next((d["language"] for d in details if d and d.get("language")), None)


def _counters(found: Json) -> Json:
    stars = found.get("media_starrating") or {}
    given = {"replies": found.get("slash_comments") or found.get("thr_total"), "reactions": stars.get("count")}
    numbers = {name: str(value) for name, value in given.items()}
    return {name: int(text) for name, text in numbers.items() if text.isdecimal() and len(text) < 10}


def _plain(value: Any) -> Any:
    """Plain JSON values; where a text was found (`base`) is no part of what it says."""
    if isinstance(value, dict):
        return {
            str(key): _plain(item)
            for key, item in value.items()
            if key != "base" and not (key.endswith("count") and value.get("rel") == "replies")
        }
    if isinstance(value, list | tuple) and not isinstance(value, time.struct_time):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
