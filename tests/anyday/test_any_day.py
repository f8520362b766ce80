"""What reads the clock holds on other days, too: the tests marked `clock`, in a process that lives another day."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.settings import PROJECT
from tests.anyday.clocks import Moment, NoClock, clock, moments

# Files with such tests: to collect all others takes longer than these take.
MARKED = sorted(p for p in (PROJECT / "tests").rglob("test_*.py") if "pytest.mark.clock" in p.read_text("utf-8"))
MOMENTS = {moment.name: moment for moment in moments(datetime.now(UTC))}
# Reads each of a test's clocks: Python's, a file's, Postgres' is another process', as `date` is here.
READING = """
import pathlib, subprocess, sys, time
from datetime import datetime
file = pathlib.Path(sys.argv[1]); file.touch()
begun = time.monotonic(); time.sleep(0.05)
said = int(subprocess.run(["date", "+%s"], capture_output=True, check=True, timeout=30).stdout)
print(time.time(), time.time_ns() // 10**9, datetime.now().timestamp(), file.stat().st_mtime, said)
print(time.monotonic() - begun)
"""


def at(moment: Moment, *command: object) -> str:
    """Run Python at a moment and return what it says."""
    try:
        with clock(moment) as environment:
            done = subprocess.run(
                [sys.executable, *map(str, command)],
                cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
    except NoClock as reason:
        pytest.skip(str(reason))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("name", ["in-400-days", "autumn"])
def test_every_process_shows_the_moment_and_seconds_last_as_long_as_ever(name: str, tmp_path: Path) -> None:
    shown, passed = at(MOMENTS[name], "-c", READING, tmp_path / "file").splitlines()
    moments_shown = [float(word) for word in shown.split()]
    assert min(moments_shown) >= MOMENTS[name].at.timestamp() - 1
    assert max(moments_shown) < MOMENTS[name].at.timestamp() + 300
    assert 0.05 <= float(passed) < 300


@pytest.mark.parametrize("name", ["leap-day", "autumn"])
def test_what_reads_the_clock_holds(name: str, tmp_path: Path) -> None:
    said = at(MOMENTS[name], "-m", "pytest", "-q", "-m", "clock", *MARKED, f"--basetemp={tmp_path / 'there'}")
    assert " passed" in said
