"""Finds each region's author and text, and whether the regions are posts or some other list."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from urllib.parse import urldefrag, urljoin

from flows.forumreader.structure.datemarks import DateMark
from flows.forumreader.structure.outline import Item, Outline
from flows.forumreader.structure.people import PROFILE, Candidate, authors_of
from flows.forumreader.structure.pieces import BodyFinder, Piece
from flows.forumreader.structure.regions import Region, partitions

POSTS = re.compile(
    r"(?<![a-z])(posts?|messages?|msg|mess|comments?|commentaires?|repl(?:y|ies)|r[ée]ponses?|answers?|questions?|p|pid|topic|thread"
    r"|entry|h-entry|post-?(?:container|wrapper|box|row|item)|forum-?post|comment-?body|hentry)(?![a-z])",
    re.IGNORECASE,
)
FURNITURE = re.compile(
    r"reaction|likes?(?![a-z])|liked|votes?(?![a-z])|thank|quote|source-?jump|citation", re.IGNORECASE
)
FEW = 3  # so few records may be an article's header and footer
ASIDE = re.compile(
    r"(?<![a-z])(side-?bar|aside|widget|related|similar|recent|latest|derniers?|popular|trending|footer|nav|navbar|menu|carousel|slider"
    r"|breadcrumbs?|suggest\w*|recommend\w*|members?-?list|who-?is-?online|block-?latest)(?![a-z])",
    re.IGNORECASE,
)
MORE = re.compile(
    r"^(read more|continue reading|lire (?:la suite|plus|l'article)|en savoir plus|suite|weiterlesen|full story)\b",
    re.IGNORECASE,
)
PRICE = re.compile(r"(?:\d[.,]\d\d\s?(?:€|\$|£|eur\b)|(?:€|\$|£)\s?\d+[.,]\d\d)", re.IGNORECASE)
RE = re.compile(r"^\s*(?:re|ré|rép|aw|sv|fwd?)\s*(?:\[\d+\]|\(\d+\))?\s*:\s*", re.IGNORECASE)
BYTES_ENOUGH = 4


@dataclass(slots=True, eq=False)
class Record:
    """A region with what was found in it. `ink` counts letters of its words, `linked` those in links."""

    region: Region
    author: Candidate | None
    words: list[Piece]
    ink: int = 0
    linked: int = 0

    @property
    def mark(self) -> DateMark:
        """Its date."""
        return self.region.mark

    @property
    def is_whole(self) -> bool:
        """Whether it has an author and words of its own."""
        return self.author is not None and (
            self.ink >= BYTES_ENOUGH or any("<img" in each.html for each in self.words)
        )


@dataclass(slots=True, eq=False)
class Group:
    """Records of one way to divide the page, with a score of how well they make posts."""

    records: list[Record] = field(default_factory=list)

    @property
    def whole(self) -> float:
        """Share of records with an author and words."""
        return sum(record.is_whole for record in self.records) / max(1, len(self.records))

    @property
    def worth(self) -> float:
        """A score for being the page's main content: much text, dates in order and with a time of day."""
        written = sum(
            min(record.ink - 0.8 * record.linked, 800) ** 0.6 for record in self.records if record.is_whole
        )
        times = [record.mark.moment.at for record in self.records if record.mark.moment]
        steps = list(pairwise(times))
        forward = sum(a <= b for a, b in steps) / len(steps) if steps else 0.5
        ordered = max(forward, 1 - forward)
        clocks = sum(record.mark.clock for record in self.records) / max(1, len(self.records))
        named = 1.15 if POSTS.search(" ".join(root.name for root in self.records[0].region.roots)) else 1.0
        return float(written) * self.whole * (0.7 + 0.3 * ordered) * (0.8 + 0.2 * clocks) * named


def similar_marks(marks: Sequence[DateMark]) -> list[list[DateMark]]:
    """Group dates by their element and the one around it; the largest groups first."""
    groups: dict[tuple[str, str], list[DateMark]] = defaultdict(list)
    for mark in marks:
        if mark.kind == "posted" and not mark.in_prose:
            above = mark.item.parent.name if mark.item.parent else ""
            groups[mark.item.name, above].append(mark)
    distinct = []
    for group in groups.values():
        last: DateMark | None = None
        kept = []
        for mark in group:
            if last is None or mark.item.place != last.item.place:
                kept.append(mark)
            last = mark
        distinct.append(kept)
    return sorted(distinct, key=len, reverse=True)


def best_records(
    outline: Outline, marks: Sequence[DateMark], fence: Sequence[int], others: Sequence[DateMark]
) -> Group:
    """Divide the page among these dates in the way that gives the most complete posts."""
    best = Group()
    for regions in partitions(marks, fence):
        group = Group(records_of(outline, regions, others))
        if not best.records or group.worth > 1.2 * best.worth:
            best = group
        if best.whole >= 0.95 and best.worth > 0:
            break
    return best


