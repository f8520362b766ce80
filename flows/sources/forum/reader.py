"""Reading any forum's page: the ways in, in their order, or why none of them is taken."""

from __future__ import annotations

from datetime import UTC, tzinfo

from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Reading


def read(page: ForumPage, *, profiles: bool = True, zone: tzinfo = UTC) -> Reading:
    """Read what stands on a page; without `profiles` only what needs no knowledge of its engine.

    Dates without a zone are in `zone`, the forum's, unless the page says which.
    """
    raise NotImplementedError
