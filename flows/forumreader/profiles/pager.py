"""Which page of how many this is, and where the next one stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from flows.forumreader.posts import Reading
from flows.forumreader.profiles.addresses import AddressReader, View, plain
from flows.forumreader.profiles.picking import NOWHERE, collapse_spaces, find, is_inside, pick, picked

Step: TypeAlias = tuple[int, bool]  # a page's number, or (True) how many go before it
Steps: TypeAlias = dict[Step, LexborNode]


@dataclass(slots=True, frozen=True)
class Paged:
    """What is spread over pages: `name` gives the id in an address, `own` is the one read (None: not known)."""

    name: Callable[[str], str | None]
    own: str | None

    def holds(self, url: str) -> bool:
        """Say whether an address is one of its pages."""
        named = self.name(url)
        return named is not None and self.own in (None, named)


def read_pager(view: View, paged: Paged, reading: Reading, bodies: Set[int] = NOWHERE) -> None:
    """Set the page's number, the next and the last page, by what the pager says and where it leads.

    Links in `bodies` (of posts) are no pager's.
    """
    pager = view.profile.pager
    links = _links(view, paged, bodies)
    size = _size(view, links)
    numbered = {_number_of(step, size): plain(_href(view, node)) for step, node in links.items()}
    said = _number(pick(view.root, pager.page, bodies))
    total = _number(pick(view.root, pager.last, bodies))
    reading.page = said or _by_address(view.addresses, paged, size) or 1
    later = {number: url for number, url in numbered.items() if number > reading.page}
    if later:
        reading.next_page, reading.last_page = later[min(later)], later[max(later)]
    elif total is None or total > reading.page:
        reading.next_page = _stated_next(view, paged)
        reading.last_page = reading.next_page if total == reading.page + 1 else None


def _number(said: str | None) -> int | None:
    found = re.search(r"\d{1,7}", said or "")
    return int(found[0]) or None if found else None


def _number_of(step: Step, size: int) -> int:
    value, counts = step
    return max(1, value // size + 1 if counts else value)


def _size(view: View, links: Steps) -> int:
    """Return how many stand on a page, where addresses count them: by numbers of links, else what divides all."""
    told = Counter(
        value // (int(text) - 1)
        for (value, counts), node in links.items()
        if counts and (text := collapse_spaces(node.text())).isdecimal() and 1 < int(text) <= value + 1
    )
    if told:
        return told.most_common(1)[0][0]
    own = [step[0] for url in view.addresses.own if (step := view.addresses.step(url)) is not None and step[1]]
    return gcd(*own, *(value for value, counts in links if counts)) or 1


def _by_address(addresses: AddressReader, paged: Paged, size: int) -> int | None:
    for url in addresses.own:
        if paged.name(url) is not None:
            return _number_of(addresses.step(url) or (1, False), size)
    return None


def _links(view: View, paged: Paged, bodies: Set[int]) -> Steps:
    """Return the addresses of the same thread's (or list's) pages, by number, or (True) by what goes before."""
    inside = view.ids(view.profile.pager.within)
    found: Steps = {}
    rest: Steps = {}
    for node in find(view.root, "a[href], link[rel=next]", bodies):
        url = _href(view, node)
        if (step := view.addresses.step(url)) is not None and paged.holds(url):
            (found if is_inside(node, inside) else rest).setdefault(step, node)
    chosen = found or (rest if paged.own is not None else {})
    return chosen if len({counts for _, counts in chosen}) < 2 else _of_most(chosen)


def _of_most(links: Steps) -> Steps:
    """Keep one way of counting where a page mixes both."""
    counts = sum(step[1] for step in links) * 2 >= len(links)
    return {step: node for step, node in links.items() if step[1] == counts}


def _href(view: View, node: LexborNode) -> str:
    return view.addresses.whole(node.attributes.get("href") or "")


def _stated_next(view: View, paged: Paged) -> str | None:
    """Return the page that the pager calls the next one, if its address does not name something else."""
    for _, href in picked(view.root, view.profile.pager.next):
        url = plain(view.addresses.whole(href))
        known = paged.holds(url) if paged.name(url) is not None else not view.addresses.is_aside(url)
        if known and url not in view.addresses.own:
            return url
    return None
