"""What a `mastodon` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from flows.sources.credentials import SecretName
from flows.sources.follow.config import FollowConfig

Account = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^@?[\w.-]+(@[^\s@/]+)?$", max_length=300)
]
Hashtag = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^#?\w+$", max_length=200)]
Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class MastodonConfig(FollowConfig):
    """Accounts, hashtags and searches on one server of the Fediverse, with the threads around what is found."""

    type: Literal["mastodon"] = "mastodon"
    instance: str = Field(
        pattern=r"^(https?://)?[^\s/?#@:]+(:\d{1,5})?/?$",
        max_length=300,
        description="The server that is asked: its host, or its address.",
        examples=["social.example.org"],
    )
    accounts: list[Account] = Field(
        default_factory=list,
        max_length=200,
        description="Accounts whose statuses and replies are read: name, or name@host for one of another server.",
        examples=[["support", "support@example.org"]],
    )
    hashtags: list[Hashtag] = Field(
        default_factory=list, max_length=200, description="Hashtags to read.", examples=[["example"]]
    )
    searches: list[Query] = Field(
        default_factory=list,
        max_length=100,
        description="Words to search for. Servers search for those who are logged in only: set `token`.",
        examples=[["example.org down"]],
    )
    token: SecretName | None = Field(
        None,
        description="Where the access token is: an environment variable (NAME_LIKE_THIS) that VIGIE_SECRETS lists "
        "for this host, or a Prefect Secret block (name-like-this). Empty: what the server shows to "
        "everybody.",
        examples=["MASTODON_TOKEN", "mastodon-token"],
    )

    @field_validator("accounts", "hashtags")
    @classmethod
    def _bare(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(one.lstrip("@#") for one in value))

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.accounts or self.hashtags or self.searches):
            raise ValueError("give accounts, hashtags or searches")
        if self.searches and not self.token:
            raise ValueError("searches need a token: servers search for those who are logged in only")
        return self

    @property
    def address(self) -> str:
        """The server's address, without a slash at its end."""
        found = self.instance.rstrip("/")
        return found if "://" in found else f"https://{found}"
