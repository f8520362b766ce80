"""The whole stack as `make demo` starts it, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.settings import PROJECT
from flows.warehouse import server as embedded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY = "Ctrl-C stops everything"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """A running stack: its process, where it lives, what it has printed."""

    home: Path
    app_port: int
    prefect_port: int
    output: Path
    process: subprocess.Popen[bytes]
    seconds: float = 0.0

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    def environment(self) -> dict[str, str]:
        return environment(self.home, self.app_port, self.prefect_port)

    def said(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.output.read_text(errors="replace"))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C and wait; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


def environment(home: Path, app_port: int, prefect_port: int) -> dict[str, str]:
    """Environment of a stack of the tests' own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIE_", "PREFECT_"))}
    return kept | {
        "VIGIE_HOME": str(home),
        "VIGIE_APP_PORT": str(app_port),
        "VIGIE_PREFECT_PORT": str(prefect_port),
    }


def start(home: Path, app_port: int, prefect_port: int, *, demo: bool = True) -> Stack:
    """Start `vigie up --demo`, or without the demo, and wait until it says that it is ready."""
    output = home.parent / f"up-{time.monotonic_ns()}.log"
    started = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up", *(["--demo"] if demo else [])],
            cwd=PROJECT,
            env=environment(home, app_port, prefect_port),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    stack = Stack(home, app_port, prefect_port, output, process)
    while READY not in stack.said():
        log = home / "logs" / "stack.log"
        assert process.poll() is None, stack.said() + (log.read_text()[-3000:] if log.exists() else "")
        assert time.monotonic() - started < 420, stack.said()
        time.sleep(0.3)
    stack.seconds = time.monotonic() - started
    return stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of this package's tests, started once on a new home."""
    home = tmp_path_factory.mktemp("stack") / "home"
    running = start(home, free_port(), free_port())
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
