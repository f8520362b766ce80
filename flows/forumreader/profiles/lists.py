"""Threads and forums on a list's page, read by the profile of its engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo

from selectolax.lexbor import LexborNode

from flows.forumreader.posts import Reading, ThreadRef
from flows.forumreader.profiles.addresses import View, plain
from flows.forumreader.profiles.pager import Paged, read_pager
from flows.forumreader.profiles.parts import Found, parts
from flows.forumreader.profiles.picking import collapse_spaces, find, first, is_inside, pick, picked
from flows.forumreader.profiles.threads import Clock, clock_of, dated

THOUSANDS = {"k": 1_000, "m": 1_000_000}
COUNT = re.compile(r"(\d[\d.,\s\u202f\u00a0']*)\s*([km])?\b", re.IGNORECASE)
FIRST = (None, (0, True), (1, False))  # what addresses of a first page say of it
TITLED = re.compile(r"[^\W\d_]|\d.*\D.*\d|\w{5}")  # more than the number of a page


def read_list(view: View, zone: tzinfo, reading: Reading) -> None:
    """Set the threads and forums of a list's page, with its title and pager."""
    rows = list(_rows(view))
    dates = [said for row in rows for _, said in list(picked(row.part, view.profile.threads.last))[:1]]
    clock = clock_of(view, zone, dates)
    reading.threads = [ref for row in rows if (ref := _thread(view, row, clock)) is not None]
    reading.forums = list(_forums(view))
    reading.title = pick(view.root, view.profile.title)
    reading.space = pick(view.root, view.profile.space)
    own = next((found for url in view.addresses.own if (found := view.addresses.forum(url))), None)
    read_pager(view, Paged(view.addresses.forum, own), reading)


def _rows(view: View) -> Iterator[Found]:
    """Find each thread's row: by the addresses in rows that are known, else by all addresses of threads."""
    skip, within = view.ids(view.profile.threads.skip), view.ids(view.profile.threads.rows)
    named = [(name, node) for name, node in _links(view) if not is_inside(node, skip)]
    known = [(name, node) for name, node in named if is_inside(node, within)]
    firsts: dict[str, LexborNode] = {}
    for name, node in known or ([] if view.profile.threads.rows_only else named):
        firsts.setdefault(name, node)
    yield from parts(firsts.items(), within)


def _links(view: View) -> Iterator[tuple[str, LexborNode]]:
    """Yield links that lead to a thread and bear its title: any title where the profile says that one stands."""
    titles = view.ids(rule.css for rule in view.profile.threads.link if rule.css)
    for node in find(view.root, "a[href]"):
        url = _href(view, node)
        if (name := view.addresses.thread(url)) is None or view.addresses.post(url) is not None:
            continue
        if TITLED.search(said := collapse_spaces(node.text())) or (said and node.mem_id in titles):
            yield name, node


def _href(view: View, node: LexborNode) -> str:
    return view.addresses.whole(node.attributes.get("href") or "")


def _thread(view: View, row: Found, clock: Clock) -> ThreadRef | None:
    rules = view.profile.threads
    link = _title_link(view, row)
    if link is None:
        return None
    said, moment = dated([text for _, text in picked(row.part, rules.last)], clock, among_words=True)
    return ThreadRef(
        id=row.id,
        url=plain(_href(view, link)),
        title=collapse_spaces(link.text()),
        replies=count(pick(row.part, rules.replies)),
        last_at=moment,
        said_at=said,
        last_page=_last_page(view, row),
        is_sticky=first(row.part, rules.sticky) is not None,
    )


def _last_page(view: View, row: Found) -> str | None:
    pages = {}
    for node in find(row.part, "a[href]"):
        url = _href(view, node)
        step = view.addresses.step(url)
        if (
            step not in FIRST
            and step is not None
            and view.addresses.thread(url) == row.id
            and view.addresses.post(url) is None
        ):
            pages[step[0]] = plain(url)
    return pages[max(pages)] if pages else None


def _title_link(view: View, row: Found) -> LexborNode | None:
    """Return the link with the thread's title: where the profile says, else the first to its first page."""
    for css in (*(rule.css for rule in view.profile.threads.link), "a[href]"):
        links = [
            n
            for n in find(row.part, css)
            if view.addresses.thread(_href(view, n)) == row.id and collapse_spaces(n.text())
        ]
        first_pages = [node for node in links if view.addresses.step(_href(view, node)) in FIRST]
        if links:
            return next(iter(first_pages or links))
    return None


def _forums(view: View) -> Iterator[str]:
    """Yield addresses of forums that the page lists, each once, not its own."""
    seen = {found for url in view.addresses.own if (found := view.addresses.forum(url))}
    for rule in view.profile.threads.forums:
        for node in find(view.root, rule.css):
            url = plain(_href(view, node))
            if (name := view.addresses.forum(url)) is not None and name not in seen:
                seen.add(name)
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
