"""Lists of threads of unknown engines: repeated links with a date or a count, read with little confidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urldefrag, urljoin

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Reading, ThreadRef
from flows.forumreader.structure.datemarks import DateMark
from flows.forumreader.structure.marking import thread_id_of
from flows.forumreader.structure.nextpage import read_pager
from flows.forumreader.structure.outline import Item, Outline
from flows.forumreader.structure.people import PROFILE
from flows.forumreader.structure.records import similar_marks
from flows.forumreader.structure.regions import partitions

THREAD = re.compile(
    r"(?<![a-z])(topics?|threads?|discussions?|sujets?|sujet_|viewtopic|showthread|questions?|t|tid|showtopic|fil|conversations?)"
    r"(\.php|\.html?|\.aspx?)?([/?=&;:.,_-]|$)",
    re.IGNORECASE,
)
COUNT = re.compile(
    r"(\d{1,3}(?:[ .,]\d{3})+|\d+)\s*(?:r[ée]p\w*|repl\w+|comment\w*|messages?|posts?|answers?|antworten)"
    r"|(?:r[ée]ponses?|replies|answers|messages)"
    r"\s*:?\s*(\d{1,3}(?:[ .,]\d{3})+|\d+)",
    re.IGNORECASE,
)


def read_list(outline: Outline, marks: Sequence[DateMark], page: ForumPage) -> Reading | None:
    """Read the page's largest list of dated links to threads; None where there are fewer than three."""
    best: list[ThreadRef] = []
    for group in similar_marks(marks)[:8]:
        if len(group) < 3:
            continue
        regions = next(iter(partitions(group)))
        threads: dict[str, ThreadRef] = {}
        for region in regions:
            thread = _thread(outline, list(region.items(outline)), region.mark, page)
            if thread is not None:
                threads.setdefault(thread.url, thread)
        if len(threads) >= 3 and len(threads) >= 0.6 * len(regions) and len(threads) > len(best):
            best = list(threads.values())
    if not best:
        return None
    pager = read_pager(page)
    return Reading(
        page.url, "list", way="generic", sure=0.4, threads=best, page=pager.page, next_page=pager.next_page,
        last_page=pager.last_page,
    )  # fmt: skip


def _thread(outline: Outline, items: Sequence[Item], mark: DateMark, page: ForumPage) -> ThreadRef | None:
    links: dict[str, str] = defaultdict(str)
    for item in items:
        target = item.attributes.get("href", "") if item.tag == "a" else ""
        if (
            not target
            or item.holds(mark.item)
            or mark.item.holds(item)
            or PROFILE.search(target)
            or not THREAD.search(target)
            or target.startswith(("#", "javascript:"))
        ):
            continue
        try:
            address = urldefrag(urljoin(page.url, target))[0]
        except ValueError:
            continue
        said = outline.said(item)
        if len(said) > len(links[address]) and re.search(r"[^\W\d]{2}", said) and mark.said not in said:
            links[address] = said
    titled = {address: said for address, said in links.items() if said}
    if not titled:
        return None
    address, title = next(iter(titled.items()))
    said = " ".join(outline.text[items[0].begins : items[-1].ends].split())
    count = COUNT.search(said)
    replies = int(re.sub(r"\D", "", count[1] or count[2])) if count else None
    return ThreadRef(thread_id_of(address) or address, address, title, replies, mark.moment, mark.said)
