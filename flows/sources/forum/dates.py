"""Dates as forums write them: absolute and relative, in the words of several languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from flows.sources.forum.posts import Moment


def read_moment(said: str, now: datetime, zone: tzinfo, day_first: bool | None = None) -> Moment | None:
    """Read a date as it was written at `now` (with zone) by a forum whose clock is in `zone`; None where it is none."""
    raise NotImplementedError


def guess_day_first(said: Sequence[str]) -> bool | None:
    """Say whether a page writes its day before its month, by all its dates in page order; None where they don't tell."""
    raise NotImplementedError
