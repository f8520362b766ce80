"""A page as one stream of text and the elements that span it: what the generic reader looks at."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_ELEMENTS = 60_000  # a thread of a thousand posts has about 30,000
SKIPPED = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "svg",
        "select",
        "textarea",
        "iframe",
        "object",
        "canvas",
        "audio",
        "video",
        "math",
        "datalist",
        "-comment",
    ]
)
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
NUMBERS = re.compile(r"\d+")
STATE = re.compile(
    r"(^|[-_])(odd|even|alt|first|last|new|unread|read|online|offline|staff|admin|moderator|active|hidden|open"
    r"|closed|depth|level|indent|thread-alt|thread-odd|thread-even|js|is|has|byuser|bypostauthor|self|me|op"
    r"|left|right|clearfix|cf|row|col|xs|sm|md|lg|xl)([-_]|$)",
    re.IGNORECASE,
)
TELLING = re.compile(
    r"(?<![a-z])(post|message|msg|comment|reply|answer|question|topic|thread|discussion|body|content|text|author"
    r"|user|member|poster|pseudo|auteur|date|time|meta|head|header|footer|info|entry|item|title|subject|sig)"
)


@dataclass(slots=True, eq=False)
class Item:
    """An element: where it stands in document order (`place` to `end`) and in the stream (`begins` to `ends`).

    `ink` counts letters of its text, `linked` those of them that stand in links.
    """

    node: LexborNode
    tag: str
    parent: Item | None
    place: int
    depth: int
    attributes: dict[str, str]
    children: list[Item] = field(default_factory=list)
    end: int = 0
    begins: int = 0
    ends: int = 0
    ink: int = 0
    linked: int = 0
    name: str = ""

    def holds(self, other: Item) -> bool:
        """Say whether `other` is this element or stands in it."""
        return self.place <= other.place < self.end

    @property
    def marks(self) -> str:
        """Its id and classes, as written."""
        return f"{self.attributes.get('id', '')} {self.attributes.get('class', '')}"


class Outline:
    """The elements of a page in document order, and its text with a line for every block."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        """Walk the tree once; raises ValueError for a page beyond MAX_ELEMENTS."""
        self.items: list[Item] = []
        self._pieces: list[str] = []
        self._owners: list[tuple[int, Item]] = []
        self._length = 0
        if tree.body is not None:
            self._walk(tree.body)
        self.text = "".join(self._pieces)
        self._name_all()

    def _walk(self, body: LexborNode) -> None:
        stack: list[tuple[LexborNode | None, Item | None, bool]] = [(body, None, False)]
        while stack:
            node, parent, in_link = stack.pop()
            if node is None:  # the end of `parent`
                if parent is not None:
                    self._close(parent)
                continue
            tag = node.tag or ""
            if tag == "-text":
                if parent is not None:
                    self._say(node.text_content or "", parent, in_link)
                continue
            if tag in SKIPPED or tag.startswith(("-", "!")):
                continue
            item = self._open(node, tag, parent)
            in_link = in_link or tag == "a"
            stack.append((None, item, in_link))
            inner: list[tuple[LexborNode | None, Item | None, bool]] = []
            child = node.first_child
            while child is not None:
                inner.append((child, item, in_link))
                child = child.next
            stack.extend(reversed(inner))

    def _open(self, node: LexborNode, tag: str, parent: Item | None) -> Item:
        if len(self.items) >= MAX_ELEMENTS:
            raise ValueError(f"the page has more than {MAX_ELEMENTS:,} elements")
        if tag not in INLINE:
            self._break()
        attributes = {name: value or "" for name, value in node.attributes.items()}
        depth = parent.depth + 1 if parent else 0
        item = Item(node, tag, parent, len(self.items), depth, attributes, begins=self._length)
        if parent is not None:
            parent.children.append(item)
        self.items.append(item)
        return item

    def _close(self, item: Item) -> None:
        item.end = len(self.items)
        item.ends = self._length
        if item.tag not in INLINE and item.tag != "br":
            self._break()
        if item.parent is not None:
            item.parent.ink += item.ink
            item.parent.linked += item.linked

    def _say(self, said: str, owner: Item, in_link: bool) -> None:
        piece = re.sub(r"\s+", " ", said.replace("\xa0", " "))
        if not piece.strip():
            piece = " "
        self._owners.append((self._length, owner))
        self._pieces.append(piece)
        self._length += len(piece)
        letters = len(piece.replace(" ", ""))
        owner.ink += letters
        if in_link:
            owner.linked += letters

    def _break(self) -> None:
        self._pieces.append("\n")
        self._length += 1

    def owner(self, begins: int, ends: int) -> Item:
        """The smallest element that has the stream from `begins` to `ends`."""
        from bisect import bisect_right

        at = bisect_right(self._starts, begins) - 1
        item: Item | None = self._owners[max(at, 0)][1]
        while item is not None and not item.begins <= begins < ends <= item.ends:
            item = item.parent
        return item or self.items[0]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self._owners]

    def said(self, item: Item) -> str:
        """An element's text on one line."""
        return " ".join(self.text[item.begins : item.ends].split())

    def _name_all(self) -> None:
        """Name elements by their tag and the class that tells most: shared by many, and speaking of posts."""
        stripped: dict[str, list[str]] = {}
        for item in self.items:
            said = item.attributes.get("class", "")
            if said not in stripped:
                plain = (NUMBERS.sub("", each).strip("-_").lower() for each in said.split()[:20])
                stripped[said] = [each for each in plain if each and not STATE.search(each)]
        frequent = Counter(
            (item.tag, each) for item in self.items for each in stripped[item.attributes.get("class", "")]
        )
        named: dict[tuple[str, str], str] = {}
        for item in self.items:
            key = (item.tag, item.attributes.get("class", ""))
            if key not in named:
                best = max(
                    stripped[key[1]],
                    key=lambda each: (bool(TELLING.search(each)), frequent[key[0], each], -len(each)),
                    default="",
                )
                named[key] = f"{key[0]}.{best}" if best else key[0]
            item.name = named[key]
            if item.name == "td" and item.parent is not None:  # cells without a class differ by their column
                item.name = f"td:{_column(item, item.parent)}"


def _column(cell: Item, row: Item) -> int:
    """Which cell of its row an element is; 9 for all beyond."""
    return next((number for number, each in enumerate(row.children[:9]) if each is cell), 9)
