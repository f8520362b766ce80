"""Threads and forums on a list's page, read by the profile of its engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import tzinfo

from selectolax.lexbor import LexborNode

from flows.sources.forum.addresses import Book, plain
from flows.sources.forum.pager import read_pager
from flows.sources.forum.pages import ForumPage
from flows.sources.forum.parts import Found, parts
from flows.sources.forum.picking import Part, find, first, identities, is_inside, pick, picked, squeezed
from flows.sources.forum.posts import Reading, ThreadRef
from flows.sources.forum.profile import Profile
from flows.sources.forum.threads import Clock, clock_of

THOUSANDS = {"k": 1_000, "m": 1_000_000}
COUNT = re.compile(r"(\d[\d.,\s\u202f\u00a0']*)\s*([km])?\b", re.IGNORECASE)
TITLED = re.compile(r"[^\W\d_]|\d.*\D.*\d|\w{5}")  # more than the number of a page


def read_list(page: ForumPage, profile: Profile, book: Book, zone: tzinfo, reading: Reading) -> None:
    """Set the threads and forums of a list's page, with its title and pager."""
    root = page.tree.root
    if root is None:
        return
    rows = list(_rows(page, profile, book))
    dates = [said for row in rows for _, said in list(picked(row.part, profile.threads.last))[:1]]
    clock = clock_of(page, profile, zone, dates, set())
    reading.threads = [ref for row in rows if (ref := _thread(row, profile, book, clock)) is not None]
    reading.forums = list(_forums([root], profile, book))
    reading.title = pick([root], profile.title)
    own = next((found for url in book.own if (found := book.forum(url))), None)
    if own is not None:
        read_pager(page, profile, book, reading, book.forum, own, set())


def _rows(page: ForumPage, profile: Profile, book: Book) -> Iterator[Found]:
    """Find each thread's row: by the addresses in rows that are known, else by all addresses of threads."""
    skip = identities(page.tree, profile.threads.skip)
    within = identities(page.tree, profile.threads.rows)
    named = [(name, node) for name, node in _links(page, profile, book) if not is_inside(node, skip)]
    known = [(name, node) for name, node in named if is_inside(node, within)]
    seen: set[str] = set()
    firsts = []
    for name, node in known or ([] if profile.threads.rows_only else named):
        if name not in seen:
            seen.add(name)
            firsts.append((name, node))
    yield from parts(firsts, within)


def _links(page: ForumPage, profile: Profile, book: Book) -> Iterator[tuple[str, LexborNode]]:
    """Yield links that lead to a thread and bear its title."""
    for node in find([page.tree.root] if page.tree.root else [], "a[href]"):
        url = book.whole(node.attributes.get("href") or "")
        if (
            (name := book.thread(url)) is not None
            and book.post(url) is None
            and TITLED.search(squeezed(node.text()))
        ):
            yield name, node


def _thread(row: Found, profile: Profile, book: Book, clock: Clock) -> ThreadRef | None:
    rules = profile.threads
    link = _title_link(row, profile, book)
    if link is None:
        return None
    pages = {}
    for node in find(row.part, "a[href]"):
        url = book.whole(node.attributes.get("href") or "")
        if book.thread(url) == row.id and book.post(url) is None and (step := book.step(url)) is not None:
            pages[step[0]] = plain(url)
    said, moment = "", None
    for _, text in picked(row.part, rules.last):
        said, moment = said or text, clock.moment(text)
        if moment is not None:
            said = text
            break
    url = plain(book.whole(link.attributes.get("href") or ""))
    return ThreadRef(
        id=row.id,
        url=url,
        title=squeezed(link.text()),
        replies=count(pick(row.part, rules.replies)),
        last_at=moment,
        said_at=said,
        last_page=pages[max(pages)] if pages else None,
        is_sticky=first(row.part, rules.sticky) is not None,
    )


def _title_link(row: Found, profile: Profile, book: Book) -> LexborNode | None:
    """Return the link with the thread's title: where the profile says, else the first that leads to its first page."""
    titled: Callable[[LexborNode], bool] = lambda node: (
        book.thread(book.whole(node.attributes.get("href") or "")) == row.id
        and bool(TITLED.search(squeezed(node.text())))
    )
    for pick_of in profile.threads.link:
        for node in find(row.part, pick_of.css):
            if titled(node):
                return node
    links = [node for node in find(row.part, "a[href]") if titled(node)]
    first_pages = [n for n in links if book.step(book.whole(n.attributes.get("href") or "")) is None]
    return next(iter(first_pages or links), None)


def _forums(root: Part, profile: Profile, book: Book) -> Iterator[str]:
    """Yield addresses of forums that the page lists, each once, not its own."""
    own = {found for url in book.own if (found := book.forum(url))}
    for pick_of in profile.threads.forums:
        for node in find(root, pick_of.css):
            url = plain(book.whole(node.attributes.get("href") or ""))
            if (name := book.forum(url)) is not None and name not in own:
                own.add(name)
                yield url


def count(said: str | None) -> int | None:
    """Read a count: "1 234", "1,234", "1.2K"; None without one."""
    if said is None or not (found := COUNT.search(said)):
        return None
    digits = found[1].strip().rstrip(".,")
    if found[2]:
        try:
            return round(float(digits.replace(",", ".")) * THOUSANDS[found[2].lower()])
        except ValueError:
            return None
    return int("".join(char for char in digits if char.isdecimal()))
