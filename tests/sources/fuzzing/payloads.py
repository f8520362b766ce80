"""What parsers are given: real answers, mails and files in small pieces where they are, and some of our own."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flows.settings import PROJECT
from tests.servers.hackernews_server import HackerNewsServer, Item
from tests.servers.stackexchange_server import Post, StackExchangeServer
from tests.servers.telegram_server import Post as ChannelPost
from tests.servers.telegram_server import TelegramServer
from tests.sources.bluesky.conftest import Service
from tests.sources.fuzzing.served import NOW, WORD
from tests.sources.mailbox.reading import mail, raw
from tests.sources.mastodon.instance import Instance
from tests.sources.reddit.fake import FakeReddit, listing

DATA = Path(os.environ.get("VIGIE_DATA", PROJECT.parent / "shared" / "data"))
FEW, LARGEST = 3, 40_000
T = int(NOW.timestamp())


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


@cache
def payloads(name: str) -> list[bytes]:
    """Every payload of a parser; nothing of an archive that is not there."""
    source, _, kind = name.partition(" ")
    found = list(OWN[source](kind))
    if DATA.is_dir():
        found += REAL.get(source, lambda kind: iter(()))(kind)
    return [content for content in found if len(content) <= LARGEST]


def _rows(*path: str) -> Iterator[Any]:
    for line in DATA.joinpath(*path).read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)["response"]


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


# Real ---------------------------------------------------------------------------------------------------------


def real_mastodon(kind: str) -> Iterator[bytes]:
    for name in ("mastodonpy", "rtoot"):
        for found in _rows("mastodon_api", f"{name}_interactions.jsonl"):
            if kind == "thread" and isinstance(found, dict) and "descendants" in found:
                yield _bytes({key: found[key][:FEW] for key in ("ancestors", "descendants")})
            if kind == "list" and isinstance(found, list) and found and "content" in found[0]:
                yield _bytes(found[:FEW])


def real_bluesky(kind: str) -> Iterator[bytes]:
    key = {"feed": "feed", "search": "posts", "thread": "thread"}[kind]
    for found in _rows("bluesky_api", "interactions.jsonl"):
        if isinstance(found, dict) and key in found:
            value = found[key]
            pieces = [value] if kind == "thread" else [value[at : at + FEW] for at in range(0, len(value), FEW)]
            yield from (_bytes({key: piece}) for piece in pieces)


def real_reddit(kind: str) -> Iterator[bytes]:
    for found in _rows("reddit_api", "listings.jsonl" if kind == "listing" else "threads.jsonl"):
        if kind == "thread":
            yield _bytes(found)
        elif isinstance(found, dict) and found.get("kind") == "Listing":
            yield _bytes(listing(found["data"]["children"][:FEW]))


def real_feeds(kind: str) -> Iterator[bytes]:
    if kind == "xml":
        for path in sorted((DATA / "feeds").rglob("*")):
            if path.suffix in {".xml", ".rss"}:
                yield path.read_bytes()
    else:
        for path in sorted((DATA / "feeds").rglob("json*.json")):
            if not path.name.endswith(".serde.json"):
                yield path.read_bytes()


def real_mail(kind: str) -> Iterator[bytes]:
    for path in sorted((DATA / "mail").rglob("*.eml")):
        yield path.read_bytes()[:20_000]
    for path in sorted((DATA / "mail").glob("*.mbox")):
        yield from (b"From" + piece[:20_000] for piece in path.read_bytes().split(b"\nFrom: ")[1:60:3])


def real_file(kind: str) -> Iterator[bytes]:
    if kind == "csv":
        header, *lines = (DATA / "twcs" / "twcs_two_sided.csv").read_bytes().splitlines(keepends=True)
        yield from (header + b"".join(lines[at : at + 8]) for at in range(0, 400, 8))
    elif kind == "json":
        sessions = json.loads((DATA / "ibm_twitter_care" / "conversations.json").read_bytes())
        yield from (_bytes(sessions[at : at + 2]) for at in range(0, 60, 2))


# Our own ------------------------------------------------------------------------------------------------------


def own_mastodon(kind: str) -> Iterator[bytes]:
    there = Instance()
    asked = there.write(ago(hours=3), f"<a href='https://example.org'>No</a> line #{WORD}", "ann@example.com")
    more = {"edited_at": NOW.isoformat(), "media_attachments": [{"id": "1", "description": "x"}],
            "poll": {"id": "1", "options": [{"title": "Yes"}]}}  # fmt: skip
    said = there.write(ago(hours=2), "Since when?", WORD, in_reply_to_id=asked, **more)
    there.write(ago(hours=1), "Noon", "ann@example.com", in_reply_to_id=said)
    found = list(there.statuses.values())
    yield _bytes(found if kind == "list" else {"ancestors": found[:1], "descendants": found[1:]})
    if kind == "list":
        yield _bytes([found[0] | {"reblog": found[1]}, found[1] | {"reblog": found[1]}, found[2]])


def own_bluesky(kind: str) -> Iterator[bytes]:
    there = Service()
    asked = there.write(ago(hours=3), f"No line #{WORD}")
    facet = {"index": {"byteStart": 0, "byteEnd": 4}, "features": [{"uri": "https://example.org/long"}]}
    said = there.write(ago(hours=2), "Well, example.org/lo...", WORD, asked, facets=[facet])
    there.write(ago(hours=1), "Thanks", "ann", said)
    posts = list(there.posts.values())
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": NOW.isoformat()}
    yield _bytes({
        "feed": {"feed": [{"post": posts[0]}, {"post": posts[1], "reason": reason}, {"post": posts[2]}]},
        "search": {"posts": posts},
        "thread": {"thread": there._tree(asked)},
    }[kind])  # fmt: skip


def own_reddit(kind: str) -> Iterator[bytes]:
    with FakeReddit() as there:
        there.fold = 3
        thread = there.submit(ago(hours=3), f"{WORD}: no line")
        comment = there.comment(ago(hours=2), thread)
        for _ in range(3):
            there.comment(ago(hours=1), comment)
        path = f"/comments/{thread[3:]}/" if kind == "thread" else "/r/tilleul/comments"
        yield _bytes(there.answer(path, {}))


def own_hackernews(kind: str) -> Iterator[bytes]:
    there = HackerNewsServer()
    there.add(
        Item(1, T - 900, "ann", "a text", f"My {WORD}", "https://example.org/"), Item(2, T - 800, "ben", parent=1),
        Item(3, T - 700, "cleo", f"{WORD} &amp; <p>co", parent=2), Item(4, T - 600, "", parent=2, deleted=True),
        Item(9, T - 500, "dan", "still here", parent=4),
    )  # fmt: skip
    asked = {"query": WORD, "tags": "x", "numericFilters": f"t>=0,t<={T}", "hitsPerPage": "9", "page": "0"}
    path = {"search": "/api/search_by_date", "tree": "/api/items/1", "item": "/v0/item/9.json"}[kind]
    yield there(path, asked if kind == "search" else {}).body


def own_stackexchange(kind: str) -> Iterator[bytes]:
    there = StackExchangeServer(quota=10**9)
    there.add(
        Post(1, T - 900, "<p>a</p>", "b", (WORD,)), Post(2, T - 800, "<p>a</p>", "c", (WORD,)),
        Post(3, T - 700, "d", parent=1), Post(4, T - 600, "e", parent=1),
        Post(5, T - 500, "f", parent=1, is_comment=True), Post(6, T - 500, "g", parent=1, is_comment=True),
    )  # fmt: skip
    path = {"questions": "/2.3/questions", "discussion": "/2.3/questions/1", "answers": "/2.3/questions/1/answers",
            "comments": "/2.3/posts/1/comments"}[kind]  # fmt: skip
    asked = {"sort": "activity", "order": "asc", "min": "0", "tagged": WORD, "pagesize": "9", "page": "1"}
    yield gzip.decompress(there(path, {"site": "example", "filter": "withbody"} | asked).body)


def own_telegram(kind: str) -> Iterator[bytes]:
    there = TelegramServer()
    there.add(WORD, *(ChannelPost(n, ago(hours=9 - n), "x<br>y", 9, {"👍": 3}, n - 1, "q") for n in range(2, 5)))
    there.add(WORD, ChannelPost(5, ago(hours=1), None, 1200, link=("https://example.org/", "T"), author="Ann"))
    yield there(f"/s/{WORD}", {}).body


def own_feed(kind: str) -> Iterator[bytes]:
    said = {
        "id": "1",
        "url": "https://example.org/1",
        "content_html": "<p>x",
        "date_published": "2026-11-20T10:00:00Z",
    }
    items = [said, said | {"id": "2", "authors": [{"name": "Ann"}]}, {"id": 3, "summary": "y"}]
    entry = "<item><guid>%d</guid><title>T</title><description>&lt;p&gt;x</description><pubDate>%s</pubDate></item>"
    entries = "".join(entry % (n, "Fri, 20 Nov 2026 10:00:00 +0100") for n in range(3))
    rss = f"<?xml version='1.0'?><rss version='2.0'><channel><title>P</title>{entries}</channel></rss>"
    yield (
        rss.encode() if kind == "xml" else _bytes({"version": "https://jsonfeed.org/version/1.1", "items": items})
    )


def own_mail(kind: str) -> Iterator[bytes]:
    made = mail(1, "Bonjour\n> x\n-- \nAnn", In_Reply_To="<p@x>", References="<r@x> <p@x>")
    made.add_alternative("<p>Bonjour</p><blockquote>x</blockquote>", subtype="html")
    made.add_attachment(b"abc", maintype="image", subtype="png", filename="é.png")
    yield from (made.as_bytes(), raw(), raw(Content_Type="text/html; charset=iso-8859-1"))


def own_file(kind: str) -> Iterator[bytes]:
    if kind == "csv":
        names = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id"
        lines = [f"{n},ann,True,Tue Oct 31 22:10:1{n} +0000 2017,no line,,{n - 1}" for n in range(1, 5)]
        yield "\n".join([names, *lines, ""]).encode()
        return
    row = {"id": "1", "account": "ann", "channel": "mail", "posted_at": "2026-11-01T10:00:00Z", "body": "hello"}
    if kind == "jsonl":
        yield b"\n".join(_bytes(row | {"id": str(n)}) for n in range(4))
        return
    turns = [
        {"client": "ann", "tweet_ID": "925486544123456512", "datetime": "2017-10-31T22:10:10Z", "message": "no"}
    ]
    closing = {"tweet_ID": "925486544123456999", "url_utterance": "sorry"}
    session = {"dialogHeader": {"company": "fabel"}, "dialogContent": turns, "agentURL": closing}
    yield _bytes([session, session])


Maker = Callable[[str], Iterator[bytes]]
OWN: dict[str, Maker] = {
    "mastodon": own_mastodon, "bluesky": own_bluesky, "reddit": own_reddit, "hackernews": own_hackernews,
    "stackexchange": own_stackexchange, "telegram": own_telegram, "feed": own_feed, "mail": own_mail,
    "file": own_file,
}  # fmt: skip
REAL: dict[str, Maker] = {
    "mastodon": real_mastodon, "bluesky": real_bluesky, "reddit": real_reddit, "feed": real_feeds,
    "mail": real_mail, "file": real_file,
}  # fmt: skip
