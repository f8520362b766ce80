"""An item of Hacker News becomes a message, whichever of the three answers it came in."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.records import Json, Record, make
from flows.records.texts import to_text, to_title

STREAM = "hackernews__items"
SITE = "hackernews"
LABEL = "hackernews@1"
PAGE = "https://news.ycombinator.com/item?id="
LATEST = 2**33  # the year 2242
KINDS = ("story", "comment", "poll", "job", "pollopt")


def from_hit(hit: Json) -> Json:
    """One item of a search, in the one shape that is kept. Raises ValueError, KeyError, TypeError."""
    kind = next(tag for tag in hit["_tags"] if tag in KINDS)
    text = hit.get("comment_text") if kind == "comment" else hit.get("story_text")
    said = {"type": kind, "by": hit["author"], "time": hit["created_at_i"], "text": text}
    return _item(hit["objectID"], hit.get("story_id") or hit["objectID"], said, hit, hit.get("parent_id"))


def from_node(node: Json, story: int) -> Json:
    """One item of a tree, in the one shape that is kept. Raises ValueError, KeyError, TypeError."""
    said = {"type": node["type"], "by": node["author"], "time": node["created_at_i"], "text": node.get("text")}
    return _item(node["id"], story, said, node, node.get("parent_id"))


def from_firebase(item: Json, story: int) -> Json:
    """One item of the items API, in the one shape that is kept. Raises ValueError, KeyError, TypeError."""
    said = {"type": item["type"], "by": item["by"], "time": item["time"], "text": item.get("text")}
    return _item(item["id"], story, said, item, item.get("parent"))


def _item(number: object, story: object, said: Json, more: Json, parent: object) -> Json:
    if not isinstance(said["by"], str) or not said["by"]:
        raise ValueError("it names no author")
    if type(said["time"]) is not int or not 0 < said["time"] < LATEST:
        raise ValueError(f"{str(said['time'])[:40]} is no time")
    found: Json = {"id": int(str(number)), "story": int(str(story))} | said
    if parent is not None:
        found["parent"] = int(str(parent))
    if said["type"] != "comment":
        found |= {"title": more.get("title"), "url": more.get("url")}
    return {name: value for name, value in found.items() if value not in {None, ""}}


def to_record(item: Json, site: str = SITE, counters: Json | None = None) -> Record:
    """Make the record of an item; raises Unusable where it can't be kept."""
    posted_at = datetime.fromtimestamp(item["time"], UTC).isoformat()
    mapped: Json = {
        "account": item["by"], "handle": item["by"], "display_name": item["by"], "thread": str(item["story"]),
        "channel": SITE, "is_public": True, "posted_at": posted_at, "body": to_text(item.get("text") or ""),
        "url": f"{PAGE}{item['id']}",
    }  # fmt: skip
    if item.get("title"):
        mapped["title"] = to_title(item["title"])
    if "parent" in item:
        mapped["parent"] = str(item["parent"])
    read = {"mapping": LABEL, "item": item}
    return make(STREAM, site, str(item["id"]), mapped, read, counters=counters, native_order=item["id"])


def counters_of(hit: Json) -> Json:
    """Points and comments of a hit, where it has them."""
    given = {"reactions": hit.get("points"), "replies": hit.get("num_comments")}
    return {name: value for name, value in given.items() if isinstance(value, int) and 0 <= value < 2**31}
