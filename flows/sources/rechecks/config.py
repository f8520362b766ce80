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
    believe_absences: bool = Field(
        False,
        description="Count what is missing as deleted, however much it is. Turn it on once you saw that it was, "
        "and off again: else nothing counts as deleted while many messages are missing at once.",
    )
