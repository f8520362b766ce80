"""A post becomes a record: its account, its thread, what it answers, and when it was written."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, timedelta

from flows.forumreader.posts import Moment, Post
from flows.sources.answers import storable
from flows.sources.base import Json, Record, canonical
from flows.sources.feeds.mapping import key

STREAM = "forum__posts"
LABEL = "forum@1"
LONGEST_HTML = 200_000  # characters of a post's markup that are kept
SLACK = timedelta(days=1)
# Two readings of one date may differ by this, because relative dates ("3 minutes ago") are only so exact.
EXACT = {
    "second": timedelta(seconds=90),
    "minute": timedelta(minutes=3),
    "hour": timedelta(minutes=90),
    "day": timedelta(hours=36),
}
ORDER = ("second", "minute", "hour", "day")


@dataclass(slots=True, frozen=True)
class ApiPost(Post):
    """A post that an API told of: what it said of it, without what only counts, and that.

    `number` is its place in its thread where others name it by that (`reply_number`).
    """

    said: Json = field(default_factory=dict)
    counters: Json = field(default_factory=dict)
    number: int | None = None
    reply_number: int | None = None


@dataclass(slots=True, frozen=True)
class Place:
    """Where a post stands: the site that issues its id, its thread there, and how the forum is read.

    `space` goes before ids of posts that are unique in a part of the forum only.
    """

    site: str
    thread: str
    space: str | None = None
    channel: str = "forum"
    language: str | None = None
    engine: str | None = None


class Unusable(ValueError):
    """A post that cannot become a record: `reason` in few words, the message in a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason beside the message."""
        super().__init__(detail)
        self.reason = reason


def record_id(post: Post, place: Place) -> str:
    """Return the post's id as its site has it; a mark that we made is unique in its thread only."""
    return _named(post.id, post, place)


def scoped(number: str, space: str | None) -> str:
    """An id that is unique in the whole forum."""
    return f"{space}/{number}" if space else number


def _named(number: str, post: Post, place: Place) -> str:
    return key(scoped(number, place.space) if post.id_is_native else f"{place.thread}#{number}")


def sign(post: Post) -> str:
    """What a post says, in few letters: two readings of an unchanged post have the same, whenever they were made.

    Dates are no part of it (relative ones drift), nor is the markup (sessions, nonces). What counts is.
    """
    reply = post.reply_number if isinstance(post, ApiPost) and post.reply_number else post.reply_to
    said = [post.author, post.author_id, post.body, post.title, reply, [q.text for q in post.quotes]]
    counters = post.counters if isinstance(post, ApiPost) else {}
    return "".join(hashlib.sha256(canonical(part)).hexdigest()[:10] for part in (said, counters))


def steadier(known: Moment | None, read: Moment) -> Moment:
    """Of two readings of one date return the one to keep: the first, unless the new one says more, or otherwise."""
    if known is None or ORDER.index(read.precision) < ORDER.index(known.precision):
        return read
    slack = max(EXACT[known.precision], EXACT[read.precision])
    return known if abs(read.at - known.at) <= slack else read


def to_record(post: Post, place: Place, posted: Moment, now: Moment | None = None) -> Record:
    """Make the record of a post; `posted` is the reading of its date that is kept. Raises Unusable, ValueError."""
    if not post.body and not post.title and not post.quotes and not post.html:
        raise Unusable("empty post", "it has no text, no title and nothing quoted")
    if now and posted.at > now.at + SLACK:
        raise Unusable("date in the future", f"it says it was written at {posted.at.isoformat()}")
    native_id = record_id(post, place)
    mapped: Json = _account(post, native_id) | {
        "thread": key(place.thread),
        "channel": place.channel,
        "is_public": True,
        "posted_at": posted.at.astimezone(UTC).isoformat(),
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
    payload = {"mapping": LABEL, "post": _verbatim(post, place), "mapped": mapped}
    counters = post.counters if isinstance(post, ApiPost) else None
    order = int(post.id) if post.id.isdecimal() and len(post.id) < 18 else post.place
    try:
        record = Record.of(STREAM, place.site, native_id, payload, counters=counters, native_order=order)
    except TypeError as error:
        raise Unusable("not storable", f"it cannot be kept as JSON: {error}") from error
    return storable(record)


def _parent(post: Post, place: Place) -> str | None:
    if not post.reply_to or post.reply_to == post.id:
        return None
    return _named(post.reply_to, post, place)


def _account(post: Post, native_id: str) -> Json:
    """The account's number or name; who is named nowhere is nobody but this post's."""
    account = post.author_id or post.author or f"unknown-{native_id}"
    name = post.author or account
    return {"account": key(account), "handle": name, "display_name": name}


def _verbatim(post: Post, place: Place) -> Json:
    """What was read: the API's own object, or what stood on the page."""
    if isinstance(post, ApiPost):
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
