"""What a `feeds` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from flows.sources.base import SourceConfig

ADDRESS = r"^https?://[^\s/?#@]+([/?#]\S*)?$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ADDRESS, max_length=1000)]


class FeedsConfig(SourceConfig):
    """Feeds of blogs, press or review sites: RSS, Atom, JSON Feed."""

    type: Literal["feeds"] = "feeds"
    urls: list[Address] = Field(
        min_length=1,
        max_length=200,
        description="Addresses of the feeds.",
        examples=[["https://example.org/feed.xml"]],
    )
    channel: str = Field(
        "press",
        min_length=1,
        max_length=50,
        description="What kind of place this is: press, blog, reviews, forum, …",
    )
    language: str | None = Field(
        None, max_length=20, description="Language of feeds that name none, as fr or en.", examples=["fr"]
    )
    contact: str | None = Field(
        None,
        max_length=200,
        pattern=r"^[^\s()]+$",
        description="A page or mail address of whoever runs this, sent with every request.",
        examples=["https://example.org/contact"],
    )
    crawl_delay: float = Field(
        1.0, ge=0, le=60, description="Seconds between two requests to a host; a site may ask for more."
    )
    max_requests: int = Field(
        1000, ge=1, le=100_000, description="Requests a run; the next run goes on from there."
    )
    max_megabytes: int = Field(200, ge=1, le=10_000, description="Megabytes a run may fetch.")
    max_minutes: float = Field(30, gt=0, le=1440, description="Minutes a run may take.")
    allowed_private: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Hosts or networks of your own that feeds may be read from, though they are private.",
        examples=[["intranet.example.org", "10.1.0.0/16"]],
    )
    page_size: int = Field(500, ge=1, le=10_000, description="Entries a page: each page is one transaction.")
    again: bool = Field(False, description="Ask for everything again, feeds that are gone too; nothing doubles.")

    @field_validator("urls")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))
