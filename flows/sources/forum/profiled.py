"""Thread and list pages of a known engine, read by its profile."""

from __future__ import annotations

from datetime import UTC, tzinfo

from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Reading
from flows.sources.forum.profile import Profile


def read_profiled(page: ForumPage, profile: Profile, zone: tzinfo = UTC) -> Reading:
    """Read a page by an engine's profile; dates without a zone are in `zone` unless the page says which."""
    raise NotImplementedError
