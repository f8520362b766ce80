"""Postings, questions, answers and comments of a page's schema.org markup, from JSON-LD and microdata alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborNode

from flows.sources.forum.pages import ForumPage
from flows.sources.forum.schema.jsonld import Thing, read_jsonld, text_of, types_of
from flows.sources.forum.schema.microdata import MicroItem, Value, read_microdata

KINDS = ("DiscussionForumPosting", "SocialMediaPosting", "Question", "Answer", "Comment", "UserComments")
TEXTS = ("articleBody", "text", "commentText", "reviewBody")
DATES = ("datePublished", "dateCreated", "commentTime", "datePosted", "uploadDate")
COUNTS = ("commentCount", "answerCount")
AUTHORS = ("author", "creator")
NATIVE = re.compile(
    r"#(?:[A-Za-z]+[-_:]?)*?(\d{1,20})$|[?&;](?:p|pid|post|postid|post_id|msg|mid|comment|comment_id|cid)=(\d{1,20})\b"
    r"|/(?:posts?|comments?|messages?|answers?|a|p)[/-](\d{1,20})\b|\bpost-(\d{1,20})\b",
    re.IGNORECASE,
)
OF_USER = re.compile(r"(?:[?&;](?:u|uid|id|userid|user_id|member|user)=|[/.-])(\d{1,18})(?=/|$|[?&#.-])")


@dataclass(slots=True)
class Entry:
    """One posting as the markup says it: words as text, or as the element that holds them."""

    kind: str
    author: str | None
    author_id: str | None
    date: str
    edited: str
    text: str
    node: LexborNode | None
    url: str | None
    id: str | None
    headline: str | None
    count: int | None


def of_jsonld(page: ForumPage) -> list[Entry]:
    """Postings of the page's JSON-LD, each once; questions of a FAQ are none."""
    things = read_jsonld(page.tree)
    if any("FAQPage" in types_of(thing) for thing in things):
        return []
    entries: list[Entry] = []
    seen: set[tuple[str | None, ...]] = set()
    for thing in things:
        kind = next((kind for kind in KINDS if kind in types_of(thing)), None)
        if kind is None:
            continue
        entry = _of_thing(kind, thing)
        key = (entry.author, entry.date, entry.text[:300], entry.url, entry.id)
        if key not in seen:
            seen.add(key)
            entries.append(entry)
    return entries


def _of_thing(kind: str, thing: Thing) -> Entry:
    def said(*names: str) -> str:
        return next((text for name in names if (text := text_of(thing.get(name)))), "")

    author: Any = thing.get("author") or thing.get("creator")
    author = author[0] if isinstance(author, list) and author else author
    link = text_of(author.get("url") or author.get("@id")) if isinstance(author, dict) else ""
    name = (
        text_of(author.get("name") or author.get("alternateName")) if isinstance(author, dict) else text_of(author)
    )
    url = said("url", "@id", "discussionUrl")
    return Entry(
        kind,
        name or None,
        _user(link),
        said(*DATES),
        said("dateModified"),
        said(*TEXTS) or (said("headline", "name") if kind == "Question" else ""),
        None,
        url or None,
        native_id(url) or native_id(said("@id")) or _plain(said("identifier")),
        said("headline", "name") or None,
        _count(thing),
    )


def _count(thing: Thing) -> int | None:
    """How many replies the markup says there are."""
    for name in COUNTS:
        if (said := text_of(thing.get(name))).isdigit():
            return int(said)
    statistics = thing.get("interactionStatistic")
    for one in statistics if isinstance(statistics, list) else [statistics]:
        if isinstance(one, dict) and re.search("Comment|Reply", text_of(one.get("interactionType"))):
            said = text_of(one.get("userInteractionCount"))
            return int(said) if said.isdigit() else None
    return None


def native_id(url: str | None) -> str | None:
    """The post's number in its address: an anchor, a field or a folder."""
    found = NATIVE.search(url or "")
    return next((group for group in found.groups() if group), None) if found else None


def _plain(said: str) -> str | None:
    return said if re.fullmatch(r"[\w-]{1,40}", said) else None


def _user(link: str) -> str | None:
    numbers = OF_USER.findall(link)
    return numbers[-1] if numbers else None


def of_microdata(page: ForumPage) -> list[Entry]:
    """Postings of the page's microdata in document order, whether they stand in one another or side by side."""
    items = read_microdata(page.tree)
    if any("FAQPage" in item.types for item in items):
        return []
    entries: list[Entry] = []
    for item in items:
        kind = next((kind for kind in KINDS if kind in item.types), None)
        if kind is not None:
            entries += _of_item(kind, item)
    return entries


def _of_item(kind: str, item: MicroItem) -> Iterator[Entry]:
    """One posting, or several where posts share one item: as many texts as dates and authors."""
    texts, dates, authors = (_all(item, names) for names in (TEXTS, DATES, AUTHORS))
    several = len(texts) if len(texts) == len(dates) == len(authors) > 1 else 1
    for number in range(several):
        text, date, author = (
            values[number] if number < len(values) else None for values in (texts, dates, authors)
        )
        if text is None and kind != "Question":
            continue
        name, link = _person(author)
        url = _said(item.first("url", "discussionUrl", "mainEntityOfPage")) if several == 1 else ""
        yield Entry(
            kind,
            name,
            _user(link),
            date.said if date else "",
            _said(item.first("dateModified")) if several == 1 else "",
            text.said if text else _said(item.first("name", "headline")),
            text.node if text and not text.node.attributes.get("content") else None,
            url or item.itemid,
            _id_of(item, url, text if several > 1 else None),
            _said(item.first("headline", "name")) or None,
            _number(_said(item.first(*COUNTS))),
        )


def _all(item: MicroItem, names: Sequence[str]) -> list[Value]:
    return next((item.values[name] for name in names if name in item.values), [])


def _said(value: Value | None) -> str:
    return value.said if value is not None and value.item is None else ""


def _person(value: Value | None) -> tuple[str | None, str]:
    if value is None:
        return None, ""
    if value.item is not None:
        return _said(value.item.first("name", "alternateName")) or None, _said(value.item.first("url"))
    link = value.node.attributes.get("href") or ""
    name = (value.node.text() or "").strip() or value.said
    return " ".join(name.split()) or None, link


def _id_of(item: MicroItem, url: str, text: Value | None) -> str | None:
    """The post's own number: in its address, or in the id of its element or of those around it."""
    if found := native_id(url) or native_id(item.itemid):
        return found
    node: LexborNode | None = text.node if text is not None else item.node
    for _ in range(3):
        if node is None:
            return None
        attributes = node.attributes
        for name in ("data-post-id", "data-postid", "data-id", "data-comment-id", "data-pid"):
            if (value := attributes.get(name)) and value.isdigit():
                return value
        if ending := re.search(r"(?:^|[-_a-z])(\d{1,20})$", attributes.get("id") or "", re.IGNORECASE):
            return ending[1]
        node = node.parent
    return None


def _number(said: str) -> int | None:
    digits = re.sub(r"\D", "", said)
    return int(digits) if digits and len(digits) < 9 else None
