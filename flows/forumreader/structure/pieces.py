"""Finds the text of an unknown engine's posts: the region without author, date and controls."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from flows.forumreader.structure.datemarks import DateMark
from flows.forumreader.structure.outline import INLINE, SKIPPED, Item, Outline
from flows.forumreader.structure.regions import Region

Kind: TypeAlias = tuple[str, str]
BOXES = frozenset(
    [
        "form",
        "div",
        "section",
        "article",
        "td",
        "main",
        "dd",
        "li",
        "tr",
        "table",
        "tbody",
        "dl",
        "header",
        "footer",
        "aside",
        "figure",
        "center",
    ]
)
BODY = re.compile(
    r"(?<![a-z])(?:(?:post|posts|msg|message|comment|entry|topic|reply|answer|question|forum|node|field|item|article|note|cooked)?[-_]*"
    r"(?:body|content|contents|text|texte|txt|contenu|corps|message|msg|prose|markdown|html|richtext|words|copy|excerpt))"
    r"(?![a-z_-])|postbody|bodytext|comment_?text|usertext|description|userContent|inner-?post",
    re.IGNORECASE,
)
NOT_BODY = re.compile(
    r"head|foot|meta|author|user-|userinfo|info|sig|control|action|button|tool|side|date|time|title|subject|"
    r"count|avatar|wrap|container|outer|row|cell",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"signature|(?<![a-z])sig(?![a-z])|moderatorbar", re.IGNORECASE)
FURNITURE = re.compile(
    r"(?<![a-z])(actions?|buttons?|btns?|toolbar|tools|controls?|share|sharing|social|likes?|reactions?|votes?|voting|score"
    r"|permalink|report|quick-?reply|post-?foot(?:er)?|comment-?foot(?:er)?|foot(?:er)?|options|menu|links|nav|reply-?link"
    r"|reply|edit(?:ed|-link)?|lastedit|ads?|advert\w*|pub|publicite|sponsor\w*|adsbygoogle|badges?|karma|flags?|ip)(?![a-z])",
    re.IGNORECASE,
)
CARD = re.compile(
    r"(?<![a-z])(authors?|auteurs?|users?|posters?|members?|membres?|profiles?|avatar|user-?\w+|author-?\w+|poster-?\w+|post-?user"
    r"|sidebar|meta\w*|post-?meta|post-?info|info|details|stats|extras|head\w*)(?![a-z])",
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"\b(joined|inscrit|messages|posts|location|localisation|registered)\b\s*:?\s*(le\s)?[\d\n]", re.IGNORECASE
)
NEVER = frozenset(["nav", "button", "input", "label", "footer", "aside", "ins"])


@dataclass(slots=True)
class Piece:
    """A part of a region without its author and date: an element, or a line of bare text and inline tags."""

    nodes: list[LexborNode]
    kind: Kind
    ink: int
    item: Item | None = None

    @property
    def said(self) -> str:
        """How it begins."""
        return "".join((node.text() or "")[:300] for node in self.nodes[:10])[:300]

    @property
    def html(self) -> str:
        """It as it stands in the page."""
        return "".join(node.html or "" for node in self.nodes)


def is_body(name: str) -> bool:
    """Say whether an element is called what holds a post's words."""
    return BODY.search(name) is not None and NOT_BODY.search(name) is None


def _prior(kind: Kind) -> float:
    """How likely the names of an element and the one around it are those of a body, not of an author's details."""
    if kind[1] != "prose" and is_body(kind[1]):
        return 4.0
    about = CARD.search(kind[1]) or (kind[1] == "prose" and CARD.search(kind[0]))
    return 0.3 if about else 1.0


def _blank(line: Sequence[LexborNode]) -> bool:
    return all(node.tag == "-text" and not (node.text() or "").strip() for node in line)


