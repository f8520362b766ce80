"""Feeds, mails and files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from flows.records import Page
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.run import Run as FeedsRun
from flows.sources.files import Files, FilesConfig
from flows.sources.http import Memory
from flows.sources.mailbox.batch import Batch, Task
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.mapping import Found
from tests.sources.fuzzing.served import CLOCK, NOW, Served, a_list, listed, loaded


def feed(content: bytes) -> Iterator[Page]:
    client: Any = Served(lambda path, asked: content)
    config = FeedsConfig(name="f", urls=["https://example.org/feed"])
    yield from FeedsRun(config, Memory({}), client, CLOCK).feed(config.urls[0], 1, None)


def json_entries(content: bytes) -> int:
    return len({json.dumps(one, sort_keys=True) for one in listed(loaded(content), "items")})


def xml_entries(content: bytes) -> int:
    """Entries of a whole feed, each once: those of one id or link may be the same."""
    if not re.search(rb"<(?:\w+:)?(?:item|entry)\b", content):
        return 0
    root = ElementTree.fromstring(content)
    found = [node for node in root.iter() if _local(node) in {"item", "entry"}]
    above = {id(child): parent for parent in root.iter() for child in parent}
    assert _local(root) in {"rss", "feed", "rdf"}
    assert all(_local(above[id(node)]) in {"channel", "feed", "rdf"} for node in found)
    return len({
        next((text for name in ("guid", "id", "link") for text in _texts(node, name)), ElementTree.tostring(node))
        for node in found
    })  # fmt: skip


def _local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2].lower()


def _texts(node: ElementTree.Element, name: str) -> list[str]:
    return [child.text.strip() for child in node if _local(child) == name and child.text and child.text.strip()]


def a_mail(content: bytes) -> Iterator[Page]:
    config = MailboxConfig(name="post", path="x", own=["example.org"], forms=["form@example.org"], receiver="mx")
    batch = Batch(Task(config, "mail", NOW), {})
    batch.take(Found(content), "here")
    yield batch.close()


def file(name: str, mapping: str) -> Callable[[bytes], Iterator[Page]]:
    def read(content: bytes) -> Iterator[Page]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            yield from Files(FilesConfig(name="archive", path=str(path), mapping=mapping)).pages(None, {})

    return read


def sessions(content: bytes) -> int:
    """Items of a JSON file; behind a number beyond 64 bits nothing can be read."""
    return len(a_list(json.loads(content, parse_int=_small, parse_constant=_small)))


def _small(written: str) -> int:
    assert abs(int(written)) < 2**63
    return int(written)


def csv_rows(content: bytes) -> int:
    """Rows of a file without anything odd in it; none behind a header that stands alone."""
    if len([one for one in re.split(rb"[\r\n]+", content) if one.strip()]) <= 1:
        return 0
    text = content.decode()
    assert content.isascii() and text.isprintable() is False and '"' not in text and "\0" not in text
    assert not re.search(r"[\r\x0b\x0c\x1c-\x1e]", text)
    _, *rows = csv.reader(io.StringIO(text))
    return sum(any(cell.strip() for cell in row) for row in rows)
