"""A process is ours by what it is: a number that somebody else has by now is never signalled."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from flows import processes, stack
from flows.errors import SettingError
from flows.settings import Settings
from flows.warehouse import server as embedded
from tests.helpers.databases import Server
from tests.helpers.ports import free_port

Start = Callable[..., subprocess.Popen[bytes]]
SLEEP = "import time; time.sleep(300)"
HOLD = """
import sys, time
from pathlib import Path
from flows.processes import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(300)
"""
HANG_UP = """
import signal, sys, time
from flows import stack
if sys.argv[1]:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
try:
    stack._heed_signals()
    print("begun", flush=True)
    time.sleep(1 if sys.argv[1] else 300)
    print("still there", flush=True)
except KeyboardInterrupt:
    print("ended", flush=True)
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Start processes that do nothing, with more in their environment; they are ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def go(
        code: str = SLEEP, *arguments: object, executable: Path | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(
            command, executable=executable, env=os.environ | environment, stdout=subprocess.PIPE
        )
        started.append(process)
        return process

    yield go
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=None)


@pytest.mark.parametrize("text", ["{0}", "{0} {0}"])  # the second as earlier versions wrote it
def test_down_leaves_whoever_got_the_number(config: Settings, start: Start, text: str) -> None:
    stranger = start()
    (config.home_path / "up.pid").write_text(text.format(stranger.pid))

    assert stack.down(config) is False

    with pytest.raises(subprocess.TimeoutExpired):
        stranger.wait(0.3)


def test_a_postmaster_of_this_home_only_is_stopped(config: Settings, start: Start) -> None:
    stranger = start()
    folder = embedded.database_files(config.home_path)
    folder.mkdir()
    (folder / "postmaster.pid").write_text(f"{stranger.pid}\n{folder}\n")

    assert embedded.running_pid(config.home_path) is None
    assert embedded.stop(config.home_path) is False

    with pytest.raises(subprocess.TimeoutExpired):
        stranger.wait(0.3)


def test_postgres_starts_after_a_kill_though_another_has_its_number(server: Server, start: Start) -> None:
    home = server.home
    killed = embedded.running_pid(home)
    if killed is None:
        pytest.skip("a Postgres of one's own is not ours to kill")
    postmaster = psutil.Process(killed)
    backends = postmaster.children()
    postmaster.kill()
    psutil.wait_procs([postmaster, *backends], timeout=60)
    file = embedded.database_files(home) / "postmaster.pid"
    file.write_text(file.read_text().replace(str(killed), str(start().pid), 1))

    embedded.start(home)

    again = embedded.running_pid(home)
    assert again is not None
    assert psutil.Process(again).name() == "postgres"


def test_a_postgres_that_recovers_for_long_is_waited_for_and_its_log_is_not_poured_out(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    home = server.home
    killed = embedded.running_pid(home)
    if killed is None:
        pytest.skip("a Postgres of one's own is not ours to kill")
    postmaster = psutil.Process(killed)
    backends = postmaster.children()
    postmaster.kill()
    psutil.wait_procs([postmaster, *backends], timeout=60)
    recover_slowly(embedded.database_files(home))
    began = time.monotonic()

    url = embedded.start(home)

    assert time.monotonic() - began > 10  # for longer than the wheel waits
    assert caplog.text == ""
    with psycopg.connect(url) as connection:
        assert connection.execute("select pg_is_in_recovery()").fetchone() == (False,)


def recover_slowly(pgdata: Path) -> None:
    """Let Postgres ask an archive for each file of its log first, which answers after a while that it has none."""
    signal_file = pgdata / "recovery.signal"
    signal_file.touch()
    owner = pgdata.stat()
    os.chown(signal_file, owner.st_uid, owner.st_gid)
    with (pgdata / "postgresql.auto.conf").open("a") as options:
        options.write("restore_command = 'sleep 4; exit 1'\nhot_standby = off\n")


def test_the_lock_says_who_runs_and_is_free_when_that_one_is_killed(config: Settings, start: Start) -> None:
    file = config.home_path / "up.pid"
    assert processes.holder(file) is None
    one = start(HOLD, file)
    assert one.stdout
    assert one.stdout.readline() == b"held\n"

    found = processes.holder(file)
    assert found is not None
    assert found.pid == one.pid
    with pytest.raises(SettingError, match=rf"process {one.pid}.*vigie down"), processes.only_one(file):
        pytest.fail("two run at once")

    one.send_signal(signal.SIGKILL)
    one.wait(30)
    assert processes.holder(file) is None
    with processes.only_one(file):
        pass


def test_what_a_stack_left_over_is_found_by_its_environment(config: Settings, start: Start, tmp_path: Path) -> None:
    home = str(config.home_path)
    left_over = start(VIGIE_STACK=home)
    family = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])"
    )
    parent = start(f"{family}; print('started', flush=True); time.sleep(300)", VIGIE_STACK=home)
    assert parent.stdout
    parent.stdout.readline()
    by_hand = start(VIGIE_HOME=home)
    of_another = start(VIGIE_STACK=str(tmp_path / "other"))

    found = processes.started_by(config.home_path)

    assert len(found) == 3
    assert {left_over.pid, parent.pid} < {process.pid for process in found}
    assert processes.end(found) == 3
    assert not any(process.is_running() for process in found)
    for stranger in (by_hand, of_another):
        with pytest.raises(subprocess.TimeoutExpired):
            stranger.wait(0.3)


class Ending(psutil.Process):
    """A process that ends while it is looked at."""

    def environ(self) -> dict[str, str]:
        found = super().environ()
        self.kill()
        self.wait(60)
        return found


