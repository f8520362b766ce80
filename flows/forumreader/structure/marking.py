"""Ids that a page does not show: a post's is a digest of its content, a thread's comes from its address."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from flows.forumreader.posts import Moment

RELATIVE = re.compile(r"\b(ago|il y a|hier|yesterday|today|aujourd|vor|gestern|heute)\b", re.IGNORECASE)
NAMED = re.compile(
    r"(?:[?&;](?:t|tid|topic|topicid|topic_id|thread|threadid|showtopic|id_topic|id|post|f)=|(?:topics?|threads?|discussions?"
    r"|sujets?|questions?|t|fil)(?:[/_.,-]|,)(?:[^/?#]*[.,/])?|sujet_)(\d{1,18})",
    re.IGNORECASE,
)


def synthetic_id(author: str | None, said_at: str, moment: Moment | None, body: str) -> str:
    """Make an id for a post without one: a digest of author, date (not of relative ones) and the text's start."""
    when = moment.at.isoformat() if moment and not RELATIVE.search(said_at) else ""
    start = " ".join(body.split())[:200]
    return "mark-" + hashlib.sha256("\x1f".join((author or "", when, start)).encode()).hexdigest()[:20]


def thread_id_of(address: str) -> str | None:
    """A thread's number in its address, where there is one: the one that is named, else the longest."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    said = f"{parts.path}?{parts.query}"
    if found := NAMED.search(said):
        return found[1]
    numbers = re.findall(r"(?<![A-Za-z\d])\d{1,18}(?![A-Za-z\d])", said)
    return max(numbers, key=len) if numbers else None
