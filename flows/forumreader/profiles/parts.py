"""How far a post (or a list's row) reaches on a page, found from the one element that names it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from flows.forumreader.profiles.picking import NOWHERE, Part, ancestors


@dataclass(slots=True, frozen=True)
class Found:
    """Something with an id, and the elements that it is made of, in page order."""

    id: str
    part: Part


def parts(
    named: Iterable[tuple[str, LexborNode]], within: Set[int] = NOWHERE, whole: Callable[[Part], bool] | None = None
) -> list[Found]:
    """Give each id its part of the page: what encloses it, else as far as no other id stands.

    `within` are elements that enclose one each. Where one id stands alone on the page, its part is the smallest
    that is `whole`. An id that comes twice is one: the part where it stands first.
    """
    firsts: dict[str, LexborNode] = {}
    above: dict[int, set[str]] = defaultdict(set)
    for name, node in named:
        firsts.setdefault(name, node)
        for at in ancestors(node):
            above[at.mem_id].add(name)
    if len(firsts) == 1 and whole is not None:
        return [Found(name, _alone(node, within, whole)) for name, node in firsts.items()]
    closed = {name: _enclosing(node, above, within) for name, node in firsts.items()}
    roots = {name: closed[name] or _highest(node, above) for name, node in firsts.items()}
    after = _with_followers({name: root for name, root in roots.items() if closed[name] is None}, above)
    return [Found(name, [root, *after.get(name, ())]) for name, root in roots.items()]


def _alone(node: LexborNode, within: Set[int], whole: Callable[[Part], bool]) -> Part:
    """Climb to what encloses the only post of a page, or to the smallest part with all that a post has.

    Where that is a row of a table, the post's buttons are in the next one.
    """
    root = next((at for at in ancestors(node) if at.mem_id in within or whole([at])), node)
    return [root, *_followers(root, {})[:1]] if root.tag == "tr" else [root]


def _enclosing(node: LexborNode, above: dict[int, set[str]], within: Set[int]) -> LexborNode | None:
    """Climb to what is known to enclose one; None where that holds others, too."""
    at = next((at for at in ancestors(node) if at.mem_id in within), None)
    return at if at is not None and len(above[at.mem_id]) == 1 else None


def _highest(node: LexborNode, above: dict[int, set[str]]) -> LexborNode:
    """Climb as high as nothing else is named."""
    highest = node
    for at in ancestors(node):
        if len(above[at.mem_id]) > 1 or at.tag in ("body", "html"):
            break
        highest = at
    return highest


def _with_followers(roots: dict[str, LexborNode], above: dict[int, set[str]]) -> dict[str, list[LexborNode]]:
    """Add the elements after each root that belong to no other one: rows of a table, tables in a column.

    After the last one as many as after the longest before it, since what ends the list looks like more of it.
    """
    followers = {name: _followers(root, above) for name, root in roots.items()}
    parents = {name: root.parent.mem_id if root.parent is not None else 0 for name, root in roots.items()}
    last = {parent: name for name, parent in parents.items()}
    for parent, name in last.items():
        others = [len(followers[n]) for n, p in parents.items() if p == parent and n != name]
        followers[name] = followers[name][: max(others, default=0)]
    return followers


def _followers(root: LexborNode, above: dict[int, set[str]]) -> list[LexborNode]:
    after, at = [], root.next
    while at is not None and not above.get(at.mem_id):
        if at.is_element_node:
            after.append(at)
        at = at.next
    return after
