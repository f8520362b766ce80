"""Hacker News as its two APIs document it: the search by date with its cap, whole trees, single items.

Hand-written from the documentation (hn.algolia.com/api, github.com/HackerNews/API), not recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.servers.answering import as_json
from tests.servers.feed_server import Reply

CAP = 1000


@dataclass(frozen=True)
class Item:
    """A story (no parent) or a comment."""

    id: int
    time: int
    by: str
    text: str = ""
    title: str = ""
    url: str = ""
    parent: int | None = None
    points: int = 1
    deleted: bool = False
    dead: bool = False


@dataclass
class HackerNewsServer:
    """Items by id. `forgotten` are those that the search index lost though they are there."""

    items: dict[int, Item] = field(default_factory=dict)
    forgotten: set[int] = field(default_factory=set)

    def add(self, *items: Item) -> None:
        self.items |= {item.id: item for item in items}

    def change(self, number: int, **values: Any) -> None:
        self.items[number] = replace(self.items[number], **values)

    def __call__(self, path: str, asked: dict[str, str]) -> Reply:
        if path == "/api/search_by_date":
            return as_json(self._search(asked))
        number = int(path.rsplit("/", 1)[1].removesuffix(".json"))
        item = self.items.get(number)
        if path.startswith("/v0/item/"):
            return as_json(self._firebase(item) if item else None)
        if path.startswith("/api/items/"):
            is_there = item and not item.deleted
            return as_json(self._node(item)) if item and is_there else as_json({"error": "Not Found"}, 404)
        return Reply(status=404)

    def _story(self, item: Item) -> int:
        while item.parent is not None:
            item = self.items[item.parent]
        return item.id

    def _children(self, number: int) -> list[Item]:
        return [item for item in self.items.values() if item.parent == number]

    def _comments(self, number: int) -> int:
        return sum(1 + self._comments(child.id) for child in self._children(number) if not child.deleted)

    def _search(self, asked: dict[str, str]) -> dict[str, Any]:
        low, high = (int(part.split("=")[1]) for part in asked["numericFilters"].split(","))
        found = [item for item in self.items.values() if self._is_hit(item, asked) and low <= item.time <= high]
        found.sort(key=lambda item: (-item.time, -item.id))
        size, page = int(asked["hitsPerPage"]), int(asked["page"])
        hits = [self._hit(item) for item in found[:CAP][page * size : (page + 1) * size]]
        pages = -(-min(CAP, len(found)) // size)
        return {"hits": hits, "nbHits": len(found), "page": page, "nbPages": pages, "hitsPerPage": size,
                "exhaustiveNbHits": True, "processingTimeMS": 1, "query": asked["query"]}  # fmt: skip

    def _is_hit(self, item: Item, asked: dict[str, str]) -> bool:
        if item.deleted or item.id in self.forgotten or (asked["tags"] == "story" and item.parent):
            return False
        said = (
            item.url
            if "restrictSearchableAttributes" in asked
            else f"{item.title} {item.url} {item.text} {item.by}"
        )
        return all(word.lower() in said.lower() for word in asked["query"].split())  # beginnings of words, too

    def _hit(self, item: Item) -> dict[str, Any]:
        kind, story = ("comment" if item.parent else "story"), self._story(item)
        hit: dict[str, Any] = {
            "objectID": str(item.id), "_tags": [kind, f"author_{item.by}", f"story_{story}"], "author": item.by,
            "created_at": datetime.fromtimestamp(item.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "created_at_i": item.time, "updated_at": "2026-11-21T12:00:00Z", "story_id": story,
        }  # fmt: skip
        if item.parent:
            parent = self.items[story]
            return hit | {"parent_id": item.parent, "comment_text": item.text, "story_title": parent.title,
                          "story_url": parent.url, "points": None}  # fmt: skip
        more = {"story_text": item.text} if item.text else {}
        return hit | more | {"title": item.title, "url": item.url or None, "points": item.points,
                             "num_comments": self._comments(item.id)}  # fmt: skip

    def _node(self, item: Item) -> dict[str, Any]:
        shown = not item.deleted
        children = [self._node(child) for child in self._children(item.id) if child.id not in self.forgotten]
        children = [child for child in children if child["author"] or child["children"]]
        return {"id": item.id, "created_at_i": item.time, "type": "comment" if item.parent else "story",
                "author": item.by if shown else None, "title": item.title or None, "url": item.url or None,
                "text": (item.text or None) if shown else None, "points": None if item.parent else item.points,
                "parent_id": item.parent, "story_id": self._story(item), "children": children,
                "options": []}  # fmt: skip

    def _firebase(self, item: Item) -> dict[str, Any]:
        kind = "comment" if item.parent else "story"
        found: dict[str, Any] = {"id": item.id, "type": kind, "time": item.time}
        if item.deleted:
            return found | {"deleted": True} | ({"parent": item.parent} if item.parent else {})
        found |= {"by": item.by, "text": item.text or None, "parent": item.parent, "title": item.title or None,
                  "url": item.url or None, "score": item.points, "dead": item.dead or None}  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}
