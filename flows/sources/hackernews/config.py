"""What a `hackernews` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Domain = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$"),
]
Base = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$", max_length=200)]


class HackerNewsConfig(PoliteConfig, RecheckConfig):
    """Stories and comments on Hacker News that name the company or link to it, with whole discussions."""

    type: Literal["hackernews"] = "hackernews"
    searches: list[Words] = Field(
        default_factory=list,
        max_length=50,
        description="Names or phrases; a story or comment must hold one as it is written here, in any case.",
        examples=[["Example Bank", "examplepay"]],
    )
    domains: list[Domain] = Field(
        default_factory=list,
        max_length=50,
        description="Domains; stories that link there, or to a host below, are found.",
        examples=[["example.org"]],
    )
    stories: list[int] = Field(
        default_factory=list, max_length=200, description="Ids of stories to watch for as long as they stand here."
    )
    history_days: int = Field(30, ge=0, le=7300, description="Days that the first run reads back.")
    overlap_hours: int = Field(
        24, ge=1, le=720, description="Hours that each run reads again: late entries, edits, points."
    )
    watch_days: int = Field(
        7, ge=0, le=365, description="Days during which the whole discussion of a found story is read again."
    )
    sweep_days: int = Field(
        30, ge=0, le=365, description="Days during which items are asked for again, to find those deleted."
    )
    sweep_requests: int = Field(
        100, ge=0, le=10_000, description="Requests a run may spend on looking for deleted items, one an item."
    )
    page_size: int = Field(200, ge=1, le=1000, description="Hits a request, and a transaction.")
    search_url: Base = Field("https://hn.algolia.com/api/v1", description="Base address of the search API.")
    items_url: Base = Field("https://hacker-news.firebaseio.com/v0", description="Base address of the items API.")

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not (self.searches or self.domains or self.stories):
            raise ValueError("name at least one search, domain or story")
        return self
