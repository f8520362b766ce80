"""What a `sample` source is told: its form in the Prefect UI."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from flows.sources.base import SourceConfig


class SampleConfig(SourceConfig):
    """A made-up world: how much is written, how long, and whether there is a crisis."""

    type: Literal["sample"] = "sample"
    messages: int = Field(
        15_000, ge=100, le=5_000_000, description="About how many messages are posted in the first `days` days."
    )
    from_day: date | None = Field(None, description="First day. Unset: `days` days before the last one.")
    to_day: date | None = Field(
        None, description="Last day. Unset: yesterday in Paris, so that every run finds what was posted since."
    )
    days: int = Field(
        120, ge=1, le=3660, description="Days over which the messages are spread; after them it goes on alike."
    )
    seed: int = Field(1, ge=0, le=2**31, description="Another seed is another world.")
    crisis: bool = Field(True, description="Whether the app's login fails for thirty hours, past the middle.")
    page_size: int = Field(2000, ge=1, le=100_000, description="Records a page: each page is one transaction.")

    @model_validator(mode="after")
    def _in_order(self) -> SampleConfig:
        if self.from_day and self.to_day and self.to_day < self.from_day:
            raise ValueError("to_day is before from_day")
        return self