class BodyFinder:
    """Finds the bodies of all regions of one way to divide the page."""

    def __init__(
        self,
        outline: Outline,
        regions: Sequence[Region],
        apart: Sequence[Sequence[Item]],
        notes: Sequence[DateMark] = (),
    ) -> None:
        """`apart` has, for every region, what is outside its words (date, author); `notes` may stand in them."""
        self._outline = outline
        self._notes = {note.item.place: note for note in notes}
        self._note_places = sorted(self._notes)
        self._of = {item.node.mem_id: item for item in outline.items}
        self._said: Counter[str] = Counter()
        self._few = max(3, 0.6 * len(regions))
        self._common = self._common_bodies(regions)
        self._pieces = [list(self._parts(region, others)) for region, others in zip(regions, apart, strict=True)]
        for pieces in self._pieces:
            self._said.update(
                {self._plain(item) for piece in pieces if piece.item for item in self._small(piece.item)}
            )
        self._chosen = self._choose()
        self._usual = {
            piece.kind for each in self._pieces if any(p.kind == self._chosen for p in each) for piece in each
        }

    def body(self, number: int) -> list[Piece]:
        """The pieces of one region's body, in document order."""
        pieces = [piece for piece in self._pieces[number] if piece.kind == self._chosen]
        if not pieces:
            others = [
                piece
                for piece in self._pieces[number]
                if piece.kind not in self._usual and not self.is_furniture(piece.item)
            ]
            pieces = [max(others, key=lambda piece: piece.ink)] if others else []
        if self._chosen[1] != "prose" and len(pieces) > 1:
            pieces = [max(pieces, key=lambda piece: piece.ink)]
        return [kept for piece in pieces for kept in self._kept(piece)]

    def _choose(self) -> Kind:
        totals: dict[Kind, float] = defaultdict(float)
        covers: Counter[Kind] = Counter()
        for pieces in self._pieces:
            here: dict[Kind, float] = defaultdict(float)
            held: dict[Kind, float] = defaultdict(float)
            for piece in pieces:
                if piece.ink and not self.is_furniture(piece.item):
                    held[piece.kind] = 3.0 if self._body_in(piece.item) else 0.0
                    ink = min(piece.ink, 3000) * (0.3 if ABOUT.search(piece.said) else 1.0)
                    here[piece.kind] = (
                        here[piece.kind] + ink if piece.kind[1] == "prose" else max(here[piece.kind], ink)
                    )
            for kind, ink in here.items():
                totals[kind] += ink * max(_prior(kind), held[kind])
                covers[kind] += 1
        count = max(1, len(self._pieces))
        return max(totals, key=lambda kind: totals[kind] * covers[kind] / count, default=("", ""))

    def _parts(self, region: Region, apart: Sequence[Item]) -> Iterator[Piece]:
        """Open what holds something that is apart, until nothing does."""
        shut, said = [*apart, *region.holes], region.mark.said
        stack = list(reversed(region.roots))
        while stack:
            item = stack.pop()
            if any(item is other or other.holds(item) for other in shut):
                continue
            if not any(item.holds(other) for other in shut) and not self._is_frame(item):
                above = item.parent.name if item.parent else ""
                if item.ink or item.tag in BOXES or item.tag == "img":
                    kind = (above, item.name if item.tag in BOXES or BODY.search(item.name) else "prose")
                    yield Piece([item.node], kind, item.ink, item)
                continue
            inner = list(self._lines(item, shut, said))
            yield from (each for each in inner if isinstance(each, Piece))
            stack.extend(reversed([each for each in inner if isinstance(each, Item)]))

    def _common_bodies(self, regions: Sequence[Region]) -> set[str]:
        """Names of bodies that most regions have an element of."""
        seen: Counter[str] = Counter()
        for region in regions:
            seen.update(
                {item.name for item in region.items(self._outline) if item.tag in BOXES and is_body(item.name)}
            )
        return {name for name, count in seen.items() if count >= 0.6 * len(regions)}

    def _is_frame(self, item: Item) -> bool:
        """Whether an element only lays out others: rows, and what holds a body among other things."""
        if item.tag in ("tr", "tbody"):
            return True
        if item.tag not in BOXES or item.name in self._common or is_body(item.name):
            return False
        inside = self._outline.items[item.place + 1 : min(item.end, item.place + 200)]
        return any(each.name in self._common for each in inside)

    def _lines(self, item: Item, shut: Sequence[Item], said: str = "") -> Iterator[Piece | Item]:
        """An element's children: boxes, and between them lines of text, without those of a date or author."""
        line: list[LexborNode] = []
        spoilt = False
        child = item.node.first_child
        while child is not None:
            known = self._of.get(child.mem_id)
            if child.tag == "br" or (known is not None and known.tag not in INLINE):
                if not spoilt and not _blank(line):
                    yield self._line(line, item)
                line, spoilt = ([child] if child.tag == "br" else []), False
                if known is not None and child.tag != "br":
                    yield known
            elif known is not None and any(known is other or other.holds(known) for other in shut):
                spoilt = True
            elif known is not None and any(known.holds(other) for other in shut):
                spoilt = True
                yield known
            elif known is not None and BODY.search(known.name) and known.ink >= 20:
                if line and not spoilt:
                    yield self._line(line, item)
                yield self._line([child], item)
                line = []
            elif (child.tag or "") not in SKIPPED:
                spoilt = spoilt or bool(
                    said and child.tag == "-text" and said in " ".join((child.text() or "").split())
                )
                line.append(child)
            child = child.next
        if not spoilt and not _blank(line):
            yield self._line(line, item)

    def _line(self, nodes: list[LexborNode], above: Item) -> Piece:
        ink = sum(len("".join((node.text() or "").split())) for node in nodes)
        one = self._of.get(nodes[0].mem_id) if len(nodes) == 1 else None
        if one is not None and one.tag != "br" and BODY.search(one.name):
            return Piece(list(nodes), (above.name, one.name), ink, one)
        return Piece(list(nodes), (above.name, "prose"), ink, one)

    def is_furniture(self, item: Item | None) -> bool:
        """Say whether an element is the engine's, not the author's: buttons, signatures, what all repeat."""
        if item is None:
            return False
        if item.place in self._notes and item.ink <= len(self._notes[item.place].said) + 80:
            return True
        if item.tag == "form":  # where an engine lets authors edit, the words may stand in it
            return not any(
                is_body(each.name) for each in self._outline.items[item.place : min(item.end, item.place + 60)]
            )
        if item.tag in NEVER or SIGNATURE.search(item.marks):
            return True
        if item.ink < 400 and item.marks.strip() and FURNITURE.search(item.marks) and not BODY.search(item.name):
            return True
        return 0 < item.ink < 100 and self._said[self._plain(item)] >= self._few

    def _body_in(self, item: Item | None) -> Item | None:
        """The element in it that is called a body and has most of its text; None where it is one itself."""
        if item is None or is_body(item.name):
            return None
        inside = self._outline.items[item.place + 1 : min(item.end, item.place + 200)]
        named = [each for each in inside if is_body(each.name)]
        best = max(named, key=lambda each: each.ink, default=None)
        if best is not None and best.tag in INLINE and sum(each.name == best.name for each in named) > 1:
            return None  # a body in several spans, quotes between them: all of it counts
        return best if best is not None and best.ink >= 0.5 * item.ink else None

    def _has_note(self, item: Item) -> bool:
        at = bisect_left(self._note_places, item.place)
        return at < len(self._note_places) and self._note_places[at] < item.end

    def _plain(self, item: Item) -> str:
        return re.sub(r"\d+", "0", self._outline.said(item).lower())

    def _small(self, item: Item) -> Iterator[Item]:
        return (
            each for each in self._outline.items[item.place : min(item.end, item.place + 300)] if 0 < each.ink < 100
        )

    def _kept(self, piece: Piece, levels: int = 6) -> Iterator[Piece]:
        """A piece without the furniture in it: opened down to its body, where a class says which that is."""
        item = piece.item
        if item is None:
            yield piece
            return
        if self.is_furniture(item) and piece.kind[1] == "prose":
            return
        item = self._body_in(item) or item
        if levels and (self._has_note(item) or any(self.is_furniture(child) for child in item.children)):
            note = self._notes.get(item.place)
            for part in self._lines(item, [], note.said if note else ""):
                if isinstance(part, Piece):
                    if not self.is_furniture(part.item):
                        yield part
                elif not self.is_furniture(part):
                    yield from self._kept(Piece([part.node], ("", "prose"), part.ink, part), levels - 1)
            return
        yield Piece([item.node], piece.kind, item.ink, item)
