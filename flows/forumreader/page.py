"""A page of a forum as it came: its bytes, where and when it was read, and its tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

from flows.forumreader.text import decode, limit_depth


@dataclass(frozen=True)
class ForumPage:
    """What a server sent for `url` (or a saved file), with the time of reading (zone included)."""

    content: bytes
    url: str
    read_at: datetime
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The clock of relative dates has a zone; raises ValueError."""
        if self.read_at.tzinfo is None:
            raise ValueError("the time of reading needs a zone")

    @cached_property
    def text(self) -> str:
        """The page as text, by the header's charset, the page's own, or what the bytes look like."""
        return decode(self.content, self.headers.get("content-type", ""))

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The page as browsers understand it, no deeper than they let it be."""
        return LexborHTMLParser(limit_depth(self.text))


def saved(content: bytes, url: str, read_at: datetime | None = None) -> ForumPage:
    """Make a page of a saved file; without a time of reading, now (relative dates are then off)."""
    return ForumPage(content, url, read_at or datetime.now(UTC))
