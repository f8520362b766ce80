"""Texts of feeds that may be HTML, or may be words that look like it: `My <Login> button fails`.

Titles of RSS and JSON Feed are plain text by their rules and HTML by habit; descriptions are HTML, written by
people who forget to escape. What is no tag that a browser knows stays what somebody wrote.
"""

from __future__ import annotations

import re

from lxml.html.defs import tags

from flows.records.texts import to_text, to_title
from flows.sources.feeds.entries import Text
from flows.sources.feeds.mending import mend_text

KNOWN = frozenset(tags) | {"svg", "math", "image", "nobr", "rb", "rtc", "slot", "portal", "search"}
TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][\w.-]*)(?P<more>[^<>]*)>")


def title_of(text: Text | None) -> str | None:
    """A title as a reader sees it."""
    if text is None:
        return None
    return to_title(mend_text(text.value)) if text.is_html else text.value.strip()


def body_of(text: Text | None) -> str:
    """A text as a reader sees it."""
    if text is None:
        return ""
    return to_text(_words_kept(mend_text(text.value))) if text.is_html else text.value.strip()


def _words_kept(html: str) -> str:
    """HTML in which what only looks like a tag is text: no known name, no attributes, nothing that closes it."""
    closed = {found["name"].lower() for found in TAG.finditer(html) if found["close"]}

    def kept(found: re.Match[str]) -> str:
        name = found["name"].lower()
        is_tag = (
            name in KNOWN or name in closed or "-" in name or "=" in found["more"] or found["more"].endswith("/")
        )
        return found.group() if is_tag or ":" in found["more"][:1] else f"&lt;{found.group()[1:-1]}&gt;"

    return TAG.sub(kept, html)
