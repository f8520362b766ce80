"""A question, an answer or a comment becomes a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from flows.records import Json, Record, make
from flows.records.texts import to_text

STREAM = "stackexchange__posts"
CHANNEL = "stackexchange"
LABEL = "stackexchange@1"
LATEST = 2**33  # the year 2242
# What changes while nobody writes: kept as counters, or not at all.
VOLATILE = frozenset(
    ("score", "view_count", "answer_count", "comment_count", "favorite_count", "up_vote_count", "down_vote_count",
     "last_activity_date", "is_answered", "bounty_amount", "bounty_closes_date")
)  # fmt: skip
OF_OWNER = frozenset(("user_id", "account_id", "display_name", "link", "user_type"))


@dataclass(frozen=True)
class Post:
    """One thing that the API lists: `id` is unique on its site, comments have a `c` before their number."""

    id: str
    said: Json
    thread: str
    parent: str | None
    url: str
    time: int


def question(said: Any) -> Post:
    """Read a question. Raises ValueError, KeyError, TypeError where it is none."""
    number = str(int(said["question_id"]))
    return Post(number, said, number, None, str(said["link"]), _time(said))


def answer(said: Any, home: str) -> Post:
    """Read an answer; `home` is the site's address."""
    number, thread = str(int(said["answer_id"])), str(int(said["question_id"]))
    return Post(number, said, thread, thread, f"{home}/a/{number}", _time(said))


def comment(said: Any, threads: dict[str, str], home: str) -> Post:
    """Read a comment; `threads` has the question of every post that was asked for."""
    number, post = str(int(said["comment_id"])), str(int(said["post_id"]))
    thread = threads[post]
    url = f"{home}/questions/{thread}#comment{number}_{post}"
    return Post(f"c{number}", said, thread, post, url, _time(said))


def home_of(link: str) -> str:
    """Return the address of the site that a question's link leads to."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}"


def _time(said: Any) -> int:
    _iso(said["creation_date"])
    return int(said["creation_date"])


def to_record(post: Post, site: str) -> Record:
    """Make the record of a post; raises ValueError where a time is none or it can't be kept."""
    said = {name: value for name, value in post.said.items() if name not in VOLATILE}
    said["owner"] = {name: value for name, value in (said.get("owner") or {}).items() if name in OF_OWNER}
    mapped = _author(said["owner"], post) | {
        "thread": post.thread, "channel": CHANNEL, "is_public": True, "posted_at": _iso(post.time),
        "body": to_text(str(said.get("body") or "")), "url": post.url,
    }  # fmt: skip
    if said.get("title"):
        mapped["title"] = unescape(str(said["title"]))
    if post.parent:
        mapped["parent"] = post.parent
    if said.get("last_edit_date"):
        mapped["edited_at"] = _iso(said["last_edit_date"])
    read = {"mapping": LABEL, "post": said}
    order = int(post.id.lstrip("c"))
    return make(STREAM, site, post.id, mapped, read, counters=_counters(post.said), native_order=order)


def _author(owner: Json, post: Post) -> Json:
    """The user's number; a deleted user has a name only, and one without a name is nobody but this post's."""
    name = unescape(str(owner.get("display_name") or "")) or None
    account = str(owner.get("user_id") or name or f"unknown-{post.id}")
    return {"account": account, "handle": name or account, "display_name": name or account}


def _iso(time: Any) -> str:
    if type(time) is not int or not 0 < time < LATEST:
        raise ValueError(f"{str(time)[:40]} is no time")
    return datetime.fromtimestamp(time, UTC).isoformat()


def _counters(said: Json) -> Json:
    given = {
        "reactions": said.get("score"), "replies": said.get("answer_count"), "views": said.get("view_count"),
    }  # fmt: skip
    return {name: value for name, value in given.items() if isinstance(value, int) and abs(value) < 2**31}
