"""Which processes are ours, by what they are: a process id alone may be anybody's by now.

`vigie up` holds the lock of a file as long as it lives, and everything that it starts carries its home in its
environment. What a kill left over is found by that, and psutil signals no process whose id was given anew.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from flows.errors import SettingError

STACK_VARIABLE = "VIGIE_STACK"  # the home of the stack that started a process; its children inherit it
OF_A_RUN = "PREFECT__"  # what the worker hands to the process of a flow run
FLOW_RUN = f"{OF_A_RUN}FLOW_RUN_ID"
POSTGRES = "postgres"  # it outlives what started it, and is stopped on its own
TRIES = 20
CLOCKS_DIFFER = 60  # seconds, Prefect's server's from this machine's


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Be the only process that holds `file`, which names it, until the block or the process ends.

    Raises SettingError when another process holds it.
    """
    with file.open("a+", encoding="utf-8") as handle:
        if not _lock(handle.fileno(), fcntl.LOCK_EX):
            raise SettingError(
                f"Vigie runs already from {file.parent} (process {_number(file)}): "
                "`vigie down` stops it, or set another VIGIE_HOME"
            )
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


@contextmanager
def in_turn(file: Path) -> Iterator[None]:
    """Hold `file` while the block lasts, once whoever holds it has let go; it holds nothing but the lock."""
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _lock(descriptor: int, kind: int) -> bool:
    """Take a lock, patiently for a moment: whoever only looks holds it, too."""
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def _number(file: Path) -> int | None:
    text = file.read_text(encoding="utf-8").strip()
    return int(text) if text.isdecimal() else None


def holder(file: Path) -> psutil.Process | None:
    """The process that holds `file` now; None when nobody does, whatever number stands in it."""
    try:
        with file.open(encoding="utf-8") as handle:
            if _lock(handle.fileno(), fcntl.LOCK_SH):
                return None
            number = _number(file)
        process = psutil.Process(number) if number else None
        # Of a folder that machines share, another one's process may hold the lock: its number is not one of ours.
        return process if process and any(Path(f.path) == file for f in process.open_files()) else None
    except (FileNotFoundError, psutil.Error):
        return None


def is_held(file: Path) -> bool:
    """Whether any process holds `file`."""
    try:
        with file.open(encoding="utf-8") as handle:
            return not _lock(handle.fileno(), fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


@contextmanager
def independent() -> Iterator[None]:
    """What is started in this block belongs to no stack and no flow run: it outlives them."""
    ours = [name for name in os.environ if name == STACK_VARIABLE or name.startswith(OF_A_RUN)]
    kept = {name: os.environ.pop(name) for name in ours}
    try:
        yield
    finally:
        os.environ.update(kept)


def started_by(home: Path) -> list[psutil.Process]:
    """Processes that a stack of this home started, and theirs."""
    return [process for process, environment in _of_stack(home) if process.pid != os.getpid()]


def _of_stack(home: Path) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    for process, environment in _environments():
        if environment and environment.get(STACK_VARIABLE) == str(home):
            yield process, environment


def _environments() -> Iterator[tuple[psutil.Process, dict[str, str] | None]]:
    """Every process but Postgres's with its environment; None where another user's may not be read."""
    for process in psutil.process_iter():
        environment: dict[str, str] | None = None
        try:
            if process.name() == POSTGRES:
                continue
            environment = process.environ()
        except psutil.AccessDenied:
            pass
        except psutil.Error:  # it has ended
            continue
        yield process, environment


@dataclass(frozen=True, slots=True)
class LiveRuns:
    """Flow runs that have a process on this machine; `unreadable`: other users' processes and when each began."""

    ids: set[str] = field(default_factory=set)
    unreadable: dict[int, float] = field(default_factory=dict)

    def may_live(self, run_id: str, pid: str | None, since: datetime | None = None) -> bool:
        """Whether a flow run, with the process id that Prefect knows, has or may have a process.

        It had one at `since`: another user's process that began later has its number, and is not it.
        """
        if run_id in self.ids:
            return True
        began = self.unreadable.get(int(pid)) if pid is not None and pid.isdecimal() else None
        return began is not None and (since is None or began <= since.timestamp() + CLOCKS_DIFFER)


def live_runs() -> LiveRuns:
    """Flow runs with a process here, whoever started them."""
    live = LiveRuns()
    for process, environment in _environments():
        if environment is None:
            with suppress(psutil.Error):  # it has ended
                live.unreadable[process.pid] = process.create_time()
        elif run_id := environment.get(FLOW_RUN):
            live.ids.add(run_id)
    return live


def end_flow_runs(home: Path, patience: float) -> None:
    """Ask the flow runs of a stack to end, those that begin meanwhile too, while its server can still hear them.

    Prefect's engine tells the server and leaves at once. After `patience` seconds who is left stays for `end`.
    """
    told: set[psutil.Process] = set()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = _engines(home)
        if not found:
            return
        for process in found - told:
            _signal(process, "terminate")
        told |= found
        time.sleep(0.1)


def _engines(home: Path) -> set[psutil.Process]:
    """The first process of each flow run: what it started itself is its own to end."""
    runs = {process: environment[FLOW_RUN] for process, environment in _of_stack(home) if FLOW_RUN in environment}
    first = set()
    for process, run_id in runs.items():
        try:
            parent = process.parent()
        except psutil.Error:
            continue
        if parent is None or runs.get(parent) != run_id:
            first.add(process)
    return first


def end(processes: Iterable[psutil.Process], patience: float = 10) -> int:
    """End processes: asked first, killed after `patience` seconds; returns how many there were."""
    wanted = list(processes)
    for process in wanted:
        _signal(process, "terminate")
    _, left = psutil.wait_procs(wanted, timeout=patience)
    for process in left:
        _signal(process, "kill")
    psutil.wait_procs(left, timeout=patience)
    return len(wanted)


def _signal(process: psutil.Process, what: str) -> None:
    try:
        getattr(process, what)()
    except psutil.Error:  # it has ended; psutil looks who has the number before it signals
        return
