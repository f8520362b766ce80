"""A thing of Reddit's (t3: submission, t1: comment) becomes a message, or a tombstone where its text is gone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flows.records import Json, Record, Tombstone, Unusable, make
from flows.records.times import check_written
from flows.sources.reddit.volatile import said

SITE = "reddit"
LABEL = "reddit@1"
STREAMS = {"t3": "reddit__submissions", "t1": "reddit__comments"}
TEXTS = {"t3": "selftext", "t1": "body"}
FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,12}")
COMMENT = re.compile(r"t1_[0-9a-z]{1,12}")
THREAD = re.compile(r"t3_[0-9a-z]{1,12}")
HOME = "https://www.reddit.com"
NOBODY = {None, "", "[deleted]"}
REMOVED = {"[removed]", "[ removed by reddit ]", "[removed by reddit]"}
CLOSED = {"private", "employees_only", "gold_only"}
BOTS = {"automoderator"}


def split(child: Any) -> tuple[str, Json]:
    """Return a child's kind and data; raises Unusable where it is no submission and no comment."""
    if not (isinstance(child, dict) and isinstance(child.get("data"), dict)):
        raise Unusable("wrong shape", "it is no thing of Reddit's, with a kind and data")
    kind = child.get("kind")
    if kind not in STREAMS:
        raise Unusable("not a message", f"it is of kind {str(kind)[:40]!r}, neither submission nor comment")
    return kind, child["data"]


def fullname(kind: str, data: Json) -> str:
    """Return the thing's fullname; raises Unusable."""
    name = data.get("name") or f"{kind}_{data.get('id')}"
    if not (isinstance(name, str) and FULLNAME.fullmatch(name) and name.startswith(kind)):
        raise Unusable("bad id", f"{str(name)[:100]!r} is no fullname of kind {kind}")
    return name


def moment(value: Any) -> datetime | None:
    """Return Unix seconds as a moment (UTC); None where there are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def to_message(kind: str, data: Json, now: datetime) -> Record | Tombstone:
    """Make the record of a thing, or a tombstone where its text is gone; raises Unusable with the reason."""
    name = fullname(kind, data)
    why = gone(kind, data)
    if why:
        banned_at = moment(data.get("banned_at_utc"))
        return Tombstone(STREAMS[kind], SITE, name, why, banned_at.isoformat() if banned_at else None)
    read = {"mapping": LABEL, "kind": kind, "thing": said(kind, data)}
    mapped, order = _mapped(kind, data, name, now), int(name[3:], 36)
    return make(STREAMS[kind], SITE, name, mapped, read, counters=_counters(kind, data), native_order=order)


def gone(kind: str, data: Json) -> str | None:
    """Say why a thing's text is gone: deleted by its author, or removed; None where it is there.

    A deleted account leaves its texts behind: they stay, without their author.
    """
    text, author = data.get(TEXTS[kind]), data.get("author")
    category = data.get("removed_by_category")
    if category:
        return "deleted" if category in {"deleted", "author"} else "removed"
    if any(data.get(name) for name in ("banned_by", "removed", "spam")):
        return "removed"
    if isinstance(text, str):
        if text == "[deleted]" and author in NOBODY:
            return "deleted"
        if text.lower() in REMOVED and (author in NOBODY or kind == "t3"):
            return "removed"
    return None


def _mapped(kind: str, data: Json, name: str, now: datetime) -> Json:
    posted = moment(data.get("created_utc"))
    if posted is None:
        raise Unusable("no date", f"created_utc is {str(data.get('created_utc'))[:40]!r}")
    check_written(posted, now)
    author = data.get("author")
    if not (author is None or isinstance(author, str)):
        raise Unusable("wrong shape", f"its author is {str(author)[:100]!r}, not a name")
    text = data.get(TEXTS[kind])
    if not (isinstance(text, str) or (kind == "t3" and text is None)):
        raise Unusable("no text", f"{TEXTS[kind]} is {str(text)[:40]!r}, not a text")
    # Whoever deleted an account is nobody: an account a message, so that strangers are not taken for one person.
    account = f"[deleted]/{name}" if author in NOBODY else author
    shown = "[deleted]" if author in NOBODY else author
    mapped = {
        "account": account,
        "handle": shown,
        "display_name": shown,
        "channel": SITE,
        "posted_at": posted.isoformat(),
        "body": text or "",
        "is_public": data.get("subreddit_type") not in CLOSED,
    } | _place(kind, data, name)
    edited = moment(data.get("edited"))
    if edited and edited > posted:
        mapped["edited_at"] = edited.isoformat()
    if isinstance(author, str) and author.lower() in BOTS:
        mapped["author_role_declared"] = "bot"
    return mapped


def _place(kind: str, data: Json, name: str) -> Json:
    """Where it stands: thread, parent, title, address. Addresses are made: some places of the API give none."""
    subreddit = data.get("subreddit")
    start = f"{HOME}/r/{subreddit}" if isinstance(subreddit, str) and subreddit else HOME
    if kind == "t3":
        title = data.get("title")
        place = {"thread": name, "url": f"{start}/comments/{name[3:]}/"}
        return place | ({"title": title} if isinstance(title, str) else {})
    parent = data.get("parent_id")
    thread = thread_of(data)
    if thread is None:
        raise Unusable("no thread", f"its link_id is {str(data.get('link_id'))[:40]!r}")
    place = {"thread": thread, "url": f"{start}/comments/{thread[3:]}/_/{name[3:]}/"}
    return place | ({"parent": parent} if isinstance(parent, str) else {})


def thread_of(data: Json) -> str | None:
    """Return the submission that a comment stands under."""
    for given in (data.get("link_id"), data.get("parent_id")):
        if isinstance(given, str) and THREAD.fullmatch(given):
            return given
    return None


def _counters(kind: str, data: Json) -> Json:
    """Counts, latest-only; a score that is hidden is no score."""
    is_hidden = data.get("score_hidden") or data.get("hide_score")
    given = {
        "reactions": None if is_hidden else data.get("score"),
        "replies": data.get("num_comments") if kind == "t3" else None,
        "shares": data.get("num_crossposts") if kind == "t3" else None,
        "awards": data.get("total_awards_received"),
    }
    counters: Json = {name: value for name, value in given.items() if type(value) is int and abs(value) < 2**31}
    ratio = None if is_hidden else data.get("upvote_ratio")
    return counters | ({"upvote_ratio": ratio} if isinstance(ratio, float) and 0 <= ratio <= 1 else {})
