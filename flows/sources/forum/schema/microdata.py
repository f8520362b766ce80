"""Microdata of a page as nested items, with the element of every property (its text may hold quotes)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

OF_ATTRIBUTE = {
    "meta": "content", "time": "datetime", "a": "href", "link": "href", "img": "src", "audio": "src",
    "video": "src", "data": "value", "meter": "value", "object": "data",
}  # fmt: skip
MOST_ELEMENTS = 200_000


@dataclass(slots=True, eq=False)
class Value:
    """A property's value: an item, or the element that says it."""

    node: LexborNode
    item: MicroItem | None = None

    @property
    def said(self) -> str:
        """Its text or the attribute that says it by the standard's rules; an element's text where that is empty."""
        tag = self.node.tag or ""
        attributes = self.node.attributes
        value = attributes.get("content") or attributes.get(OF_ATTRIBUTE.get(tag, ""))
        return (value if value else self.node.text(separator="") or "").strip()


@dataclass(slots=True, eq=False)
class MicroItem:
    """An `itemscope`: its types without schema.org's address, its properties in document order."""

    node: LexborNode
    types: tuple[str, ...]
    itemid: str | None = None
    values: dict[str, list[Value]] = field(default_factory=dict)

    def first(self, *names: str) -> Value | None:
        """The first value of the first of these properties that is said."""
        return next((self.values[name][0] for name in names if name in self.values), None)


def read_microdata(tree: LexborHTMLParser) -> list[MicroItem]:
    """Every item of the page in document order, nested ones too (they are values of the outer ones as well)."""
    items: list[MicroItem] = []
    if tree.root is None:
        return items
    stack: list[tuple[LexborNode, MicroItem | None]] = [(tree.root, None)]
    count = 0
    while stack and count < MOST_ELEMENTS:
        count += 1
        node, around = stack.pop()
        attributes = node.attributes
        inner = around
        if "itemscope" in attributes:
            inner = MicroItem(node, _types(attributes.get("itemtype")), attributes.get("itemid"))
            items.append(inner)
        if around is not None and (names := attributes.get("itemprop")):
            for name in names.split():
                around.values.setdefault(_short(name), []).append(
                    Value(node, inner if inner is not around else None)
                )
        stack.extend((child, inner) for child in reversed(list(_children(node))))
    return items


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def _types(said: str | None) -> tuple[str, ...]:
    return tuple(_short(each) for each in (said or "").split())


def _short(name: str) -> str:
    """A type or property without its vocabulary: `https://schema.org/Comment` is `Comment`."""
    return name.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
