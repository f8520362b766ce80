"""An entry becomes a message: who wrote it, when, in which thread, and under which id."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from flows.records import Json, Record, Unusable, make
from flows.records.encodings import repair
from flows.records.ids import hashed, key
from flows.records.times import SLACK, Written, check_written, read_time
from flows.records.zones import countries
from flows.sources.feeds.entries import Author, Entry, Feed
from flows.sources.feeds.markup import body_of, title_of

STREAM = "feeds__messages"
LABEL = "feeds@1"
COMMENT = re.compile(r"^(.+)#comment-\w+$")
ANSWERED = re.compile(
    r"(?:<p>)?[^<\n]{0,60}<a href=[\"'][^\"'\s]+#comment-(\d+)[\"'][^>]*>[^<]*</a>[^\w<]{0,3}"
    r"(?:</p>|<br ?/?>|\n)\s*"
)
NOBODY = re.compile(r"^(no-?reply|do-?not-?reply)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Article:
    """The text of an entry's page, and where it was found."""

    url: str
    text: str


@dataclass(frozen=True)
class Place:
    """The feed an entry stands in: its address as configured, its site, channel and language.

    `article` is the id of the article whose comments it has, if it is such a feed.
    """

    url: str
    site: str
    channel: str
    language: str | None = None
    article: str | None = None

    @property
    def path(self) -> str:
        """The address without its scheme: http and https are one feed."""
        return self.url.partition("://")[2]


def record_id(entry: Entry, place: Place) -> str:
    """Return the entry's id, else its link, else a hash of what it says; raises Unusable for an empty entry.

    A bare number is an id inside its feed only, so the feed's address goes before it.
    """
    given = entry.id or entry.link
    if given:
        return key(f"{place.path}#{given}" if given.isdecimal() else given)
    text = entry.title or entry.body
    if text is None:
        raise Unusable("empty entry", "it has no id, no link, no title and no text")
    return hashed("\n".join([text.value, entry.published or "", place.path]))


def to_record(
    entry: Entry, feed: Feed, place: Place, first_seen: datetime, now: datetime, *, article: Article | None = None
) -> Record:
    """Make the record of one entry; raises Unusable with the reason. `first_seen` dates what has no date.

    An article's text stands in for the feed's where it is longer.
    """
    native_id = record_id(entry, place)
    mapped = _times(written(entry, feed, place), entry, first_seen, now) | _author(
        entry.author or feed.author, feed, place
    )
    mapped |= _thread(entry, native_id, place.article) | {"channel": place.channel, "is_public": True}
    language = entry.language or feed.language or place.language
    optional = {
        "title": title_of(entry.title),
        "body": max(_said(entry, native_id), article.text if article else "", key=len),
        "url": entry.link,
        "language_declared": re.split(r"[-_]", language.strip())[0].lower() if language else None,
    }
    repaired = feed.repaired or entry.repaired
    for name, value in optional.items():
        if value is not None:
            mapped[name] = repair(value)
            repaired = repaired or mapped[name] != value
    read: Json = {"mapping": LABEL, "entry": entry.said}
    if article:
        read["article"] = {"url": article.url, "text": article.text}
    return make(
        STREAM, place.site, native_id, mapped, read,
        counters=entry.counters, repaired=repaired, native_order=-entry.number,
    )  # fmt: skip


def written(entry: Entry, feed: Feed, place: Place) -> Written | None:
    """When an entry says it was written; zones are read by the country of the feed's language or host."""
    languages = (entry.language, feed.language, place.language)
    where = countries(languages=languages, hosts=[urlsplit(place.url).hostname])
    return read_time(entry.published, where=where) or read_time(entry.updated, where=where)


def _times(said: Written | None, entry: Entry, first_seen: datetime, now: datetime) -> Json:
    if said is None:
        return {"posted_at": first_seen.isoformat(), "time_precision": "day"}
    moment = said.moment
    check_written(moment, now, "; read again until then")
    times = {"posted_at": moment.isoformat(), "time_precision": said.precision}
    edited = read_time(entry.updated)
    if edited and moment < edited[0] <= now + SLACK:
        times["edited_at"] = edited[0].isoformat()
    return times


def _author(author: Author | None, feed: Feed, place: Place) -> Json:
    """The author's e-mail, page or name, in this order; the feed itself where nobody is named.

    Addresses that take no mail (Blogger writes noreply@blogger.com for everybody) name nobody.
    """
    if author:
        email = author.email.lower() if author.email and not NOBODY.match(author.email) else None
        account = email or author.uri or author.name
        if account:
            name = author.name or account
            return {"account": key(account), "handle": name, "display_name": name}
    host = urlsplit(place.url).hostname or place.site
    return {"account": key(feed.home or place.url), "handle": host, "display_name": feed.title or host}


def _thread(entry: Entry, native_id: str, of_article: str | None) -> Json:
    """An article is its own thread; a comment (RFC 4685, or an id that ends in #comment-…) is in its article's.

    In an article's own feed of comments each is in its thread, and answers it unless it names a comment.
    """
    own = COMMENT.match(native_id)
    parent = entry.reply_to or _answered(entry, own) or of_article or (own.group(1) if own else None)
    if not parent or parent == native_id:
        return {"thread": of_article or native_id}
    article = COMMENT.match(parent)
    return {"thread": of_article or key(article.group(1) if article else parent), "parent": key(parent)}


def _answered(entry: Entry, own: re.Match[str] | None) -> str | None:
    """WordPress begins an answer with a line "In reply to", in its language, and a link to the comment."""
    found = ANSWERED.match(entry.body.value.strip()) if own and entry.body else None
    return f"{own.group(1)}#comment-{found.group(1)}" if own and found else None


def _said(entry: Entry, native_id: str) -> str:
    """The text, without the line that says what it answers: that is its parent."""
    if entry.body and _answered(entry, COMMENT.match(native_id)):
        return body_of(replace(entry.body, value=ANSWERED.sub("", entry.body.value.strip(), count=1)))
    return body_of(entry.body)
