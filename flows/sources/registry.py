"""Every source there is: the union of their configs (the form in the Prefect UI) and how each is opened.

Configs are light; a source's own module, and the libraries it needs, are imported when it is opened. A config that
says no type is one of files, wherever it is read.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from flows.errors import SettingError
from flows.sources.base import Source
from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.feeds.config import FeedsConfig
from flows.sources.files import FilesConfig
from flows.sources.forum.config import ForumConfig
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.http.config import PoliteConfig
from flows.sources.http.hosts import Hosts
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.reddit.config import RedditConfig
from flows.sources.roots import Roots
from flows.sources.sample.config import SampleConfig
from flows.sources.snscrape import SnscrapeConfig
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.telegram.config import TelegramConfig


def _files_unless_said(values: Any) -> Any:
    return {"type": "files"} | values if isinstance(values, dict) else values


AnyConfig: TypeAlias = Annotated[
    FilesConfig
    | BlueskyConfig
    | FeedsConfig
    | ForumConfig
    | HackerNewsConfig
    | MailboxConfig
    | MastodonConfig
    | RedditConfig
    | SampleConfig
    | SnscrapeConfig
    | StackExchangeConfig
    | TelegramConfig,
    Field(discriminator="type"),
    BeforeValidator(_files_unless_said),
]
SOURCES = {
    "files": "flows.sources.files:Files",
    "feeds": "flows.sources.feeds.source:Feeds",
    "forum": "flows.sources.forum.source:Forum",
    "hackernews": "flows.sources.hackernews.source:HackerNews",
    "mailbox": "flows.sources.mailbox.source:Mailbox",
    "reddit": "flows.sources.reddit.source:Reddit",
    "stackexchange": "flows.sources.stackexchange.source:StackExchange",
    "telegram": "flows.sources.telegram.source:Telegram",
    "bluesky": "flows.sources.bluesky.source:Bluesky",
    "mastodon": "flows.sources.mastodon.source:Mastodon",
    "sample": "flows.sources.sample.source:Sample",
}
_ADAPTER: TypeAdapter[AnyConfig] = TypeAdapter(AnyConfig)


def read_config(values: dict[str, Any]) -> AnyConfig:
    """Check a source's configuration; SettingError says what is wrong, and where."""
    try:
        return _ADAPTER.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise SettingError(f"source {values.get('name', '')}: {place}: {first['msg']}") from error


def open_source(config: AnyConfig, hosts: Hosts | None = None, roots: Roots | None = None) -> Source:
    """Return the source that a config describes; `hosts` is what all runs share of the hosts they ask.

    `roots` hold the files that it may read; unset: those that this machine declares, whoever wrote the config.
    """
    given: dict[str, Any] = {}
    if isinstance(config, PoliteConfig):
        given["hosts"] = hosts
    elif isinstance(config, FilesConfig | MailboxConfig):
        given["roots"] = roots
    return cast(Source, resolve_name(SOURCES[config.type])(config, **given))
