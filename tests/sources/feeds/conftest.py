"""A reader of feeds for every test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.feeds import Reader
from tests.servers.feed_server import feed_server


@pytest.fixture
def reader() -> Iterator[Reader]:
    with feed_server() as server:
        yield Reader(server=server)
