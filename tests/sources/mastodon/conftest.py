"""A source over loopback HTTP, beside a server that answers as Mastodon does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from flows.sources.mastodon.config import MastodonConfig
from flows.sources.mastodon.source import Mastodon
from tests.servers.json_server import JsonServer, json_server
from tests.sources.mastodon.instance import Instance
from tests.sources.running import Ran, Runner


@dataclass
class World:
    """An instance, the server that it answers through, and a runner."""

    instance: Instance
    server: JsonServer
    runner: Runner

    def config(self, **options: Any) -> MastodonConfig:
        given = {"name": "fediverse", "instance": self.server.url(""), "crawl_delay": 0} | options
        if not {"accounts", "hashtags", "searches"} & given.keys():
            given["hashtags"] = ["fabel"]
        return MastodonConfig(allowed_private=["127.0.0.0/8"], **given)

    def run(self, *, later: timedelta = timedelta(), most: int | None = None, **options: Any) -> Ran:
        return self.runner.run(self.config(**options), later=later, most=most)


@pytest.fixture
def world() -> Iterator[World]:
    instance = Instance()
    with json_server(instance.answer) as server:
        yield World(instance, server, Runner(Mastodon))
