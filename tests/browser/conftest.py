"""The whole stack as `make demo` starts it, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from flows.settings import PROJECT
from flows.warehouse import server as embedded
from tests.helpers.ports import own_ports

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # A name of somebody else's that was pointed at this machine.
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]  # fmt: skip
READY = "Ctrl-C stops everything"


@dataclass
class Stack:
    """A running stack: its process, where it lives, what it has printed."""

    home: Path
    ports: dict[str, str]
    output: Path
    process: subprocess.Popen[bytes]

    @property
    def app_port(self) -> int:
        return int(self.ports["VIGIE_APP_PORT"])

    @property
    def prefect_port(self) -> int:
        return int(self.ports["VIGIE_PREFECT_PORT"])

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def sign_in_url(self) -> str:
        """Prefect's address as it was printed."""
        found = re.search(r"http://\S+/sign-in#\S+", self.said())
        assert found, self.said()
        return found[0]

    @property
    def auth(self) -> str:
        """The sign-in of Prefect's API as it was printed."""
        return self.sign_in_url.partition("#")[2]

    @contextmanager
    def api(self) -> Iterator[httpx.Client]:
        """A script of somebody who may: signed in, with a CSRF token."""
        user, _, password = self.auth.partition(":")
        with httpx.Client(base_url=self.api_url, auth=(user, password), timeout=120) as client:
            token = client.get("/csrf-token", params={"client": "tests"}).json()["token"]
            client.headers.update({"Prefect-Csrf-Client": "tests", "Prefect-Csrf-Token": token})
            yield client

    def environment(self) -> dict[str, str]:
        return environment(self.home, self.ports)

    def said(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.output.read_text(errors="replace"))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C and wait; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(180)


def environment(home: Path, ports: dict[str, str]) -> dict[str, str]:
    """Environment of a stack of the tests' own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIE_", "PREFECT_"))}
    return kept | ports | {"VIGIE_HOME": str(home)}


def start(home: Path, ports: dict[str, str] | None = None, *, demo: bool = True) -> Stack:
    """Start `vigie up --demo`, or without the demo, on ports of its own and wait until it says that it is ready."""
    ports = ports or own_ports()
    output = home.parent / f"up-{time.monotonic_ns()}.log"
    started = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up", *(["--demo"] if demo else [])],
            cwd=PROJECT,
            env=environment(home, ports),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    stack = Stack(home, ports, output, process)
    while READY not in stack.said():
        log = home / "logs" / "stack.log"
        assert process.poll() is None, stack.said() + (log.read_text()[-3000:] if log.exists() else "")
        assert time.monotonic() - started < 1500, stack.said()
        time.sleep(0.3)
    return stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of this package's tests, started once on a new home."""
    home = tmp_path_factory.mktemp("stack") / "home"
    running = start(home)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
        embedded.stop(home)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium under Playwright."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: install the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()
