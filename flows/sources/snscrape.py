"""What snscrape's modules are worth today: one is used (`telegram`), the others are refused with what to take.

Its last release is of June 2023; what its modules read changed since.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from flows.sources.base import SourceConfig


class Module(NamedTuple):
    """A module: whether it still works, why not (or why it is not used here), and what to take instead."""

    status: Literal["works", "works on old servers", "dead", "broken"]
    reason: str
    instead: str


MODULES = {
    "telegram": Module("works", "it is the source telegram", "type: telegram"),
    "weibo": Module("works", "it is not built in", "an export of the posts, imported with type: files"),
    "mastodon": Module(
        "works on old servers", "it reads pages that servers newer than 3.x no longer have", "type: mastodon"
    ),
    "reddit": Module("dead", "Pushshift, which it asks, was closed to the public in 2023", "type: reddit"),
    "twitter": Module(
        "broken",
        "X shows nothing to visitors who are not logged in since June 2023",
        "the official API, or an archive of the account, imported with type: files",
    ),
    "facebook": Module(
        "broken", "pages ask visitors to log in", "the official API, or the page's download, with type: files"
    ),
    "instagram": Module(
        "broken", "profiles ask visitors to log in", "the official API, or the account's download, with type: files"
    ),
    "vkontakte": Module("broken", "the pages it reads changed years ago", "the official API, with type: files"),
}
Name = Literal["telegram", "weibo", "mastodon", "reddit", "twitter", "facebook", "instagram", "vkontakte"]


class SnscrapeConfig(SourceConfig):
    """Modules of snscrape by name: each says why it cannot be used, and what can."""

    type: Literal["snscrape"] = "snscrape"
    module: Name = Field(
        description="A module of snscrape. telegram has a type of its own; the others are refused."
    )

    @model_validator(mode="after")
    def _refuse(self) -> Self:
        module = MODULES[self.module]
        raise ValueError(
            f"snscrape's module {self.module} is not used here ({module.status}): {module.reason}. "
            f"Take instead: {module.instead}"
        )
