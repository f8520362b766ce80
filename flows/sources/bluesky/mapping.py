"""A post becomes a message: its id, who wrote it, when, in answer to what, and which of it only counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.records import Json, Record, Unusable, make
from flows.records.times import check_written, read_time

STREAM = "bluesky__posts"
LABEL = "bluesky@1"
URI = re.compile(r"at://(did:[a-z]+:[^/\s]+)/[\w.]+/[^/\s]+")
KEPT = ("uri", "cid", "record", "indexedAt")
AUTHOR = ("did", "handle", "displayName", "createdAt")
COUNTERS = {"reactions": "likeCount", "replies": "replyCount", "shares": "repostCount"}
LONGEST_ID = 500


@dataclass(frozen=True)
class Place:
    """The site that posts are of, and whether the public app shows them."""

    site: str
    is_public_app: bool = True


def post_id(post: Any) -> str | None:
    """Return a post's address, at://…; None where it has none."""
    uri = post.get("uri") if isinstance(post, dict) else None
    if not isinstance(uri, str) or not URI.fullmatch(uri) or len(uri.encode("utf-8", "replace")) > LONGEST_ID:
        return None
    return uri


def written_at(post: Any) -> datetime | None:
    """When a post was written: as its author's app says, unless the service had it before."""
    if not isinstance(post, dict) or not isinstance(post.get("record"), dict):
        return None
    said, seen = _moment(post["record"].get("createdAt")), _moment(post.get("indexedAt"))
    return min(said, seen) if said and seen else said or seen


def answers(post: Json, which: str) -> str | None:
    """Return the `parent` or the `root` that a post's record names."""
    record = post.get("record")
    reply = record.get("reply") if isinstance(record, dict) else None
    return post_id(reply.get(which)) if isinstance(reply, dict) else None


def to_record(post: Any, place: Place, now: datetime) -> Record:
    """Make the record of a post as a feed, a search or a thread shows it; raises Unusable with the reason."""
    record_id = post_id(post)
    if record_id is None:
        raise Unusable("no id", "it has no address of a post")
    record, author = post.get("record"), post.get("author")
    if not isinstance(record, dict):
        raise Unusable("wrong shape", "it has no record")
    if not isinstance(author, dict) or not isinstance(author.get("did"), str) or not author["did"].strip():
        raise Unusable("no author", "it does not say who wrote it")
    posted_at = written_at(post)
    if posted_at is None:
        raise Unusable("no date", f"it does not say when it was written: {record.get('createdAt')!r}")
    check_written(posted_at, now)
    mapped = {
        "account": author["did"],
        "posted_at": posted_at.isoformat(),
        "channel": "bluesky",
        "is_public": True,
        "body": text_of(record),
        "thread": answers(post, "root") or record_id,
    } | _named(author)
    parent, languages = answers(post, "parent"), record.get("langs")
    if parent and parent != record_id:
        mapped["parent"] = parent
    if isinstance(languages, list) and languages and isinstance(languages[0], str):
        mapped["language_declared"] = re.split(r"[-_]", languages[0])[0].lower()
    if place.is_public_app:
        mapped["url"] = f"https://bsky.app/profile/{author['did']}/post/{record_id.rpartition('/')[2]}"
    kept = {name: post[name] for name in KEPT if name in post}
    kept["author"] = {name: author[name] for name in AUTHOR if name in author}
    return make(STREAM, place.site, record_id, mapped, {"mapping": LABEL, "post": kept}, counters=_counters(post))


def text_of(record: Json) -> str:
    """Return a post's text with its links in full: what an app shows of one may be cut or be other words.

    Facets give places in the text's UTF-8 bytes; damaged ones are passed over.
    """
    text = record.get("text", "")
    if not isinstance(text, str):
        raise Unusable("wrong shape", "its text is no text")
    content = text.encode("utf-8", "replace")
    for start, end, uri in sorted(_links(record.get("facets"), len(content)), reverse=True):
        shown = content[start:end].decode("utf-8", "replace")
        bare = re.sub(r"^https?://(www\.)?", "", uri)
        begun = re.sub(r"^https?://(www\.)?", "", shown.strip()).rstrip("….").rstrip("/")
        if bare.rstrip("/") == begun:
            continue
        full = uri if begun and bare.startswith(begun) else f"{shown} ({uri})"
        content = content[:start] + full.encode("utf-8", "replace") + content[end:]
    return content.decode("utf-8", "replace").strip()


def _links(facets: Any, length: int) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets if isinstance(facets, list) else []:
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            continue
        start, end = index.get("byteStart"), index.get("byteEnd")
        uris = [one["uri"] for one in features if isinstance(one, dict) and isinstance(one.get("uri"), str)]
        if uris and isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= length:
            found.append((start, end, uris[0]))
    return found


def _named(author: Json) -> Json:
    handle = author.get("handle")
    is_known = isinstance(handle, str) and handle.strip() and handle != "handle.invalid"
    handle = str(handle).strip() if is_known else author["did"]
    name = author.get("displayName")
    named = {"handle": handle, "display_name": name.strip() if isinstance(name, str) and name.strip() else handle}
    labels = author.get("labels")
    marks = [one.get("val") for one in labels if isinstance(one, dict)] if isinstance(labels, list) else []
    return named | ({"author_role_declared": "bot"} if "bot" in marks else {})


def _moment(value: object) -> datetime | None:
    found = read_time(value) if isinstance(value, str) else None
    return found[0] if found else None


def _counters(post: Json) -> Json:
    found = {name: post.get(key) for name, key in COUNTERS.items()}
    return {n: v for n, v in found.items() if isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**31}
