"""What a `telegram` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig

Channel = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^@?[A-Za-z][A-Za-z0-9_]{3,31}$")]


class TelegramConfig(PoliteConfig, RecheckConfig):
    """Posts of public Telegram channels. Needs snscrape (GPL-3): .venv/bin/pip install 'snscrape<0.8'."""

    type: Literal["telegram"] = "telegram"
    channels: list[Channel] = Field(
        min_length=1,
        max_length=50,
        description="Names of public channels, as after t.me/.",
        examples=[["examplebank"]],
    )
    history_days: int = Field(30, ge=0, le=7300, description="Days that the first run reads back.")
    refresh_days: int = Field(
        3, ge=0, le=90, description="Days during which posts are read again: edits, views, deletions."
    )
    max_pages: int = Field(
        50, ge=1, le=5000, description="Pages of 20 posts a channel and run; then it goes on later."
    )
    base_url: str = Field(
        "https://t.me", pattern=r"^https?://[^\s?#/]+$", description="Where the previews are, where not at t.me."
    )

    @field_validator("channels")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(name.lstrip("@").lower() for name in value))
