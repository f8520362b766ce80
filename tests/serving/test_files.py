"""Folders that are served: the demo's feed as it runs, asked from strange places."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flows.settings import PROJECT


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo's feed, served by a process of its own."""
    env = {"VIGIE_FEED_PORT": "0", "PATH": "", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "flows.sources.examples.feed"]
    cwd: Path = tmp_path_factory.mktemp("feed")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=cwd) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def test_the_feed_answers_by_its_own_name_and_remembers_what_was_read(feed: str) -> None:
    first = httpx.get(feed)
    assert (first.status_code, first.content[:5]) == (200, b"<?xml")
    assert httpx.get(feed, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert "Allow: /" in httpx.get(feed.replace("atom.xml", "robots.txt")).text


@pytest.mark.parametrize("path", ["atom.xml", "robots.txt", "", "nothing-here"])
def test_a_strange_host_or_a_foreign_page_gets_nothing(feed: str, path: str) -> None:
    url = feed.replace("atom.xml", path)
    assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 400
    foreign = httpx.get(url, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, foreign.text) == (403, "Forbidden")


def test_no_way_leads_out_of_the_folder(feed: str) -> None:
    base = feed.removesuffix("atom.xml")
    for path in ("../__init__.py", "..%2f__init__.py", "%2e%2e/__main__.py", "//etc/passwd"):
        assert httpx.get(base + path).status_code == 404
