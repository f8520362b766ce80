"""Which page of how many this is, and where the next one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from math import gcd

from flows.sources.forum.addresses import Book, plain
from flows.sources.forum.pages import ForumPage
from flows.sources.forum.picking import NOWHERE, find, identities, is_inside, pick, picked
from flows.sources.forum.posts import Reading
from flows.sources.forum.profile import Profile

Naming = Callable[[str], str | None]  # the id of the thread or forum whose page an address is


def read_pager(
    page: ForumPage, profile: Profile, book: Book, reading: Reading, name: Naming, own: str | None, bodies: Set[int]
) -> None:
    """Set the page's number, the next and the last page, by what the pager says and where it leads.

    `own` is the id of the thread or forum read; links in `bodies` (of posts) are no pager's.
    """
    root = page.tree.root
    if root is None:
        return
    links = _links(page, profile, book, name, own, bodies)
    size = gcd(*(key for key, counts in links if counts)) or 1
    numbered = {key // size + 1 if counts else key: url for (key, counts), url in links.items()}
    said = _number(pick([root], profile.pager.page, bodies))
    here = said or _by_address(book, name, size)
    total = _number(pick([root], profile.pager.last, bodies))
    if here is None and (numbered or total):
        here = 1
    reading.page = here or 1
    later = {number: url for number, url in numbered.items() if number > reading.page}
    if later:
        reading.next_page, reading.last_page = later[min(later)], later[max(later)]
    elif total is None or total > reading.page:
        reading.next_page = _stated_next(page, profile, book, name, own)
        reading.last_page = reading.next_page if total == reading.page + 1 else None


def _number(said: str | None) -> int | None:
    digits = "".join(char for char in said or "" if char.isdecimal())
    return (int(digits) or None) if 0 < len(digits) < 8 else None


def _by_address(book: Book, name: Naming, size: int) -> int | None:
    for url in book.own:
        if name(url) is not None:
            value, counts = book.step(url) or (1, False)
            return max(1, value // size + 1 if counts else value)
    return None


def _links(
    page: ForumPage, profile: Profile, book: Book, name: Naming, own: str | None, bodies: Set[int]
) -> dict[tuple[int, bool], str]:
    """Return the addresses of the same thread's (or list's) pages, by number, or (True) by what goes before."""
    inside = identities(page.tree, profile.pager.within)
    found: dict[tuple[int, bool], str] = {}
    rest: dict[tuple[int, bool], str] = {}
    for node in find([page.tree.root] if page.tree.root else [], "a[href], link[rel=next]", bodies):
        url = book.whole(node.attributes.get("href") or "")
        if (key := book.step(url)) is None or name(url) is None or (own is not None and name(url) != own):
            continue
        (found if is_inside(node, inside) else rest).setdefault(key, plain(url))
    chosen = found or rest
    return chosen if len({counts for _, counts in chosen}) < 2 else _of_most(chosen)


def _of_most(links: dict[tuple[int, bool], str]) -> dict[tuple[int, bool], str]:
    """Keep one way of counting where a page mixes both."""
    counts = sum(key[1] for key in links) * 2 >= len(links)
    return {key: url for key, url in links.items() if key[1] == counts}


def _stated_next(page: ForumPage, profile: Profile, book: Book, name: Naming, own: str | None) -> str | None:
    """Return the page that the pager calls the next one, if its address does not name something else."""
    for _, href in picked([page.tree.root] if page.tree.root else [], profile.pager.next, NOWHERE):
        url = plain(book.whole(href))
        names: Iterable[str | None] = (None, own)
        if name(url) in names and url not in book.own and not book.is_aside(url):
            return url
    return None
