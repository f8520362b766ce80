"""A reader of one tag for every test here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flows.sources.base import Source
from flows.sources.http import Clock, Hosts
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.source import StackExchange
from tests.helpers.stackexchange import NOW, Reader
from tests.servers.answering import answering_server
from tests.servers.stackexchange_server import StackExchangeServer


@pytest.fixture
def reader() -> Iterator[Reader]:
    there = StackExchangeServer()
    with answering_server(there) as server:

        def opened(hosts: Hosts, clock: Clock, **options: Any) -> Source:
            given: dict[str, Any] = {
                "name": "questions", "exchange": "example", "tags": ["example-sdk"], "crawl_delay": 0,
                "base_url": server.url("/2.3"), "allowed_private": ["127.0.0.0/8"],
            } | options  # fmt: skip
            return StackExchange(StackExchangeConfig(**given), hosts, clock)

        yield Reader(opened, NOW, there=there, server=server)
