"""Which of a page's repeated records are its posts: the main ones, another first one, comments in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flows.forumreader.page import ForumPage
from flows.forumreader.structure.datemarks import DateMark
from flows.forumreader.structure.outline import Item, Outline
from flows.forumreader.structure.records import (
    POSTS,
    Group,
    Record,
    best_records,
    records_of,
    similar_marks,
    why_not_posts,
)
from flows.forumreader.structure.regions import Region

MAX_GROUPS = 12
MAX_AROUND = 8
NOT_A_THREAD = re.compile(
    r"/(search|recherche|login|signin|sign-?up|register|inscription|connexion|memberlist|members|users|membres|annuaire|calendar"
    r"|who-?is-?online|online|whats-?new|tags?|feed|profile?s?|user|member|u)(\.php|\.html?)?/?(?:[?#/]|$)"
    r"|(?<![\w-])(search|memberlist|userlist|usercp|profile|register|login|member|online|calendar)\.(php|asp|aspx|html?|cfm)"
    r"|action=(profile|mlist|stats|login|register|search2?|who|unread|unreadreplies|recent|help)\b|mode=(viewprofile|register)"
    r"|[?&](s|q|search|keywords)=",
    re.IGNORECASE,
)
THREAD = re.compile(
    r"forum|topic|thread|discussion|sujet|question|viewtopic|showthread|conversation|board|comment-form|respond|reply|r[ée]pondre",
    re.IGNORECASE,
)
FORUM = re.compile(
    r"forum|foren|topic|thread|discussion|sujet|question|viewtopic|showthread|(?<![a-z])(?:bbs|boards?|hilo|tema)(?![a-z])",
    re.IGNORECASE,
)
INNER = re.compile(
    r"(?<![a-z])(comments?|repl(?:y|ies)|answers?|responses?|r[ée]ponses?|commentaires?)(?![a-z])", re.IGNORECASE
)
AD = re.compile(
    r"(publicit[ée]s?|pubs?|annonces?|sponsor\w*|advert\w*|ads?|anzeige|werbung|google ads?)(?: \w+){0,2}",
    re.IGNORECASE,
)


def choose_posts(outline: Outline, marks: Sequence[DateMark], page: ForumPage) -> tuple[Group | None, str]:
    """The page's posts in document order, or why there are none."""
    if found := NOT_A_THREAD.search(page.url):
        return None, f"the address is one of a search, a list or an account ({found[0].strip('/?&=')})"
    anchors = _anchors(outline)
    others = [mark for mark in marks if mark.kind != "posted"]
    groups = [similar for similar in similar_marks(marks) if len(similar) > 1 and _has_text(similar)][:MAX_GROUPS]
    read = [best_records(outline, similar, (), others) for similar in groups]
    read.sort(key=lambda group: -group.worth)
    reason = "nothing repeats with a date"
    main: Group | None = None
    for group in read:
        problem = why_not_posts(outline, group, page.url, anchors)
        if problem is None and _main_matter(outline, group, read[0]):
            main = group
            break
        reason = problem or "what repeats is a small part of the page"
        if (
            "title that leads elsewhere" in reason
            or "price" in reason
            or ("list of links" in reason and group is read[0])
        ):
            return None, reason
    if main is None:
        single = _single(outline, marks, others, page, anchors)
        return (single, "") if single is not None else (None, reason)
    main.records = [record for record in main.records if not _is_ad(record)]
    return _with_other_posts(outline, marks, others, main, page=page, anchors=anchors), ""


def _is_ad(record: Record) -> bool:
    """Whether a record is an advertisement laid out as a post: its author's place says so."""
    return record.author is not None and AD.fullmatch(record.author.name) is not None


def _has_text(marks: Sequence[DateMark]) -> bool:
    """Whether the elements around these dates have other text as well."""
    around = marks[0].item
    while around.parent is not None and not around.holds(marks[-1].item):
        around = around.parent
    return around.ink > sum(len(mark.said) + 4 for mark in marks)


def _anchors(outline: Outline) -> set[str]:
    return {item.attributes[name] for item in outline.items for name in ("id", "name") if item.attributes.get(name)}


def _main_matter(outline: Outline, group: Group, largest: Group) -> bool:
    written = sum(record.ink for record in group.records)
    return written >= 0.03 * outline.items[0].ink and group.worth >= 0.15 * largest.worth


def _single(
    outline: Outline, marks: Sequence[DateMark], others: Sequence[DateMark], page: ForumPage, anchors: set[str]
) -> Group | None:
    """The post of a page with a single one: its element must be named as a post, on a page named as a forum's."""
    if not _of_a_forum(outline, page):
        return None
    best: Group | None = None
    for mark in [mark for mark in marks if mark.kind == "posted" and not mark.in_prose][:10]:
        for item in _around(mark, ("body",)):
            if POSTS.search(f"{item.marks} {item.attributes.get('itemtype', '')}") or item.tag == "article":
                group = Group(records_of(outline, [Region(mark, [item])], others))
                ok = group.whole == 1 and group.records[0].ink >= 12
                if ok and why_not_posts(outline, group, page.url, anchors) is None:
                    record = group.records[0]
                    strong = record.author is not None and record.author.weight >= 2.5
                    if strong and (best is None or group.worth > best.worth):
                        best = group
                    break
    return best


