"""When an absence is believed: part of the form of every source that looks again at what it read."""

from __future__ import annotations

from pydantic import BaseModel, Field


class RecheckConfig(BaseModel):
    """A source that looks again at what it read."""

    absent_hours: float = Field(
        6,
        ge=0,
        le=720,
        description="Hours between two looks that must both miss a message before it counts as deleted.",
    )
    absent_most: int = Field(
        5,
        ge=0,
        le=1_000_000,
        description="Messages that may be missing at once and count as deleted, whatever their share. Of more, "
        "none does while they are over a fifth of what was looked at: raise it once you saw that they are gone.",
    )
