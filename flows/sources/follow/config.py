"""How far a source of a social network follows its lists: part of its form in the Prefect UI."""

from __future__ import annotations

from pydantic import Field

from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig


class FollowConfig(PoliteConfig, RecheckConfig):
    """A source that follows lists and the threads around what stands in them."""

    first_days: float = Field(7, ge=0, le=3650, description="Days back that the first run reads.")
    overlap_minutes: int = Field(
        60,
        ge=0,
        le=10_080,
        description="Minutes before the newest known status that are read again: late arrivals.",
    )
    watch_days: float = Field(
        7, ge=0, le=90, description="Days for which a status is watched for replies, edits and deletion."
    )
    most_pages: int = Field(
        20, ge=1, le=1000, description="Pages of 40 that a run reads of each list; the next run goes on."
    )
