"""Folders that are served: the demo's feed as it runs, asked from strange places."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from flows.serving.checks import open_doors
from flows.settings import PROJECT, Settings


class Bare(BaseHTTPRequestHandler):
    """Answers whoever asks."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


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


def test_doctor_finds_a_port_that_answers_by_any_name(feed: str) -> None:
    """Asked as a stranger: a bare server in the app's place is told, a guarded or a silent one is not."""
    guarded = Settings(app_port=httpx.URL(feed).port or 0, prefect_port=1)
    assert open_doors(guarded) == []
    with ThreadingHTTPServer(("127.0.0.1", 0), Bare) as bare:
        Thread(target=bare.serve_forever, daemon=True).start()
        port = bare.server_address[1]
        found = open_doors(Settings(app_port=port, prefect_port=port))
        bare.shutdown()
    url = f"http://127.0.0.1:{port}"
    assert found == [f"{url} asks nobody for a sign-in", *[f"{url} answers by any name"] * 2]
