"""What a `stackexchange` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from flows.sources.credentials import SecretName
from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig

Tag = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w.#+-]+$", max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Base = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$", max_length=200)]


class StackExchangeConfig(PoliteConfig, RecheckConfig):
    """Questions on one site of the Stack Exchange network, with their answers and comments."""

    type: Literal["stackexchange"] = "stackexchange"
    exchange: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]*$",
        max_length=60,
        description="Which site of the network, as its API names it.",
        examples=["stackoverflow", "superuser", "money"],
    )
    tags: list[Tag] = Field(
        default_factory=list,
        max_length=50,
        description="Tags; questions with any of them are read.",
        examples=[["example-sdk"]],
    )
    searches: list[Words] = Field(
        default_factory=list,
        max_length=50,
        description="Names or phrases; questions that the site finds for any of them are read.",
        examples=[["Example Bank"]],
    )
    questions: list[int] = Field(
        default_factory=list,
        max_length=500,
        description="Ids of questions to watch for as long as they stand here.",
    )
    key_env: SecretName | None = Field(
        None,
        description="Where an application key is (10,000 requests a day, not 300): an environment variable "
        "(NAME_LIKE_THIS) that VIGIE_SECRETS lists, or a Prefect Secret block (name-like-this).",
        examples=["STACKEXCHANGE_KEY"],
    )
    history_days: int = Field(30, ge=0, le=7300, description="Days of activity that the first run reads.")
    overlap_minutes: int = Field(60, ge=1, le=43_200, description="Minutes that each run reads again.")
    watch_days: int = Field(
        14, ge=0, le=365, description="Days during which a question's answers and comments are read again."
    )
    sweep_days: int = Field(
        60, ge=0, le=365, description="Days during which posts are asked for again, to find those deleted."
    )
    page_size: int = Field(100, ge=1, le=100, description="Items a request; questions a transaction.")
    base_url: Base = Field("https://api.stackexchange.com/2.3", description="Base address of the API.")

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not (self.searches or self.tags or self.questions):
            raise ValueError("name at least one tag, search or question")
        return self
