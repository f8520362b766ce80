"""What a `reddit` source is told: its form in the Prefect UI."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from flows.sources.credentials import SecretName
from flows.sources.http.config import PoliteConfig
from flows.sources.rechecks import RecheckConfig

Subreddit = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^(/?r/)?[A-Za-z0-9][A-Za-z0-9_]{1,49}/?$")
]
User = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(/?(u|user)/)?[A-Za-z0-9_-]{2,50}/?$")]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
BASE = r"^https?://[^\s/?#@]+/?$"


def bare(name: str) -> str:
    """Return a subreddit's or user's name without r/, u/ and slashes, in small letters, as Reddit compares it."""
    return name.strip("/").rpartition("/")[2].lower()


class Search(BaseModel):
    """A search for submissions, newest first."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=1,
        max_length=500,
        pattern=r"^[^\x00-\x1f]+$",
        description="What to look for, in Reddit's search language.",
        examples=['"Le Tilleul" OR tilleul.example'],
    )
    subreddit: Subreddit | None = Field(None, description="Look there only. Empty: all of Reddit.")


class RedditConfig(PoliteConfig, RecheckConfig):
    """Subreddits, searches and users of Reddit."""

    type: Literal["reddit"] = "reddit"
    subreddits: list[Subreddit] = Field(
        default_factory=list,
        max_length=100,
        description="Subreddits: everything new is read, submissions and comments.",
        examples=[["france", "AskFrance"]],
    )
    searches: list[Search] = Field(
        default_factory=list, max_length=50, description="Searches: submissions only, Reddit searches no comments."
    )
    users: list[User] = Field(
        default_factory=list,
        max_length=100,
        description="Users, best the company's own: whatever they write.",
        examples=[["Tilleul_Support"]],
    )
    comments: bool = Field(True, description="Poll the comments of subreddits, too; without, submissions only.")
    trees: Literal["none", "named", "all"] = Field(
        "named",
        description="Threads whose comments are read whole, and again while young: those where a phrase is named, "
        "an account speaks, or that a search or a user's page found; or all; or none.",
    )
    phrases: list[Phrase] = Field(
        default_factory=list,
        max_length=200,
        description="Names of the company and its products: a thread where one stands is read whole.",
        examples=[["Le Tilleul", "tilleul.example"]],
    )
    accounts: list[User] = Field(
        default_factory=list,
        max_length=200,
        description="The company's accounts: a thread where one writes is read whole.",
        examples=[["Tilleul_Support"]],
    )
    refresh_days: int = Field(
        7, ge=1, le=90, description="Days after its submission that a thread is read again for new comments."
    )
    refresh_minutes: int = Field(
        30, ge=0, le=1440, description="Minutes before a thread that changed is read again."
    )
    more_requests: int = Field(
        20, ge=0, le=1000, description="Requests a thread for comments that Reddit folds away; the rest is a gap."
    )
    overlap_minutes: int = Field(
        60, ge=0, le=10_080, description="Minutes before the newest known message that a poll reads again."
    )
    sweep_hours: int = Field(
        24, ge=1, le=720, description="Hours after which a stored message is looked up again: is it still there?"
    )
    sweep_days: int = Field(90, ge=1, le=365, description="Days after its writing that a message is looked up.")
    sweep_requests: int = Field(
        100, ge=1, le=10_000, description="Look-ups a run, of 100 messages each; the next run goes on from there."
    )
    client_id: SecretName = Field(
        "REDDIT_CLIENT_ID",
        description="Where the app's client id is: an environment variable (NAME_LIKE_THIS) that VIGIE_SECRETS "
        "lists for this host, or a Prefect Secret block (name-like-this).",
    )
    client_key: SecretName = Field(
        "REDDIT_CLIENT_SECRET", description="Where the app's secret is, in the same way; never the secret itself."
    )
    developer: User | None = Field(
        None, description="Reddit name of whoever runs this; Reddit wants it in the user agent."
    )
    site_url: str = Field("https://www.reddit.com", pattern=BASE, description="Where access tokens are given.")
    api_url: str = Field("https://oauth.reddit.com", pattern=BASE, description="Where the API is.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.site not in {None, "reddit"}:
            raise ValueError("Reddit is one site: leave `site` empty, so that nothing doubles")
        if not (self.subreddits or self.searches or self.users):
            raise ValueError("name a subreddit, a search or a user")
        if self.refresh_days > self.sweep_days:
            raise ValueError("refresh_days may not be longer than sweep_days")
        for name in ("subreddits", "users", "accounts"):
            given = [one.strip("/").rpartition("/")[2] for one in getattr(self, name)]
            setattr(self, name, list({one.lower(): one for one in given}.values()))
        if self.developer:
            self.developer = self.developer.strip("/").rpartition("/")[2]
        return self

    def names_company(self, *texts: str) -> bool:
        """Say whether one of the phrases stands in the texts, as words of its own, in whatever case."""
        if not self.phrases:
            return False
        pattern = "|".join(re.escape(phrase) for phrase in self.phrases)
        return any(re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE) for text in texts if text)
