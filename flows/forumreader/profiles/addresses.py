"""Makes a page's addresses absolute and free of sessions, and tells what they name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from flows.forumreader.page import ForumPage
from flows.forumreader.profiles.model import Addresses, Profile
from flows.forumreader.profiles.picking import collapse_spaces, identities

LONGEST = 2000  # characters of an address
NAMED = ('link[rel="canonical"]@href', 'meta[property="og:url"]@content')


class AddressReader:
    """Reads the addresses of one page by the profile of its engine."""

    def __init__(self, page: ForumPage, addresses: Addresses) -> None:
        """Take the page's own address, and what it says of where it stands."""
        self.rules = addresses
        self.base = base_of(page)
        self.own = [page.url, *stated(page)]

    def whole(self, href: str) -> str:
        """Make an address absolute, without its session; empty for one that is too long."""
        return "" if len(href) > LONGEST else cleaned(joined(self.base, href), self.rules.drop)

    def is_aside(self, url: str) -> bool:
        """Say whether an address names a thread without being one of its pages."""
        return any(pattern.search(url) for pattern in self.rules.not_thread)

    def thread(self, url: str) -> str | None:
        """Return the id of the thread whose page this is; None for any other address."""
        return None if self.is_aside(url) else self.names_thread(url)

    def names_thread(self, url: str) -> str | None:
        """Return the id of the thread that an address is about: one of its pages, or what can be done with it."""
        return _group(self.rules.thread, url, "id")

    def forum(self, url: str) -> str | None:
        """Return the id of the forum whose list this is."""
        return _group(self.rules.forum, url, "id")

    def post(self, url: str) -> str | None:
        """Return the id of the post that an address points to."""
        return _group(self.rules.post, url, "id")

    def step(self, url: str) -> tuple[int, bool] | None:
        """Return the page's number, or how many go before it (then True); None where the address says neither."""
        for pattern in self.rules.page:
            if found := pattern.search(url):
                groups = found.groupdict()
                if groups.get("start") is not None:
                    return int(groups["start"]), True
                if groups.get("index") is not None:
                    return int(groups["index"]) + 1, False
                if groups.get("page") is not None:
                    return int(groups["page"]), False
        return None


@dataclass(frozen=True)
class View:
    """A page together with the profile of its engine."""

    page: ForumPage
    profile: Profile

    @cached_property
    def addresses(self) -> AddressReader:
        """What addresses mean here."""
        return AddressReader(self.page, self.profile.addresses)

    @cached_property
    def root(self) -> list[LexborNode]:
        """The page's outermost element, as a part."""
        return [self.page.tree.root] if self.page.tree.root is not None else []

    def ids(self, selectors: Iterable[str]) -> set[int]:
        """Return which of the page's elements any of the selectors finds."""
        return identities(self.page.tree, selectors)


def _group(patterns: Iterable[re.Pattern[str]], url: str, name: str) -> str | None:
    for pattern in patterns:
        if found := pattern.search(url):
            return found[name]
    return None


def stated(page: ForumPage) -> list[str]:
    """Return the addresses that the page gives for itself."""
    found = []
    for named in NAMED:
        css, _, attr = named.partition("@")
        node = page.tree.css_first(css)
        if node is not None and (said := collapse_spaces(node.attributes.get(attr) or "")):
            found.append(joined(page.url, said))
    return found


def base_of(page: ForumPage) -> str:
    """Return what relative addresses of the page stand on."""
    node = page.tree.css_first("base[href]")
    return joined(page.url, (node.attributes.get("href") or "").strip()) if node is not None else page.url


def joined(base: str, href: str) -> str:
    """Join an address with its base; one that cannot be read stays as it is."""
    try:
        return urljoin(base, collapse_spaces(href))
    except ValueError:
        return href


def cleaned(url: str, drop: Iterable[str]) -> str:
    """Take parameters of sessions out of an address; the rest stays byte by byte."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    names = {name.lower() for name in drop}
    kept = [item for item in re.split("[&;]", parts.query) if item and item.partition("=")[0].lower() not in names]
    query = parts.query if not _has(parts.query, names) else "&".join(kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def _has(query: str, names: set[str]) -> bool:
    return any(name.lower() in names for name, _ in parse_qsl(query.replace(";", "&"), keep_blank_values=True))


def plain(url: str) -> str:
    """Return an address without its fragment."""
    return urldefrag(url).url
