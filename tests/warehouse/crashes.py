"""Work in a child process that is killed at a moment of one's choice, as a power cut would.

The child is forked from a process that has dbt imported already: imports cost more than the work.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

PATIENCE = 120.0


def run_in_child(
    work: Callable[[], object],
    log: Path,
    kill_after: float | None = None,
    kill_when: Callable[[], bool] = lambda: False,
) -> tuple[bool, float]:
    """Fork, do the work, and kill the child after some seconds or when something is so.

    Returns whether it was killed, and its seconds.

    A child that fails by itself raises AssertionError with its traceback.
    """
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _child(work, log)
    deadline = started + (PATIENCE if kill_after is None else kill_after)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        is_wanted = not ended and kill_when()
        if ended or is_wanted or time.monotonic() >= deadline:
            break
        time.sleep(0.002)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
    seconds = time.monotonic() - started
    killed = os.WIFSIGNALED(status)
    assert kill_after is not None or is_wanted or not killed, f"the child did not end within {PATIENCE} s"
    assert killed or os.WEXITSTATUS(status) == 0, log.read_text()
    return killed, seconds


def _child(work: Callable[[], object], log: Path) -> None:
    code = 1
    try:
        with log.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            work()
            code = 0
    except BaseException:
        log.write_text(traceback.format_exc())
    finally:
        sys.stdout.flush()
        os._exit(code)
