"""Looking things up in a page's tree by a profile's selectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.forumreader.profiles.model import Pick, Picks

Part = Sequence[LexborNode]  # elements beside each other that make one thing: a post, a row
NOWHERE: Set[int] = frozenset()
MAX_DEPTH = 400  # levels that are climbed from an element: browsers nest about as deep


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Walk from a node up towards the document's root, itself first."""
    at: LexborNode | None = node
    for _ in range(MAX_DEPTH):
        if at is None or at.tag == "-document":
            return
        yield at
        at = at.parent


def nests_too_deep(tree: LexborHTMLParser) -> bool:
    """Say whether elements are nested deeper than on any real page: selectors take too long there."""
    at, depth = tree.root, 0
    while at is not None:
        if at.first_child is not None:
            at, depth = at.first_child, depth + 1
            if depth > MAX_DEPTH:
                return True
            continue
        while at is not None and at.next is None:
            at, depth = at.parent, depth - 1
            if depth <= 0:
                return False
        at = at.next if at is not None else None
    return False


def identities(tree: LexborHTMLParser, selectors: Iterable[str]) -> set[int]:
    """Return which nodes of the tree any of the selectors finds."""
    return {node.mem_id for css in selectors for node in tree.css(css)}


def is_inside(node: LexborNode, among: Set[int]) -> bool:
    """Say whether a node or one that encloses it is among these."""
    return bool(among) and any(at.mem_id in among for at in ancestors(node))


def find(part: Part, css: str, outside: Set[int] = NOWHERE) -> Iterator[LexborNode]:
    """Find what a selector matches in a part of the page, itself included, without what lies in `outside`."""
    for root in part:
        for node in root.css(css) if css else [root]:
            if not is_inside(node, outside):
                yield node


def first(part: Part, selectors: Iterable[str], outside: Set[int] = NOWHERE) -> LexborNode | None:
    """Return the first node that the first selector with any finds."""
    for css in selectors:
        for node in find(part, css, outside):
            return node
    return None


def collapse_spaces(text: str) -> str:
    """Return a text on one line, without space around it and without invisible characters."""
    return " ".join(text.replace("\u200b", "").replace("\u200e", "").replace("\u200f", "").split())


def picked(part: Part, picks: Picks, outside: Set[int] = NOWHERE) -> Iterator[tuple[LexborNode, str]]:
    """Yield the values that selectors find, with where they stand: alternatives in order, nothing empty."""
    for pick in picks:
        found = []
        for node in find(part, pick.css, outside):
            said = _said(node, pick)
            if said and pick.match is not None:
                match = pick.match.search(said)
                said = (match[1] or "") if match else ""
            if said := collapse_spaces(said):
                found.append((node, said))
        yield from reversed(found) if pick.last else found


def pick(part: Part, picks: Picks, outside: Set[int] = NOWHERE) -> str | None:
    """Return the first value that selectors find; None without."""
    return next((said for _, said in picked(part, picks, outside)), None)


def _said(node: LexborNode, pick: Pick) -> str:
    if pick.attr is not None:
        return next((said for name in pick.attr.split("|") if (said := node.attributes.get(name))), "")
    if pick.titled:
        children = node.iter(include_text=True)
        return " ".join(child.attributes.get("title") or child.text() for child in children).replace(" ,", ",")
    if pick.own:
        texts = (child.text() for child in node.iter(include_text=True) if child.is_text_node)
        return " ".join(texts)
    return node.text(separator=" ") if node.css_first("br,p,div,li,td") is not None else node.text()
