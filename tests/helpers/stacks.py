"""A whole stack under test: started, told to stop, killed, and asked through Prefect's API."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from flows import processes
from flows.warehouse import server as embedded
from tests.browser.conftest import Stack, start
from tests.helpers.ports import own_ports
from tests.servers.waiting import PATIENCE


class QuietServer(ThreadingHTTPServer):
    """A site with nothing on it: an empty feed, an empty list, no robots.txt."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Quiet)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who was killed does not wait for an answer."""


class _Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        feed = b"<rss version='2.0'><channel><title>Press</title></channel></rss>"
        status, kind, body = {
            "/robots.txt": (404, "text/plain", b""),
            "/feed.xml": (200, "application/rss+xml", feed),
        }.get(self.path, (200, "application/json", b"[]"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Not a word."""


@contextmanager
def quiet_server() -> Iterator[QuietServer]:
    """Serve such a site for the block."""
    server = QuietServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Machine:
    """A home and its ports, over many starts of a stack."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # Nothing runs unasked, by schedule or event: it would turn away the run that a test asks for.
        self.ports = own_ports() | {
            "VIGIE_ALLOWED_PRIVATE": "127.0.0.1",
            "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        }
        self.stack: Stack | None = None
        self._clients = ExitStack()
        self._client: httpx.Client | None = None  # of the stack that runs: a token a stack, not a request

    def up(self) -> float:
        """Start the stack without the demo; returns when it began (monotonic)."""
        began = time.monotonic()
        self._client = None
        self.stack = start(self.home, self.ports, demo=False)
        return began

    @property
    def is_up(self) -> bool:
        return self.stack is not None and self.stack.process.poll() is None

    def api(self, path: str, body: Any = None, method: str = "POST") -> Any:
        assert self.stack
        if self._client is None:
            self._client = self._clients.enter_context(self.stack.api())
        answer = self._client.request(method, path, json=(body or {}) if method != "GET" else None)
        return answer.raise_for_status().json()

    def trigger(self, deployment: str, parameters: dict[str, Any]) -> str:
        """Ask for a run of a deployment, as a person or an event does."""
        found = self.api(f"/deployments/name/{deployment}", method="GET")
        run = self.api(
            f"/deployments/{found['id']}/create_flow_run",
            {"parameters": parameters, "state": {"type": "SCHEDULED"}, "enforce_parameter_schema": False},
        )
        return str(run["id"])

    def state(self, run: str) -> str:
        return str(self.api(f"/flow_runs/{run}", method="GET")["state_type"])

    def message(self, run: str) -> str:
        return str(self.api(f"/flow_runs/{run}", method="GET")["state"]["message"])

    def worker(self) -> psutil.Process:
        return next(p for p in processes.started_by(self.home) if "flows.worker" in p.cmdline())

    def stop(self) -> None:
        """Stop as `vigie down` does: the one that holds the lock is told."""
        assert self.stack
        self.stack.process.send_signal(signal.SIGTERM)
        self.stack.process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill everything at once, Postgres too, as a power cut does."""
        assert self.stack
        _kill([psutil.Process(self.stack.process.pid), *processes.started_by(self.home), *self.postgres()])
        self.stack.process.wait(PATIENCE)

    def postgres(self) -> list[psutil.Process]:
        number = embedded.running_pid(self.home)
        postmaster = psutil.Process(number) if number else None
        return [postmaster, *postmaster.children()] if postmaster else []

    def kill_postgres(self) -> None:
        _kill(self.postgres())

    def kill_worker(self) -> None:
        """Kill the worker alone: what it ran is orphaned, and the stack ends."""
        assert self.stack
        self.worker().kill()
        self.stack.process.wait(PATIENCE)

    def clean(self) -> None:
        """Leave nothing behind."""
        self._clients.close()
        if self.stack and self.stack.process.poll() is None:
            self.stop()
        processes.end(processes.started_by(self.home))
        embedded.stop(self.home)


def _kill(them: list[psutil.Process]) -> None:
    for process in them:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(them, timeout=PATIENCE)


@contextmanager
def machine() -> Iterator[Machine]:
    """A machine for the block; nothing of it runs afterwards."""
    with TemporaryDirectory(prefix="vigie-restarts-", ignore_cleanup_errors=True) as folder:
        one = Machine((Path(folder) / "home").resolve())
        try:
            yield one
        finally:
            one.clean()


def stop_engines(home: Path, stopped: set[psutil.Process]) -> None:
    """Hold the flow runs that have a process where they are, before they have said anything."""
    for process in processes.started_by(home):
        try:
            if processes.FLOW_RUN in process.environ() and process not in stopped:
                process.suspend()
                stopped.add(process)
        except psutil.Error:
            continue
