"""Reading files without a warehouse: what comes out of a source, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from flows.records import Cursor, Json, Page, Record, Reject
from flows.sources.files import Files, FilesConfig
from tests.helpers.polite import OK, World
from tests.servers.feed_server import feed_server


@dataclass
class Read:
    """All that a file gave."""

    pages: list[Page]

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def ids(self) -> list[str]:
        return [record.record_id for record in self.records]

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]

    @property
    def mapped(self) -> list[dict[str, Any]]:
        return [orjson.loads(record.content)["mapped"] for record in self.records]

    @property
    def state(self) -> dict[str, Json]:
        return {key: value for page in self.pages for key, value in page.state.items()}


def read(
    path: Path | str,
    mapping: str = "messages",
    cursor: Cursor | None = None,
    state: Mapping[str, Json] | None = None,
    **options: Any,
) -> Read:
    config = FilesConfig(name="archive", path=str(path), mapping=mapping, **options)
    return Read(list(Files(config).pages(cursor, state or {})))


ReadBytes = Callable[..., Read]


@pytest.fixture
def read_bytes(tmp_path: Path) -> Iterator[ReadBytes]:
    """Read bytes as if they were a file."""

    def given(content: bytes, name: str = "file.csv", mapping: str = "messages", **options: Any) -> Read:
        path = tmp_path / name
        path.write_bytes(content)
        return read(path, mapping, **options)

    yield given


@pytest.fixture
def world() -> Iterator[World]:
    with feed_server() as server:
        server.routes["/feed.xml"] = OK
        yield World(server)
