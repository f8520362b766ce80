"""Finds a page's links: sections (and whether they changed), pages of the newest activity, the previous page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Reading

SESSIONS = frozenset(("sid", "s", "phpsessid", "osid", "jsessionid"))
NUMBER = re.compile(r"\d+")
LISTED = re.compile(
    r"search_id=active_topics|/whats-new/(posts/)?$|action=show_recent|action=show_24h|action=getdaily|do=getdaily"
    r"|mode=topics_active",
    re.IGNORECASE,
)  # pages that list what anybody wrote last, whichever section it is in
# Texts that count (alone in their element, or before a word that is no time), and clock times.
COUNT = re.compile(r"\s*[^\W\d]*\s*:?\s*(\d[\d\s.,' k]*)([^\W\d]*)\W*", re.IGNORECASE)
TIME_UNIT = re.compile(
    r"s|secs?|second(e?s)?|mins?|minutes?|h|hrs?|hours?|heures?|d|days?|j|jours?|w|weeks?|sem|semaines?|months?|mois|"
    r"y|years?|ans?",
    re.IGNORECASE,
)
CLOCK = re.compile(r"\b\d{1,2}[:h]\d{2}\b")
MAX_LINKS = 20_000


def unique(urls: Iterable[str]) -> list[str]:
    """Addresses once each, in order."""
    return list(dict.fromkeys(urls))


def without_session(url: str) -> str:
    """Take session parameters (sid=…, PHPSESSID=…) and the part after # out of an address."""
    try:
        whole, _ = urldefrag(url)
        parts = urlsplit(whole)
    except ValueError:
        return url
    if "=" not in parts.query:
        return whole
    pieces = re.split(r"([&;])", parts.query)
    kept = [piece for piece in pieces[::2] if not _is_session(*piece.partition("=")[::2])]
    joint = pieces[1] if len(pieces) > 1 else "&"
    return urlunsplit(parts._replace(query=joint.join(kept)))


def _is_session(name: str, value: str) -> bool:
    return name.lower() in SESSIONS and len(value) >= 16


def section_signs(page: ForumPage, forums: list[str]) -> dict[str, str]:
    """Say what an index shows of each section, so that a later look tells which of them changed.

    That is where the links of the section's row lead (the last post among them), its numbers and exact times;
    words are left out, because relative dates and readers' counts change while nobody writes.
    """
    wanted = set(forums)
    rows: dict[str, LexborNode] = {}
    for link, url in _links(page):
        if url in wanted:
            row = _row(link, url, wanted, page.url)
            if url not in rows or _weight(row) > _weight(rows[url]):
                rows[url] = row
    return {url: _sign(row, page.url) for url, row in rows.items()}


def _row(link: LexborNode, url: str, wanted: set[str], base: str) -> LexborNode:
    """Climb from a section's link as far as no other section's link comes in."""
    node = link
    while (parent := node.parent) is not None and parent.tag not in {"body", "html", "-undef"}:
        found = {_address(other, base) for other in parent.css("a[href]")}
        if (found & wanted) - {url}:
            break
        node = parent
    return node


def _weight(node: LexborNode) -> int:
    return len(node.css("a[href]"))


def _sign(row: LexborNode, base: str) -> str:
    said = [urljoin(base, link.attributes.get("href") or "") for link in row.css("a[href]")]
    said = [without_session(url) + "#" + url.partition("#")[2] for url in said]
    for node in row.css("[datetime], [data-time], [data-timestamp]"):
        said += [node.attributes.get(name) or "" for name in ("datetime", "data-time", "data-timestamp")]
    for text in _texts(row):
        said += CLOCK.findall(text)
        counted = COUNT.fullmatch(text)
        if counted and not (counted[2] and TIME_UNIT.fullmatch(counted[2])):
            said.append(counted[1].strip())
    return hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()[:16]


def _texts(row: LexborNode) -> Iterator[str]:
    for node in row.traverse(include_text=True):
        if node.is_text_node and (text := (node.text_content or "").strip()):
            yield text


def _address(link: LexborNode, base: str) -> str:
    try:
        return without_session(urljoin(base, (link.attributes.get("href") or "").strip()))
    except ValueError:
        return ""


def _links(page: ForumPage) -> Iterator[tuple[LexborNode, str]]:
    for link in page.tree.css("a[href]")[:MAX_LINKS]:
        yield link, _address(link, page.url)


def is_activity(url: str) -> bool:
    """Say whether an address is that of a page of the newest activity."""
    return LISTED.search(url) is not None


def recent_pages(page: ForumPage) -> list[str]:
    """Pages of the newest activity that a page links to itself."""
    host = urlsplit(page.url).netloc
    return unique(url for _, url in _links(page) if is_activity(url) and _host(url) == host)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def previous_page(page: ForumPage, reading: Reading) -> str | None:
    """Return the address of the page before this one: what the page says, else the pager's link just below it."""
    if reading.page == 1:
        return None
    for link in page.tree.css("link[rel~=prev][href], a[rel~=prev][href]"):
        return _address(link, page.url)
    here, numbers = _numbers(page.url)
    best: tuple[int, str] | None = None
    for _, url in _links(page):
        shape, others = _numbers(url)
        if shape != here or len(others) != len(numbers):
            continue
        apart = [(a, b) for a, b in zip(others, numbers, strict=True) if a != b]
        if len(apart) == 1 and apart[0][0] < apart[0][1] and (best is None or apart[0][0] > best[0]):
            best = (apart[0][0], url)
    return best[1] if best else None


def _numbers(url: str) -> tuple[str, list[int]]:
    """An address with its numbers taken out, and these."""
    try:
        parts = urlsplit(without_session(url))
    except ValueError:
        return url, []
    plain = urlunsplit(parts._replace(query=urlencode(sorted(parse_qsl(parts.query)))))
    return NUMBER.sub("#", plain), [int(number) for number in NUMBER.findall(plain)[:50]]
