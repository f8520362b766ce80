"""The ids that an unknown engine gives its posts: in ids, anchors and permalinks, another in each post."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from flows.forumreader.structure.outline import Item, Outline
from flows.forumreader.structure.regions import Region

Key: TypeAlias = tuple[str, str]
OF_POSTS = re.compile(
    r"(?<![a-z])(posts?|p|pid|pc|msg|message|mess|comment|com|c|reply|r|answer|a|entry|t|td|div|id|q|question|item|article"
    r"|node|n|anchor|forum|pk|cid|mid|num(?:reponse)?|e)(?:[-_:]*|[-_]?u?id)[-_]?$",
    re.IGNORECASE,
)
OF_OTHERS = re.compile(
    r"user|avatar|member|author|profil|(?<!message-)uid|topic|thread|board|ad[-_]|tab|menu|page|step|start|img|photo"
    r"|tooltip|dropdown|attach|hash|sort",
    re.IGNORECASE,
)
ENDING = re.compile(r"^(?P<key>.*?[^0-9]|)(?P<number>\d{1,20})$")
ODD = re.compile(r"^(?P<key>[A-Za-z]+[-_:])(?P<number>(?=[\w-]*\d)[\w-]{6,40})$")
CALLED = re.compile(r"(?<![a-z])(post|message|msg|comment|reply|answer|question)(?![a-z])", re.IGNORECASE)
IN_LINK = re.compile(
    r"(?:#(?P<anchor>[A-Za-z_:-]*?)(?P<a>\d{1,20})$)|(?:[?&;](?P<field>p|pid|post|postid|post_id|msg|mid|comment|comment_id|cid)"
    r"=(?P<b>\d{1,20})\b)|(?:/(?P<folder>posts?|comments?|messages?|msg|answers?|p|permalink|goto/post|find-post)"
    r"[/-](?P<c>\d{1,20})\b)|(?:\bpost-(?P<d>\d{1,20})\b)",
    re.IGNORECASE,
)
FOLDERS = frozenset(
    [
        "p",
        "pid",
        "post",
        "posts",
        "postid",
        "post_id",
        "msg",
        "mid",
        "comment",
        "comments",
        "comment_id",
        "cid",
        "reply",
        "replies",
        "answer",
        "answers",
    ]
)


@dataclass(slots=True, eq=False)
class Found:
    """An id in a region: as said, on which element, and the permalink that says it."""

    value: str
    item: Item
    link: str | None = None


def native_ids(outline: Outline, regions: Sequence[Region]) -> tuple[list[str | None], list[str | None]]:
    """Each region's id and permalink by the kind of mark that tells posts apart best; None where there is none."""
    found: list[dict[Key, Found]] = []
    after = regions[0].begins - 3 if regions else 0
    for region in regions:
        here: dict[Key, Found] = {}
        for item in _elements_near(outline, region, max(after, region.begins - 6, 0)):
            for key, one in _in_element(item):
                here.setdefault(key, one)
        found.append(here)
        after = region.begins + 1
    ids: list[str | None] = [None] * len(regions)
    kinds: dict[str, list[int]] = defaultdict(list)
    for number, region in enumerate(regions):
        kinds[region.roots[0].name].append(number)
    for numbers in ([list(range(len(regions)))], list(kinds.values()))[_best(found, regions) is None]:
        best = _best([found[number] for number in numbers], [regions[number] for number in numbers])
        for number in numbers:
            if best and best in found[number]:
                value = found[number][best].value
                ids[number] = value if value not in ids else f"{best[1]}{value}"
    return ids, _links(found, ids)


def _elements_near(outline: Outline, region: Region, after: int) -> Iterator[Item]:
    """The region's elements, and the anchors and wrappers just before it."""
    for item in outline.items[after : region.begins]:
        if (item.tag == "a" and item.ink == 0) or item.holds(region.roots[0]):
            yield item
    for count, item in enumerate(region.items(outline)):
        if count > 600:
            return
        yield item


def _in_element(item: Item) -> Iterator[tuple[Key, Found]]:
    for name, value in item.attributes.items():
        if name in ("id", "name") or (
            name.startswith("data-") and re.search(r"id$|pk$|key$|post$|comment$|content$", name)
        ):
            match = ENDING.match(value) or ODD.match(value)
            if match and len(value) < 80:
                yield (name if name == "id" else f"@{name}", match["key"].lower()), Found(match["number"], item)
                if name == "id":  # "issue-1" and "comment-2" on elements of one kind
                    yield ("of", item.name), Found(match["number"], item)
    if item.tag == "a" and (target := item.attributes.get("href", "")):
        for match in IN_LINK.finditer(target[:500]):
            kind = match.lastgroup or ""
            value = match[kind] if kind in "abcd" else ""
            word = match["anchor"] or match["field"] or match["folder"] or "post"
            if value:
                yield ("link", word.lower()), Found(value, item, target)


def _best(found: Sequence[dict[Key, Found]], regions: Sequence[Region]) -> Key | None:
    by_key: dict[Key, list[tuple[Found, Region]]] = defaultdict(list)
    for here, region in zip(found, regions, strict=True):
        for key, one in here.items():
            by_key[key].append((one, region))
    count = len(regions)
    ranked = [
        (worth, key)
        for key, pairs in by_key.items()
        if len(pairs) >= 0.9 * count and (worth := _worth(key, pairs, by_key)) >= 2
    ]
    return max(ranked)[1] if ranked else None


def _worth(key: Key, pairs: Sequence[tuple[Found, Region]], by_key: dict[Key, list[tuple[Found, Region]]]) -> float:
    values = [one.value for one, _ in pairs]
    if len(set(values)) < len(values) or (key[0] != "of" and OF_OTHERS.search(" ".join(key))):
        return 0.0
    worth = 3.0 if OF_POSTS.search(key[1] or key[0]) else 0.0
    if key[0] == "of" and CALLED.search(key[1]):
        worth = 2.0
    if key[1] == "" and key[0] in ("id", "@name"):
        worth += 2.0
    if all(one.item.holds(region.roots[0]) or one.item is region.roots[0] for one, region in pairs):
        worth += 2.5
    if key[0] == "link":
        worth += 0.5
    if len(pairs) == 1:
        return worth if worth >= 3 else 0.0
    numbers = [int(value) for value in values if value.isdigit()]
    if numbers and all(b - a == 1 for a, b in pairwise(numbers)) and numbers[0] in (0, 1):
        linked = any(
            other[0] == "link" and other[1] in FOLDERS and [one.value for one, _ in of] == values
            for other, of in by_key.items()
        )
        stated = key[0].startswith("@data-")  # an attribute that is named an id, no place on the page
        worth -= 0.0 if linked or stated else 4.0
    return worth + (0.3 if numbers == sorted(numbers) else 0.0)


def _links(found: Sequence[dict[Key, Found]], ids: Sequence[str | None]) -> list[str | None]:
    """The permalink of each: a link that says its id."""
    return [
        next((one.link for one in here.values() if one.link and one.value == value), None) if value else None
        for here, value in zip(found, ids, strict=True)
    ]
