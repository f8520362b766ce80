"""An account on a real IMAP server, and how a source is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.sources.mailbox.reading import Reader

VARIABLE = "TEST_MAIL_PASSWORD"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapServer]:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with imap_server() as running:
        yield running


def options(port: int, *folders: str, **more: Any) -> dict[str, Any]:
    imap = {"host": "127.0.0.1", "port": port, "security": "none", "user": USER, "password": VARIABLE}
    given = imap | ({"folders": list(folders)} if folders else {}) | more.pop("imap", {})
    return {"name": "support", "imap": given, "allowed_private": ["127.0.0.1"], "own": ["example.org"]} | more


def reader(post: ImapServer, *folders: str, **more: Any) -> Reader:
    return Reader(options(post.port, *folders, **more))
