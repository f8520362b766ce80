"""What a `feeds` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from flows.sources.http.config import PoliteConfig

REDDIT = ("reddit.com", "redd.it")

ADDRESS = r"^https?://[^\s/?#@]+([/?#]\S*)?$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ADDRESS, max_length=1000)]


class FeedsConfig(PoliteConfig):
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
    full_text: bool = Field(
        False,
        description="Fetch each article's page where the feed may have its beginning only, and keep its text.",
    )
    comments: bool = Field(False, description="Read the feeds of comments that articles name, too.")
    comment_days: int = Field(
        14, ge=1, le=365, description="Days after an article during which its comments are read."
    )
    page_size: int = Field(500, ge=1, le=10_000, description="Entries a page: each page is one transaction.")
    again: bool = Field(False, description="Ask for everything again, feeds that are gone too; nothing doubles.")

    @field_validator("urls")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("urls")
    @classmethod
    def _no_reddit(cls, value: list[str]) -> list[str]:
        for url in value:
            if is_reddit(url):
                raise ValueError(f"{url} is Reddit's, whose rules apply to its feeds, too: take type: reddit")
        return value


def is_reddit(url: str) -> bool:
    """Say whether an address is Reddit's: its messages may not come in under another site's policy."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in REDDIT)
