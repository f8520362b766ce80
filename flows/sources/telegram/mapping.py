"""A post of a channel becomes a message: its author is the channel."""

from __future__ import annotations

from flows.records import Json, Record, make
from flows.sources.telegram.preview import HOME, Post

STREAM = "telegram__messages"
SITE = "telegram"
LABEL = "telegram@1"


def to_record(post: Post, channel: str, title: str | None, site: str) -> Record:
    """Make the record of a post; raises Unusable where it can't be kept."""
    native_id = f"{channel}/{post.number}"
    mapped: Json = {
        "account": channel, "handle": channel, "display_name": title or channel, "channel": SITE,
        "is_public": True, "posted_at": post.time.isoformat(), "url": f"{HOME}/{native_id}",
        "body": post.said.get("text") or post.said.get("content") or "",
    }  # fmt: skip
    if post.said.get("reply_to"):
        mapped["parent"] = post.said["reply_to"]
    read = {"mapping": LABEL, "post": post.said}
    return make(STREAM, site, native_id, mapped, read, counters=post.counters, native_order=post.number)
