"""What a `bluesky` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from flows.sources.credentials import SecretName
from flows.sources.follow.config import FollowConfig

Actor = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, pattern=r"^@?(did:[a-z]+:\S+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$", max_length=300
    ),
]
Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class BlueskyConfig(FollowConfig):
    """Accounts and searches on Bluesky, with the threads around what is found."""

    type: Literal["bluesky"] = "bluesky"
    service: str = Field(
        "https://public.api.bsky.app",
        pattern=r"^https?://[^\s/?#@]+/?$",
        max_length=300,
        description="The service that is asked. With a login, the one that has the account: https://bsky.social.",
    )
    accounts: list[Actor] = Field(
        default_factory=list,
        max_length=200,
        description="Accounts whose posts and replies are read: handles or DIDs.",
        examples=[["support.example.org"]],
    )
    searches: list[Query] = Field(
        default_factory=list,
        max_length=100,
        description="What to search posts for: words, #hashtags, @mentions. Some services search after login only.",
        examples=[["example.org down"]],
    )
    login: str | None = Field(None, max_length=300, description="Handle to log in with. Empty: without login.")
    password: SecretName | None = Field(
        None,
        description="Where the app password is: an environment variable (NAME_LIKE_THIS) that VIGIE_SECRETS lists "
        "for this host, or a Prefect Secret block (name-like-this).",
        examples=["BLUESKY_APP_PASSWORD", "bluesky-app-password"],
    )

    @field_validator("accounts")
    @classmethod
    def _bare(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(one.removeprefix("@") for one in value))

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.accounts or self.searches):
            raise ValueError("give accounts or searches")
        if bool(self.login) != bool(self.password):
            raise ValueError("a login needs a password, and a password a login")
        return self

    @property
    def address(self) -> str:
        """The service's address, without a slash at its end."""
        return self.service.rstrip("/")

    @property
    def lists(self) -> list[str]:
        """Name every list that the source reads."""
        return [*(f"account:{one}" for one in self.accounts), *(f"search:{one}" for one in self.searches)]
