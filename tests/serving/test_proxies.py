"""A company's proxy in the environment: what runs on this machine is asked itself, the world through the proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from flows.serving.access import client_environment
from flows.serving.checks import answers
from flows.settings import Settings


class Well(BaseHTTPRequestHandler):
    """Says that it is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Well) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(autouse=True)
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_our_own_servers_are_asked_themselves(url: str) -> None:
    assert answers(url)


def test_clients_of_prefect_reach_it(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    for name, value in client_environment(Settings(home=tmp_path)).items():
        monkeypatch.setenv(name, value)
    assert httpx.get(url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://forum.example/")


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_what_was_spared_before_stays_so(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "localhost, intranet.example,::1")
    spared = client_environment(Settings(home=tmp_path, host="::1"))
    assert spared["NO_PROXY"] == spared["no_proxy"] == "localhost,intranet.example,::1"
    assert client_environment(Settings(home=tmp_path))["NO_PROXY"] == "localhost,intranet.example,::1,127.0.0.1"
