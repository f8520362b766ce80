"""The `forum` source's settings: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator

from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig

ADDRESS = r"^https?://[^\s/?#@]+([/?#]\S*)?$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ADDRESS, max_length=1000)]
Engine = Literal["discourse", "nodebb", "flarum", "pages"]


class ForumConfig(PoliteConfig, RecheckConfig):
    """A forum, or some of its sections or threads, whichever engine it runs on."""

    type: Literal["forum"] = "forum"
    addresses: list[Address] = Field(
        min_length=1,
        max_length=100,
        description="Addresses of the forum, of some of its sections, or of single threads. All of one forum.",
        examples=[["https://forum.example.org/"], ["https://example.org/forum/viewforum.php?f=7"]],
    )
    subforums: bool = Field(
        True, description="Also read the sections that stand on these pages, and those below them."
    )
    channel: str = Field("forum", min_length=1, max_length=50, description="What kind of place this is.")
    language: str | None = Field(
        None, max_length=20, description="Language the forum is written in, as fr or en.", examples=["fr"]
    )
    zone: str = Field(
        "UTC",
        max_length=60,
        description="Time zone that the forum shows its dates in to guests, where its pages don't say.",
        examples=["Europe/Paris"],
    )
    history_days: int = Field(
        30, ge=0, le=10_000, description="Threads that were active in so many days are read by the first run."
    )
    first_pages: int = Field(
        20,
        ge=2,
        le=1000,
        description="Pages read of a long thread that is new to us: its first one, and its last ones.",
    )
    watch_days: float = Field(
        7, ge=0, le=90, description="Days for which a new post is looked at again, for edits and deletion."
    )
    sweep_days: float = Field(
        60, ge=0, le=730, description="Days for which older posts are looked at now and then: those that are gone."
    )
    look_again: int = Field(
        3,
        ge=0,
        le=1000,
        description="Requests a run that look again at what was read. Raise it where runs are rare or edits many.",
    )
    engine: Engine | None = Field(
        None,
        description="How it is read: a JSON API by its engine's name, or `pages`. Empty: found out by the forum.",
    )

    @field_validator("addresses")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"{value} is no time zone: write one as Europe/Paris") from error
        return value

    def timezone(self) -> ZoneInfo:
        """The forum's zone."""
        return ZoneInfo(self.zone)