def records_of(outline: Outline, regions: Sequence[Region], others: Sequence[DateMark]) -> list[Record]:
    """Find author and words in each region; `others` are dates of something else (joined, edited)."""
    authors = authors_of(outline, regions)
    apart: list[list[Item]] = []
    for region, author in zip(regions, authors, strict=True):
        here = [region.mark.item]
        if author is not None and author.item is not None:
            here.append(author.item)
        apart.append(here)
    words = BodyFinder(outline, regions, apart, others)
    records = []
    for number, (region, author) in enumerate(zip(regions, authors, strict=True)):
        pieces = words.body(number)
        ink = sum(piece.ink for piece in pieces)
        records.append(Record(region, author, pieces, ink, _linked(pieces)))
    return records


def _linked(pieces: Sequence[Piece]) -> int:
    linked = 0
    for piece in pieces:
        if piece.item is not None:
            linked += piece.item.linked
        else:
            linked += sum(len("".join((node.text() or "").split())) for node in piece.nodes if node.tag == "a")
    return linked


def why_not_posts(  # noqa: PLR0911 - a list of reasons
    outline: Outline, group: Group, address: str, anchors: set[str]
) -> str | None:
    """Say why repeated records are no posts: a list of links, products or people, a sidebar, too little text."""
    records = group.records
    if group.whole < 0.6:
        return "most of what repeats has no author or no text"
    if _aside(records):
        return "what repeats stands in a part beside the page's matter"
    if 1 < len(records) <= FEW and len({(one.author and one.author.name, one.mark.moment) for one in records}) == 1:
        return "it repeats one author and one date: an article, and what stands about it"
    wordy = sum(len(" ".join(piece.said for piece in record.words).split()) >= 4 for record in records)
    named = POSTS.search(" ".join(root.marks for record in records for root in record.region.roots))
    if wordy < 0.3 * len(records) and not named:
        return "what repeats says too little"
    own = [record.ink - record.linked for record in records]
    if median(own) < 8 and sum(own) < 0.5 * sum(record.ink for record in records) + 1:
        return "what repeats is a list of links"
    if _titled_share(outline, records, address, anchors) > 0.5:
        return "every entry has a title that leads elsewhere: a list"
    said = [" ".join(outline.said(root) for root in record.region.roots) for record in records]
    if sum(bool(PRICE.search(each)) for each in said) > 0.5 * len(said) and len(said) > 1:
        return "every entry has a price"
    return None


def _aside(records: Sequence[Record]) -> bool:
    item: Item | None = records[0].region.roots[0].parent
    while item is not None and item.tag not in ("body", "main"):
        beside = item.tag in ("aside", "nav", "footer") or ASIDE.search(item.marks)
        if beside and all(item.holds(record.region.roots[0]) for record in records):
            return True
        item = item.parent
    return False


def _titled_share(outline: Outline, records: Sequence[Record], address: str, anchors: set[str]) -> float:
    """Share of records with a title of their own that links to another page, or with "read more"."""
    more = 0
    by_place: dict[str, dict[int, str]] = defaultdict(dict)
    for number, record in enumerate(records):
        words = [piece.item for piece in record.words if piece.item is not None]
        for item in record.region.items(outline):
            if item.tag != "a" or not item.ink:
                continue
            said = outline.said(item)
            if MORE.match(said):
                more += 1
            if any(body.holds(item) for body in words) and not _leads(outline, record, item):
                continue
            if record.author is not None and (record.author.item is item or record.author.name == said):
                continue
            if _is_title(item, said, record, address, anchors):
                above = item.parent.name if item.parent else ""
                by_place[f"{item.name} {above}"].setdefault(number, RE.sub("", said).lower())
    headed = 0.0
    for titles in by_place.values():
        distinct = Counter(titles.values())
        if len(distinct) > max(1, 0.6 * len(titles)):
            headed = max(headed, len(titles) / len(records))
    return max(headed, more / len(records))


def _leads(outline: Outline, record: Record, item: Item) -> bool:
    """Whether a link in the words is their title: a heading's, or a line of its own with which they begin."""
    if record.linked >= 0.8 * record.ink:
        return True
    if _in_heading(item):
        return True
    begins = min((piece.item.begins for piece in record.words if piece.item is not None), default=-1)
    line = outline.text[item.begins :].lstrip().partition("\n")[0].strip()
    return not outline.text[begins : item.begins].strip() and line == outline.said(item)


def _in_heading(item: Item) -> bool:
    above: Item | None = item
    for _ in range(3):
        if above is not None and re.fullmatch(r"h[1-6]", above.tag):
            return True
        above = above.parent if above is not None else None
    return any(re.fullmatch(r"h[1-6]", child.tag) for child in item.children)


def _same_spot(one: Item, other: Item) -> bool:
    return one.holds(other) or other.holds(one)


def _is_title(item: Item, said: str, record: Record, address: str, anchors: set[str]) -> bool:
    target = item.attributes.get("href", "")
    if not target or target.startswith(("javascript:", "mailto:", "#")) or PROFILE.search(target):
        return False
    if (
        len(said) < (3 if _in_heading(item) else 8)
        or record.mark.said in said
        or not re.search(r"[^\W\d]{3}", said)
        or _same_spot(item, record.mark.item)
        or FURNITURE.search(item.name)
        or (item.parent is not None and FURNITURE.search(item.parent.name))
    ):
        return False
    try:
        page, fragment = urldefrag(urljoin(address, target))
    except ValueError:
        return False
    return fragment not in anchors and page != urldefrag(address)[0]
