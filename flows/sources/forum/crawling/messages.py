"""Makes a post's record: its account, its thread, the post it answers, and when it was written."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta

from flows.forumreader import Moment
from flows.records import Json, Record, Unusable, canonical, make
from flows.records.ids import key
from flows.records.times import check_written
from flows.sources.forum.client import CollectedPost

STREAM = "forum__posts"
LABEL = "forum@1"
LONGEST_HTML = 200_000  # characters of a post's markup that are kept
# How far two readings of one date may differ: relative dates ("3 minutes ago") are no more exact.
TOLERANCE = {
    "second": timedelta(seconds=90),
    "minute": timedelta(minutes=3),
    "hour": timedelta(minutes=90),
    "day": timedelta(hours=36),
}
PRECISIONS = ("second", "minute", "hour", "day")


@dataclass(slots=True, frozen=True)
class Place:
    """Where a post belongs: the site that issues its id, its thread there, the source's settings, the engine.

    `space` goes before ids that are unique only in a part of the forum.
    """

    site: str
    thread: str
    space: str | None = None
    channel: str = "forum"
    language: str | None = None
    engine: str | None = None


def record_id(post: CollectedPost, place: Place) -> str:
    """Return the post's id in its site; one made by the reader is unique only in its thread."""
    return _named(post.id, post, place)


def scoped(number: str, space: str | None) -> str:
    """Return an id that is unique in the whole forum."""
    return f"{space}/{number}" if space else number


def _named(number: str, post: CollectedPost, place: Place) -> str:
    return key(scoped(number, place.space) if post.id_is_native else f"{place.thread}#{number}")


def fingerprint(post: CollectedPost) -> str:
    """A digest of what a post says and of its counters: the same for two readings of an unchanged post.

    Dates are left out (relative ones drift), and so is the markup (sessions, nonces).
    """
    reply = post.reply_number or post.reply_to
    said = [post.author, post.author_id, post.body, post.title, reply, [q.text for q in post.quotes]]
    return "".join(hashlib.sha256(canonical(part)).hexdigest()[:10] for part in (said, post.counters))


def stable_moment(known: Moment | None, read: Moment) -> Moment:
    """Return the reading of a date to keep: the known one, unless the new one is more precise or another date."""
    if known is None or PRECISIONS.index(read.precision) < PRECISIONS.index(known.precision):
        return read
    slack = max(TOLERANCE[known.precision], TOLERANCE[read.precision])
    return known if abs(read.at - known.at) <= slack else read


def to_record(post: CollectedPost, place: Place, posted: Moment, now: Moment | None = None) -> Record:
    """Make a post's record; `posted` is the reading of its date that is kept. Raises Unusable."""
    if not post.body and not post.title and not post.quotes and not post.html:
        raise Unusable("empty post", "it has no text, no title and nothing quoted")
    if now:
        check_written(posted.at, now.at)
    native_id = record_id(post, place)
    mapped: Json = _account(post, native_id) | {
        "thread": key(place.thread),
        "channel": place.channel,
        "is_public": True,
        # A day is one in the forum's zone: in UTC it may be the one before.
        "posted_at": (posted.at if posted.precision == "day" else posted.at.astimezone(UTC)).isoformat(),
        "time_precision": posted.precision,
        "body": post.body,
    }
    optional = {
        "title": post.title,
        "url": post.url,
        "language_declared": place.language,
        "parent": _parent(post, place),
        "edited_at": post.edited_at.at.astimezone(UTC).isoformat() if post.edited_at else None,
    }
    mapped |= {name: value for name, value in optional.items() if value}
    read = {"mapping": LABEL, "post": _verbatim(post, place)}
    order = int(post.id) if post.id.isdecimal() and len(post.id) < 18 else post.place
    return make(STREAM, place.site, native_id, mapped, read, counters=post.counters, native_order=order)


def _parent(post: CollectedPost, place: Place) -> str | None:
    if not post.reply_to or post.reply_to == post.id:
        return None
    return _named(post.reply_to, post, place)


def _account(post: CollectedPost, native_id: str) -> Json:
    """The account's number or name. Anonymous authors get one account per post."""
    account = post.author_id or post.author or f"unknown-{native_id}"
    name = post.author or account
    return {"account": key(account), "handle": name, "display_name": name}


def _verbatim(post: CollectedPost, place: Place) -> Json:
    """What was read, unchanged: the API's own object, or the texts and the markup on the page."""
    if post.said is not None:
        return post.said
    said = {
        "id": post.id,
        "author": post.author,
        "author_id": post.author_id,
        "date": post.said_at,
        "title": post.title,
        "url": post.url,
        "engine": place.engine,
        "html": post.html[:LONGEST_HTML],
        "quotes": [asdict(quote) for quote in post.quotes],
    }
    return {name: value for name, value in said.items() if value}
