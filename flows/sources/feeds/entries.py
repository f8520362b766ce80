"""What a feed is once it was read, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.records import Json


@dataclass(frozen=True)
class Author:
    """Who wrote, as far as the feed says."""

    name: str | None = None
    email: str | None = None
    uri: str | None = None


@dataclass(frozen=True)
class Text:
    """A text, and whether it is HTML (or may be: RSS and JSON Feed titles don't say)."""

    value: str
    is_html: bool


@dataclass(frozen=True)
class Entry:
    """One entry. `said` is all that the feed said of it, JSON-ready, without what only counts.

    `repaired`: characters that cannot be were left out of it.
    """

    number: int
    said: Json
    id: str | None = None
    link: str | None = None
    title: Text | None = None
    body: Text | None = None
    author: Author | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    reply_to: str | None = None
    comments_feed: str | None = None
    counters: Json = field(default_factory=dict)
    repaired: bool = False


@dataclass(frozen=True)
class Feed:
    """A feed: what it says of itself, its entries, and what was wrong with it (`damage`), if anything.

    `kind` is empty where the content is no feed at all; `author` stands in for entries without one.
    """

    kind: str
    title: str | None = None
    home: str | None = None
    language: str | None = None
    author: Author | None = None
    entries: list[Entry] = field(default_factory=list)
    damage: str | None = None
    repaired: bool = False


def said_text(value: object) -> str | None:
    """A text that says something (numbers stand for themselves), or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None
