"""Which processes are ours, by what they are: a process id alone may be anybody's by now.

`vigie up` holds the lock of a file as long as it lives, and everything that it starts carries a mark in its
environment. What a kill left over is found by that mark, and psutil signals no process whose id was given anew.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from flows.errors import SettingError

MARK = "VIGIE_STACK"  # the home of the stack that started a process; its children inherit it
FLOW_RUN = "PREFECT__FLOW_RUN_ID"
TRIES = 20


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


def started_by(home: Path) -> list[psutil.Process]:
    """Processes that a stack of this home started, and theirs, Postgres aside, which is stopped on its own."""
    found = []
    for process, environment in _environments():
        if environment.get(MARK) == str(home) and process.pid != os.getpid() and process.name() != "postgres":
            found.append(process)
    return found


def _environments() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    for process in psutil.process_iter():
        try:
            yield process, process.environ()
        except psutil.Error:  # it ended, or is somebody else's
            continue


@dataclass(frozen=True, slots=True)
class LiveRuns:
    """Flow runs that have a process on this machine; `unreadable` are processes of other users."""

    ids: set[str] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)

    def __contains__(self, run: tuple[str, str | None]) -> bool:
        """Whether a flow run, with the process id that Prefect knows, has or may have a process."""
        run_id, number = run
        return run_id in self.ids or ((number or "").isdecimal() and int(number or 0) in self.unreadable)


def live_runs() -> LiveRuns:
    """Flow runs with a process here, whoever started them."""
    live = LiveRuns()
    for process in psutil.process_iter():
        try:
            run_id = process.environ().get(FLOW_RUN)
        except psutil.AccessDenied:
            live.unreadable.add(process.pid)
        except psutil.Error:
            continue
        else:
            live.ids.update({run_id} if run_id else ())
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
    runs: dict[psutil.Process, str] = {}
    for process, environment in _environments():
        if environment.get(MARK) == str(home) and environment.get(FLOW_RUN):
            runs[process] = environment[FLOW_RUN]
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