def _around(mark: DateMark, outside: tuple[str, ...]) -> Iterator[Item]:
    """The elements around a date from the inside, each with more text than the last; MAX_AROUND at most."""
    item: Item | None = mark.item
    ink, count = -1, 0
    while item is not None and item.tag not in outside and count < MAX_AROUND:
        if item.ink > ink:
            yield item
            ink, count = item.ink, count + 1
        item = item.parent


def _of_a_forum(outline: Outline, page: ForumPage) -> bool:
    """Whether the page's address or body and its controls are named as a forum's: a news article's are not."""
    body = outline.items[0].marks if outline.items else ""
    if not (FORUM.search(page.url) or FORUM.search(body)):
        return False
    return any(
        FORUM.search(item.marks)
        or (item.tag in ("a", "button") and item.ink < 30 and THREAD.search(outline.said(item)))
        for item in outline.items[1:]
    )


def _with_other_posts(
    outline: Outline,
    marks: Sequence[DateMark],
    others: Sequence[DateMark],
    main: Group,
    *,
    page: ForumPage,
    anchors: set[str],
) -> Group:
    """The main records, a first post laid out differently before them, and comments nested in them."""
    taken = {id(record.mark) for record in main.records}
    fence = [record.mark.item.place for record in main.records]
    begins = main.records[0].region.begins
    left = [mark for mark in marks if id(mark) not in taken and mark.kind == "posted" and not mark.in_prose]
    records = list(main.records)
    first = _first(outline, [mark for mark in left if mark.item.place < begins], records, others, page)
    if first and not _same_post(first.records[0], records[0]):
        records = [*first.records, *records]
    inner = [mark for mark in left if any(record.region.holds(mark.item) for record in records)]
    for similar in similar_marks(inner):
        group = best_records(outline, similar, fence, others)
        if group.whole >= 0.8 and _called_posts(group) and why_not_posts(outline, group, page.url, anchors) is None:
            cut = _without_inner(outline, records, group, others)
            if sum(record.is_whole for record in cut) == len(group.records) + sum(
                record.is_whole for record in records
            ):
                records = cut
                break
    return Group(sorted(records, key=lambda record: record.region.begins))


def _first(
    outline: Outline,
    before: Sequence[DateMark],
    peers: Sequence[Record],
    others: Sequence[DateMark],
    page: ForumPage,
) -> Group | None:
    """A post before the main ones: the smallest element around a date that has an author and a text."""
    of_a_forum = _of_a_forum(outline, page)
    for mark in before[:10]:
        for item in _around(mark, ("body", "nav", "header", "aside", "footer")):
            if any(item.holds(peer.mark.item) for peer in peers):
                break
            if item.ink >= 30:
                group = Group(records_of(outline, [Region(mark, [item])], others))
                record = group.records[0]
                if (
                    record.is_whole
                    and record.ink - record.linked >= 25
                    and record.author
                    and record.author.weight >= 1.5
                ) and (of_a_forum or _of_members(record, peers)):
                    return group
    return None


def _of_members(record: Record, peers: Sequence[Record]) -> bool:
    """Whether a first post's author is linked like the answers' authors: a forum member, not a journalist."""
    links = [one.author.link for one in [record, *peers] if one.author and one.author.link]
    starts = {re.split(r"[^/?=]*$", link, maxsplit=1)[0] for link in links}
    return len(links) > 1 and len(starts) == 1 and record.author is not None and bool(record.author.link)


def _same_post(one: Record, other: Record) -> bool:
    """Whether two records are one post: a header that repeats the first post's author and date."""
    names = {record.author.name for record in (one, other) if record.author}
    if one.mark.moment is None or other.mark.moment is None:
        return len(names) == 1 and one.mark.said == other.mark.said
    return len(names) == 1 and abs((one.mark.moment.at - other.mark.moment.at).total_seconds()) < 86_400


def _called_posts(group: Group) -> bool:
    roots = [root for record in group.records for root in record.region.roots]
    named = sum(bool(INNER.search(root.marks)) for root in roots) >= 0.6 * len(group.records)
    return named and all(record.author is not None and record.author.weight >= 2.5 for record in group.records)


def _without_inner(
    outline: Outline, records: Sequence[Record], group: Group, others: Sequence[DateMark]
) -> list[Record]:
    """Both kinds of records, with the inner ones taken out of the outer ones' text."""
    outer = []
    for record in records:
        region = record.region
        holes = [root for one in group.records for root in one.region.roots if region.holds(root)]
        outer.append(Region(region.mark, region.roots, [*region.holes, *holes]))
    return [*records_of(outline, outer, others), *group.records]
