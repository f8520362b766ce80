"""Threads of unknown engines: posts are what repeats on the page with an author, a date and a text."""

from __future__ import annotations

from datetime import UTC, tzinfo

from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Reading


def read_generic(page: ForumPage, zone: tzinfo = UTC) -> Reading | None:
    """Find posts, or else a list of threads, by structure; a refusal says why, None that nothing repeats."""
    raise NotImplementedError
