"""Everything that runs together on one machine: Postgres, Prefect's server, a worker and the app.

honcho runs the Procfile; this module opens the ground before it (Postgres, ports) and closes it after.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flows import processes, reconciling
from flows.errors import SettingError, VigieError
from flows.serving import access, sign_in
from flows.serving.checks import answers
from flows.settings import PROJECT, Settings
from flows.warehouse import server
from flows.warehouse.database import connect, prefect_url, tls_environment, warehouse_url
from flows.warehouse.ownership import installation_of

READY_SECONDS = 600  # for a busy machine: a process that ends is noticed at once
RUNS_STOP_SECONDS = 20
STOP_SECONDS = 20
DOWN_SECONDS = RUNS_STOP_SECONDS + STOP_SECONDS + 60
WATCH_SECONDS = 30
Say = Callable[[str], None]


class ToldToStopError(BaseException):
    """Somebody asked the stack to stop, as `vigie down` does: it ends, and nothing is wrong."""


def prefect_environment(config: Settings) -> dict[str, str]:
    """Environment of whatever speaks to Prefect: its API, its home under VIGIE_HOME, nothing sent anywhere."""
    return {
        "VIGIE_HOME": str(config.home_path),
        "VIGIE_FEED_PORT": str(config.feed_port),
        "PREFECT_HOME": str(config.folder("prefect")),
        "PREFECT_API_URL": config.prefect_api_url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": '["events", "flow_runs"]',
        # Under PREFECT_HOME; in memory, a slot that was taken when the server stopped is never free again.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    } | access.client_environment(config)


def _stack_environment(config: Settings, *, demo: bool = False) -> dict[str, str]:
    with connect(config) as connection:
        pool = installation_of(connection).name
    # A Prefect database of one's own may be on another server, and its URL says how that is reached.
    tls = {} if config.prefect_database_url else tls_environment(warehouse_url(config))
    # Of this machine the demo may ask its feed, and no other port.
    feed = [f"127.0.0.1:{config.feed_port}"] if demo else []
    return (
        os.environ
        | prefect_environment(config)
        | access.server_environment(config)
        | tls
        | {
            "PREFECT_API_DATABASE_CONNECTION_URL": prefect_url(config),
            "VIGIE_HOST": config.host,
            "VIGIE_APP_PORT": str(config.app_port),
            "VIGIE_PREFECT_PORT": str(config.prefect_port),
            "VIGIE_WORK_POOL": pool,
            "VIGIE_WORKER": reconciling.worker_name(config),
            "VIGIE_ALLOWED_PRIVATE": ",".join([*config.allowed_private, *feed]),
            processes.STACK_VARIABLE: str(config.home_path),
        }
    )


def check_ports(config: Settings, *, demo: bool = False) -> None:
    """Raise SettingError that names the port in use and the setting that changes it."""
    ports = {"VIGIE_APP_PORT": config.app_port, "VIGIE_PREFECT_PORT": config.prefect_port}
    if demo:
        ports["VIGIE_FEED_PORT"] = config.feed_port
    for setting, port in ports.items():
        with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((config.host, port))
            except OSError as error:
                raise SettingError(
                    f"port {port} on {config.host} is in use ({error.strerror}): "
                    f"stop what uses it (`vigie down` if it is Vigie), or set {setting}"
                ) from error


def _log_file(config: Settings) -> Path:
    return config.folder("logs") / "stack.log"


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(url):
        if process.poll() is not None:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise VigieError(f"a process of the stack ended before it was ready; the end of {log}:\n{tail}")
        if time.monotonic() > deadline:
            raise VigieError(f"{url} did not answer within {READY_SECONDS} s; see {log}")
        time.sleep(0.2)


@contextmanager
def running(config: Settings, say: Say, *, demo: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run the whole stack until the block ends, however it ends; then stop every process, Postgres too.

    `demo` serves the demo's feed besides. What a killed stack of this home left over is ended first. Raises
    SettingError when one runs already.
    """
    sign_in.check(config)
    with processes.only_one(_lock_file(config)):
        processes.end(processes.started_by(config.home_path))
        check_ports(config, demo=demo)
        with _started(config, say, demo=demo) as process:
            yield process


@contextmanager
def _started(config: Settings, say: Say, *, demo: bool) -> Iterator[subprocess.Popen[bytes]]:
    log = _log_file(config)
    config.folder("inbox")
    _heed_signals()
    process: subprocess.Popen[bytes] | None = None
    try:
        say("Postgres" if config.database_url is None else "what stands on your Postgres")
        warehouse_url(config)
        environment = _stack_environment(config, demo=demo)
        command = [sys.executable, "-m", "honcho", "--procfile", str(PROJECT / "Procfile"), "start", "--no-colour"]
        command += ["server", "worker", "app", *(["feed"] if demo else [])]
        if log.exists():  # it says why the last stack ended
            log.replace(log.with_name("stack.before.log"))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        say("Prefect's server")
        _wait_for(f"{config.prefect_api_url}/health", process, log)
        say("the app")
        _wait_for(f"{config.app_url}/_stcore/health", process, log)
        yield process
    finally:
        _end(config, process)


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores Ctrl-C unless told
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # a terminal was closed; nohup has it ignored
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(_number: int, _frame: object) -> None:
    raise ToldToStopError if _number == signal.SIGTERM else KeyboardInterrupt


def watch(config: Settings, process: subprocess.Popen[bytes], say: Say) -> None:
    """Wait until the stack ends; meanwhile start Postgres again if it died, and tell what died with it."""
    while True:
        try:
            process.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                for line in reconciling.reconcile(config):
                    say(line)
            except Exception as error:  # whatever it is, the next look may find it gone
                say(f"could not look after the runs: {' '.join(str(error).split())[:300]}")
        else:
            return


def _end(config: Settings, process: subprocess.Popen[bytes] | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        if process is not None and process.poll() is None:
            # A worker that is told to stop kills its runs: they are asked first, while the server still hears them.
            processes.end_flow_runs(config.home_path, RUNS_STOP_SECONDS)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        processes.end(processes.started_by(config.home_path))
    finally:
        if config.database_url is None:
            server.stop(config.home_path)


def _lock_file(config: Settings) -> Path:
    return config.home_path / "up.pid"


def is_watched(config: Settings) -> bool:
    """Whether a `vigie up` of this home runs, here or on a machine that shares the folder."""
    return processes.is_held(_lock_file(config))


def down(config: Settings) -> bool:
    """Stop what `up` started, or what it left when it was killed, and Postgres; True if anything ran."""
    running = processes.holder(_lock_file(config))
    ended = processes.end([running], DOWN_SECONDS) if running else 0
    ended += processes.end(processes.started_by(config.home_path))
    stopped = config.database_url is None and server.stop(config.home_path)
    return stopped or ended > 0
