"""Divides a page into regions, one a post: from around its date to where the next post begins."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from flows.forumreader.structure.datemarks import DateMark
from flows.forumreader.structure.outline import Item, Outline


@dataclass(slots=True, eq=False)
class Region:
    """A post's part of the page around its date: whole elements (`roots`), without those of others (`holes`)."""

    mark: DateMark
    roots: list[Item]
    holes: list[Item] = field(default_factory=list)

    def items(self, outline: Outline) -> Iterator[Item]:
        """Its elements in document order."""
        holes = sorted((hole.place, hole.end) for hole in self.holes)
        for root in self.roots:
            place = root.place
            while place < root.end:
                at = bisect_left(holes, (place, 0))
                if at < len(holes) and holes[at][0] == place:
                    place = max(holes[at][1], place + 1)
                    continue
                yield outline.items[place]
                place += 1

    @property
    def begins(self) -> int:
        """Where it begins in document order."""
        return self.roots[0].place

    @property
    def ink(self) -> int:
        """Letters in it."""
        return sum(root.ink for root in self.roots) - sum(hole.ink for hole in self.holes)

    def holds(self, item: Item) -> bool:
        """Say whether an element is part of it."""
        return any(root.holds(item) for root in self.roots) and not any(hole.holds(item) for hole in self.holes)


def partitions(marks: Sequence[DateMark], fence: Sequence[int] = ()) -> Iterator[list[Region]]:
    """Divide the page among dates of one kind, in the ways that pages are built, the most common first.

    `fence` has the places of other posts' dates, which no region may contain.
    """
    places = sorted({*(mark.item.place for mark in marks), *fence})
    tops = [_top(mark.item, places) for mark in marks]
    trimmed = _trimmed(marks, tops)
    yield [Region(mark, [root]) for mark, root in zip(marks, trimmed, strict=True)]
    if any(one is not other for one, other in zip(trimmed, tops, strict=True)):
        yield [Region(mark, [top]) for mark, top in zip(marks, tops, strict=True)]
    if nested := _nested(marks):
        yield nested
    for lead in range(4 if len(marks) <= 300 else 1):
        if segments := _segments(marks, tops, lead):
            yield segments


def count_in(places: Sequence[int], item: Item) -> int:
    """How many of the sorted places are in an element."""
    return bisect_left(places, item.end) - bisect_left(places, item.place)


def _top(item: Item, places: Sequence[int]) -> Item:
    """The largest element around a date that has no other one of the group."""
    while item.parent is not None and item.parent.tag != "body" and count_in(places, item.parent) == 1:
        item = item.parent
    return item


def _trimmed(marks: Sequence[DateMark], tops: Sequence[Item]) -> list[Item]:
    """The outermost elements that most of the regions have in common (by name), where their tops differ."""
    if len({top.name for top in tops}) == 1:
        return list(tops)
    chains = [_chain(mark.item, top) for mark, top in zip(marks, tops, strict=True)]
    shared = Counter(name for chain in chains for name in {item.name for item in chain})
    roots = []
    for chain in chains:
        common = [item for item in chain if shared[item.name] >= 0.6 * len(chains) and len(chains) > 1]
        roots.append(common[-1] if common else chain[-1])
    return roots


def _chain(item: Item, top: Item) -> list[Item]:
    chain = [item]
    while item is not top and item.parent is not None:
        item = item.parent
        chain.append(item)
    return chain


def _nested(marks: Sequence[DateMark]) -> list[Region] | None:
    """Regions of posts nested in those they answer: the outermost kind of element of which each date has one."""
    nearest: dict[str, list[tuple[DateMark, Item]]] = {}
    for mark in marks:
        seen: set[str] = set()
        item = mark.item.parent
        while item is not None and item.tag != "body":
            if item.name not in seen:
                seen.add(item.name)
                nearest.setdefault(item.name, []).append((mark, item))
            item = item.parent
    owned = {
        name: found
        for name, found in nearest.items()
        if len({item.place for _, item in found}) == len(found) >= 0.9 * len(marks)
    }
    if not owned:
        return None
    kind = max(owned, key=lambda name: sum(item.ink for _, item in owned[name]))
    regions = [Region(mark, [root]) for mark, root in sorted(owned[kind], key=lambda pair: pair[1].place)]
    around: list[Region] = []
    for region in regions:
        while around and not around[-1].roots[0].holds(region.roots[0]):
            around.pop()
        if around:
            around[-1].holes.append(region.roots[0])
        around.append(region)
    return regions if any(region.holes for region in regions) else None


def _segments(marks: Sequence[DateMark], tops: Sequence[Item], lead: int) -> list[Region] | None:
    """Posts in pieces side by side (rows, dt and dd): from `lead` elements before the date's to the next post."""
    regions: list[Region] = []
    of_parent: dict[int, list[tuple[DateMark, Item]]] = {}
    parents: dict[int, Item] = {}
    for mark, top in zip(marks, tops, strict=True):
        if top.parent is None:
            return None
        of_parent.setdefault(top.parent.place, []).append((mark, top))
        parents[top.parent.place] = top.parent
    for place, pairs in of_parent.items():
        children = parents[place].children
        at = {child.place: number for number, child in enumerate(children)}
        starts = [at[top.place] - lead for _, top in pairs]
        if any(start < 0 for start in starts) or any(b - a < 1 + lead for a, b in pairwise(starts)):
            return None
        strides = [b - a for a, b in pairwise(starts)]
        usual = max(strides) if strides else len(children)
        for (mark, _), start, following in zip(pairs, starts, [*starts[1:], starts[-1] + usual], strict=True):
            regions.append(Region(mark, children[start : min(following, len(children))]))
    if lead == 0 and all(len(region.roots) == 1 for region in regions):
        return None
    return sorted(regions, key=lambda region: region.begins)
