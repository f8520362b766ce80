"""What is read off a page, the same for every engine: a thread's posts, or a list of threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Precision: TypeAlias = Literal["second", "minute", "hour", "day"]
Kind: TypeAlias = Literal["thread", "list", "other"]
Way: TypeAlias = Literal["json", "profile", "generic"]
LAYOUT_CHANGED = "layout changed"  # how the refusal of a known engine's page begins whose posts cannot be found


@dataclass(slots=True, frozen=True)
class Moment:
    """When something was written (with a zone), and how precisely the page says so."""

    at: datetime
    precision: Precision


@dataclass(slots=True, frozen=True)
class Quote:
    """What a post quotes: the text, and its author and post where those are named."""

    text: str
    author: str | None = None
    post_id: str | None = None


@dataclass(slots=True, frozen=True)
class Post:
    """One post. `id` is the engine's own; where the page shows none, a digest of the post.

    `body` is what the author wrote: without quotes, signature and controls. `said_at` is the date as written,
    `html` the post's body as it stood. `is_deleted`: the page shows that it was deleted.
    """

    id: str
    author: str | None
    posted_at: Moment | None
    body: str
    said_at: str = ""
    id_is_native: bool = True
    author_id: str | None = None
    quotes: tuple[Quote, ...] = ()
    reply_to: str | None = None
    edited_at: Moment | None = None
    title: str | None = None
    url: str | None = None
    place: int = 0
    is_deleted: bool = False
    html: str = ""


@dataclass(slots=True, frozen=True)
class ThreadRef:
    """A thread as a list shows it: where it is, how many replies, when somebody last wrote there."""

    id: str
    url: str
    title: str
    replies: int | None = None
    last_at: Moment | None = None
    said_at: str = ""
    last_page: str | None = None
    is_sticky: bool = False


@dataclass(slots=True)
class Reading:
    """The result of reading a page: its engine (with a confidence of 0 to 1), how it was read, and what was found.

    Exactly one of these holds: there are posts, there are threads or forums, or `refusal` says why nothing was
    read. `sure` (0 to 1) is how sure the way in is of what it found. `space` is what the engine's ids count in
    where they are not the forum's own (MesDiscussions counts threads and posts in each category from 1). `lost`
    are ids of posts that the page shows and that could not be read: a page with some is not read whole.
    """

    url: str
    kind: Kind
    engine: str | None = None
    confidence: float = 0.0
    way: Way | None = None
    sure: float = 0.0
    thread_id: str | None = None
    title: str | None = None
    posts: list[Post] = field(default_factory=list)
    threads: list[ThreadRef] = field(default_factory=list)
    forums: list[str] = field(default_factory=list)
    page: int | None = None
    next_page: str | None = None
    last_page: str | None = None
    refusal: str | None = None
    lost: list[str] = field(default_factory=list)
    space: str | None = None


def is_layout_change(reading: Reading) -> bool:
    """Say whether a page was refused because its engine's layout is not what the profile knows."""
    return (reading.refusal or "").startswith(LAYOUT_CHANGED)