def test_a_process_that_ends_while_it_is_looked_at_is_no_error(
    config: Settings, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, left_over = (start(VIGIE_STACK=str(config.home_path)) for _ in range(2))
    looked_at = [Ending(ending.pid), psutil.Process(left_over.pid)]
    monkeypatch.setattr(psutil, "process_iter", lambda: iter(looked_at))

    assert left_over.pid in {process.pid for process in processes.started_by(config.home_path)}


def test_a_postgres_that_a_flow_run_started_is_not_taken_for_it(config: Settings, start: Start) -> None:
    marks = {"VIGIE_STACK": str(config.home_path), "PREFECT__FLOW_RUN_ID": "one"}
    postgres = start(executable=make_executable(config.home_path / "postgres"), **marks)
    assert psutil.Process(postgres.pid).name() == "postgres"

    assert "one" not in processes.live_runs().ids
    assert processes.started_by(config.home_path) == []
    processes.end_flow_runs(config.home_path, patience=5)

    with pytest.raises(subprocess.TimeoutExpired):
        postgres.wait(0.3)


def make_executable(path: Path) -> Path:
    """This Python by another name, which its processes have, too."""
    path.symlink_to(Path(sys.executable).resolve())
    return path


def test_postgres_belongs_to_nobody_who_happened_to_start_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not embedded.stop(server.home):
        pytest.skip("a Postgres of one's own is not ours to stop")
    monkeypatch.setenv("VIGIE_STACK", str(server.home))
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "one")

    embedded.start(server.home)

    number = embedded.running_pid(server.home)
    assert number
    environment = psutil.Process(number).environ()
    assert {"VIGIE_STACK", "PREFECT__FLOW_RUN_ID"}.isdisjoint(environment)
    assert os.environ["PREFECT__FLOW_RUN_ID"] == "one"


def test_postgres_is_stopped_whatever_else_could_not_be(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Settings(home=server.home, database_url=None)
    if embedded.running_pid(server.home) is None:
        pytest.skip("a Postgres of one's own is not ours to stop")

    def fail(*_: object) -> list[psutil.Process]:
        raise OSError("no more file handles")

    monkeypatch.setattr(processes, "started_by", fail)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(OSError, match="no more file handles"):
            stack._end(config, None)
        assert embedded.running_pid(server.home) is None
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        embedded.start(server.home)


def test_another_users_process_that_has_a_dead_runs_number_is_not_the_run() -> None:
    now = datetime.now(UTC)
    live = processes.LiveRuns(unreadable={7: now.timestamp()})

    assert live.may_live("one", "7", since=now + timedelta(hours=1))
    assert live.may_live("one", "7", since=now - timedelta(seconds=5))  # as clocks differ
    assert live.may_live("one", "7")  # while it is pending its process may be younger than what is told of it
    assert not live.may_live("one", "7", since=now - timedelta(hours=1))
    assert not live.may_live("one", "8", since=now)


def test_a_port_is_looked_for_where_the_servers_listen(tmp_path: Path) -> None:
    """On loopback of IPv6 too, where the machine has it."""
    try:
        taken = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with taken:
        port = free_port()
        config = Settings(home=tmp_path, host="::1", app_port=taken.getsockname()[1], prefect_port=port)
        with pytest.raises(SettingError, match=r"on ::1 is in use .*VIGIE_APP_PORT"):
            stack.check_ports(config)
        stack.check_ports(config.model_copy(update={"app_port": free_port()}))


def test_what_a_home_keeps_is_its_owners(tmp_path: Path) -> None:
    """The home itself is passed through by Postgres, which does not run as root."""
    config = Settings(home=tmp_path / "home")
    modes = {stat.S_IMODE(Path(config.folder(name)).stat().st_mode) for name in ("logs", "inbox")}
    stack.prefect_environment(config)

    assert modes | {stat.S_IMODE((config.home_path / "prefect").stat().st_mode)} == {0o700}


@pytest.mark.parametrize("ignored", [False, True])
def test_a_closed_terminal_ends_what_runs_in_it_unless_told_otherwise(
    config: Settings, start: Start, ignored: bool
) -> None:
    """As Ctrl-C does; `nohup` has SIGHUP ignored."""
    one = start(HANG_UP, "ignored" if ignored else "", VIGIE_HOME=str(config.home_path))
    assert one.stdout
    assert one.stdout.readline() == b"begun\n"

    one.send_signal(signal.SIGHUP)

    assert one.stdout.readline() == (b"still there\n" if ignored else b"ended\n")


def test_who_does_not_listen_is_killed(config: Settings, start: Start) -> None:
    deaf = start(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
        " time.sleep(300)",
        VIGIE_STACK=str(config.home_path),
    )
    assert deaf.stdout
    deaf.stdout.readline()

    processes.end(processes.started_by(config.home_path), patience=0.5)

    assert not psutil.pid_exists(deaf.pid)


def test_of_a_flow_run_the_engine_is_asked_and_not_its_children(config: Settings, start: Start) -> None:
    marks = {"VIGIE_STACK": str(config.home_path), "PREFECT__FLOW_RUN_ID": "one"}
    engine = start(
        "import signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        "def told(*_):\n"
        "    print('alive' if child.poll() is None else 'dead', flush=True)\n"
        "    child.kill()\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, told)\n"
        "print('ready', flush=True)\n"
        "child.wait()\n",
        **marks,
    )
    worker = start(VIGIE_STACK=str(config.home_path))
    assert engine.stdout
    engine.stdout.readline()

    processes.end_flow_runs(config.home_path, patience=60)

    assert engine.wait(30) == 0
    assert engine.stdout.read() == b"alive\n"
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0.3)
