"""Finds the next page of an unknown engine's thread: rel=next, links that say "next", and numbers of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from flows.forumreader.page import ForumPage

NEXT = re.compile(
    r"^\W*(?:next(?: page| ›| »)?|(?:page )?suivante?s?|page suivante|older|weiter|nächste(?: seite)?"
    r"|siguiente|successiv[ao]|próxim[ao])\W*$",
    re.IGNORECASE,
)
ARROWS = frozenset(("›", "»", ">", ">>", "→", "❯"))
PAGER = re.compile(
    r"(?<![a-z])(pag(?:e|es|er|ing|ination|enav|elinks|e-?nav\w*|elist)|numpages|nav-?links|pagelink)",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(?:[?&;](?:page|p|pg|start|st|offset|pagenumber|paged?)=|/page[/-]?|/p|-p|,|page-|\.)(\d+)", re.IGNORECASE
)


@dataclass(slots=True, frozen=True)
class Pager:
    """Which page this is, and where the next and the last one are (whole addresses); None where it isn't said."""

    page: int | None = None
    next_page: str | None = None
    last_page: str | None = None


def read_pager(page: ForumPage) -> Pager:
    """Read the links between a thread's pages; links of other hosts and of other kinds are left."""
    said = _said(page)
    numbered = dict(_numbered(page))
    current = _current(page, numbered)
    following = said or (numbered.get(current + 1) if current else None)
    last = max(numbered, default=0)
    reach = numbered[last] if last and (not current or last > current) else None
    return Pager(current, following, reach)


def _said(page: ForumPage) -> str | None:
    for node in page.tree.css("link[rel~=next], a[rel~=next]"):
        title = (node.attributes.get("title") or "").lower()
        if re.search(r"topic|sujet|thread|article|discussion|post:", title):  # phpBB 2's "next" is another thread
            continue
        if (target := _target(page, node)) and not re.search(r"view=next|goto=next|prev_next=next", target):
            return target
    for node in page.tree.css("a[href]"):
        text = " ".join(node.text().split())
        label = node.attributes.get("aria-label") or node.attributes.get("title") or ""
        if NEXT.match(text) or NEXT.match(label) or (text in ARROWS and _in_pager(node)):
            target = _target(page, node)
            if target and not re.search(r"view=next|goto=next|prev_next=next|nextnewest", target):
                return target
    return None


def _target(page: ForumPage, node: LexborNode) -> str | None:
    href = (node.attributes.get("href") or "").strip()
    if not href or href.startswith(("#", "javascript:")):
        return None
    try:
        target = urljoin(page.url, href)
        near = urlsplit(target).netloc in ("", urlsplit(page.url).netloc) or "//" not in page.url
    except ValueError:
        return None
    return target if near and target != page.url else None


def _in_pager(node: LexborNode) -> bool:
    above: LexborNode | None = node
    for _ in range(4):
        if above is None:
            return False
        if PAGER.search(f"{above.attributes.get('class') or ''} {above.attributes.get('id') or ''}"):
            return True
        above = above.parent
    return False


def _numbered(page: ForumPage) -> Iterator[tuple[int, str]]:
    """Links that are numbers, in something called a pager or with the number in their address."""
    for node in page.tree.css("a[href]"):
        text = (node.text() or "").strip()
        target = _target(page, node) if re.fullmatch(r"\d{1,6}", text) else None
        if target is None:
            continue
        said = re.search(rf"[?&;/-](?:page|paged|pg)[=/-]?{text}\b", target)
        if said or (_in_pager(node) and NUMBERED.search(target)):
            yield int(text), target


def _current(page: ForumPage, numbered: dict[int, str]) -> int | None:
    """The page this is: the number among the others that is no link."""
    if not numbered:
        return None
    for node in page.tree.css(
        "strong, span, b, em, li.active, li.current, [aria-current], a.active, a.current, td"
    ):
        text = (node.text() or "").strip().strip("[]()·‹›")
        if re.fullmatch(r"\d{1,6}", text) and int(text) not in numbered and _in_pager(node):
            return int(text)
    near = [number for number in range(1, max(numbered)) if number not in numbered and (number + 1) in numbered]
    return near[0] if len(near) == 1 else None
