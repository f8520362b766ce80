"""What kind of page it is: a thread, a list, or something that holds neither."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Kind
from flows.forumreader.profiles.addresses import View
from flows.forumreader.profiles.model import Other
from flows.forumreader.profiles.picking import collapse_spaces

Decided: TypeAlias = tuple[Kind | None, str]


def kind_of(view: View) -> Decided:
    """Decide by what the page says of itself, then by its address; None where neither tells. With the reason."""
    if (said := _other(view, empty=False)) is not None:
        return "other", said
    marked: tuple[tuple[Literal["thread", "list"], tuple[str, ...]], ...] = (
        ("thread", view.profile.kinds.thread),
        ("list", view.profile.kinds.list),
    )
    for kind, selectors in marked:
        for css in selectors:
            if view.page.tree.css_first(css) is not None:
                return kind, f"it has {css}"
    for url in view.addresses.own:
        if view.addresses.thread(url) or view.addresses.post(url):
            return "thread", "by its address"
        if view.addresses.forum(url):
            return "list", "by its address"
    return None, ""


def other_that_is_empty(view: View) -> str | None:
    """Say what a page without posts and threads is instead: a message, a login; None where nothing tells."""
    return _other(view, empty=True)


def _other(view: View, *, empty: bool) -> str | None:
    for other in view.profile.kinds.other:
        if other.empty == empty and (said := _matches(view.page, other)) is not None:
            return said
    return None


def _matches(page: ForumPage, other: Other) -> str | None:
    for css in other.has:
        if (node := page.tree.css_first(css)) is not None:
            words = collapse_spaces(node.text(separator=" ")) if other.quote else ""
            return f"{other.says}: {words[:160]}" if words else other.says
    if any(re.search(pattern, page.url) for pattern in other.urls):
        return other.says
    return None
