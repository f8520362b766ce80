"""What kind of page it is: a thread, a list, or something that holds neither."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from flows.sources.forum.addresses import Book
from flows.sources.forum.pages import ForumPage
from flows.sources.forum.picking import squeezed
from flows.sources.forum.posts import Kind
from flows.sources.forum.profile import Other, Profile

Decided: TypeAlias = tuple[Kind | None, str]


def kind_of(page: ForumPage, profile: Profile, book: Book) -> Decided:
    """Decide by what the page says of itself, then by its address; None where neither tells. With the reason."""
    if (said := _other(page, profile, empty=False)) is not None:
        return "other", said
    marked: tuple[tuple[Literal["thread", "list"], tuple[str, ...]], ...] = (
        ("thread", profile.kinds.thread),
        ("list", profile.kinds.list),
    )
    for kind, selectors in marked:
        for css in selectors:
            if page.tree.css_first(css) is not None:
                return kind, f"it has {css}"
    for url in book.own:
        if book.thread(url) or book.post(url):
            return "thread", "by its address"
        if book.forum(url):
            return "list", "by its address"
    return None, ""


def other_that_is_empty(page: ForumPage, profile: Profile) -> str | None:
    """Say what a page without posts and threads is instead: a message, a login; None where nothing tells."""
    return _other(page, profile, empty=True)


def _other(page: ForumPage, profile: Profile, *, empty: bool) -> str | None:
    for other in profile.kinds.other:
        if other.empty == empty and (said := _matches(page, other)) is not None:
            return said
    return None


def _matches(page: ForumPage, other: Other) -> str | None:
    for css in other.has:
        if (node := page.tree.css_first(css)) is not None:
            words = squeezed(node.text(separator=" ")) if other.quote else ""
            return f"{other.says}: {words[:160]}" if words else other.says
    if any(re.search(pattern, page.url) for pattern in other.urls):
        return other.says
    return None
