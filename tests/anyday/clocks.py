"""Moments at which tests that rely on today fail, and a clock that shows them to every process that a test starts.

The clock is a small library of our own, built with the machine's C compiler: Debian's libfaketime (0.9.10) breaks
either the sleeps or the events of Python 3.11, since it cannot leave the monotonic clock alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from calendar import SUNDAY, isleap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCE = Path(__file__).with_name("clock.c")


class NoClock(Exception):
    """This machine cannot show another time; the message says what it lacks."""


@dataclass(frozen=True)
class Moment:
    """A moment in the future (UTC), and the zone of a machine that lives it."""

    name: str
    at: datetime
    zone: str

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M} UTC in {self.zone}"


def moments(now: datetime) -> list[Moment]:
    """The days to come that matter. A change of the clocks, and of the year, comes minutes after its moment."""
    leap = next(year for year in range(now.year, now.year + 9) if isleap(year) and _leap_day(year) > now)
    return [
        Moment("in-40-days", now + timedelta(days=40), "UTC"),
        Moment("in-400-days", now + timedelta(days=400), "America/New_York"),
        Moment("leap-day", _leap_day(leap), "Pacific/Auckland"),
        Moment("spring", _next(now, lambda year: _last_sunday(year, 3)), "Europe/Paris"),
        Moment("autumn", _next(now, lambda year: _last_sunday(year, 10)), "Europe/Paris"),
        Moment("new-year", _next(now, lambda year: datetime(year, 12, 31, 23, 58, tzinfo=UTC)), "UTC"),
    ]


@contextmanager
def clock(moment: Moment) -> Iterator[Mapping[str, str]]:
    """Build the clock; yields the environment in which a process and all that it starts live the moment.

    Raises NoClock where that cannot be had.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or not compiler:
        raise NoClock("another day's clock needs Linux and a C compiler: apt-get install gcc libc6-dev")
    with TemporaryDirectory(prefix="vigie-clock-") as folder:
        library = Path(folder) / "clock.so"
        built = subprocess.run(
            [compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if built.returncode:
            raise NoClock(f"another day's clock cannot be built: {built.stderr.strip()}")
        for path in (Path(folder), library):  # Postgres, started by root, runs as another user
            path.chmod(0o755)
        since = int(time.time())
        ahead = int(moment.at.timestamp()) - since
        yield os.environ | {
            "LD_PRELOAD": str(library), "CLOCK_AHEAD": str(ahead), "CLOCK_SINCE": str(since), "TZ": moment.zone
        }  # fmt: skip


def _leap_day(year: int) -> datetime:
    return datetime(year, 2, 29, 12, tzinfo=UTC)


def _last_sunday(year: int, month: int) -> datetime:
    """Two minutes before clocks change in Europe."""
    end = datetime(year, month, 31, 0, 58, tzinfo=UTC)
    return end - timedelta(days=(end.weekday() - SUNDAY) % 7)


def _next(now: datetime, of_year: Callable[[int], datetime]) -> datetime:
    return next(at for at in map(of_year, (now.year, now.year + 1)) if at > now)
