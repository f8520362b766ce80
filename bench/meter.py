"""What a stage of work costs: seconds, CPU seconds and peak memory, of this process and of Postgres' own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass
class Cost:
    """Seconds by the clock, CPU seconds of Python and of Postgres, and the most memory each held (MB).

    Memory is what a process has to itself (RssAnon), so that shared buffers are not counted once a backend.
    """

    seconds: float = 0.0
    python_cpu: float = 0.0
    postgres_cpu: float = 0.0
    python_mb: float = 0.0
    postgres_mb: float = 0.0

    def row(self) -> str:
        """As cells of a table."""
        cpu, memory = (
            f"{self.python_cpu:.1f} | {self.postgres_cpu:.1f}",
            f"{self.python_mb:.0f} | {self.postgres_mb:.0f}",
        )
        return f"{self.seconds:.1f} | {cpu} | {memory}"


class Meter:
    """Reads /proc (Linux) ten times a second while a stage runs."""

    def __init__(self, postmaster: int | None) -> None:
        """`postmaster` is the server's process; None for one elsewhere, which then counts as nothing."""
        self._postmaster = postmaster

    @contextmanager
    def stage(self) -> Iterator[Cost]:
        """Measure what the block does."""
        cost, over = Cost(), threading.Event()
        sampler = threading.Thread(target=self._sample, args=(cost, over), daemon=True)
        started, python, postgres = time.perf_counter(), time.process_time(), self._postgres_cpu()
        sampler.start()
        try:
            yield cost
        finally:
            over.set()
            sampler.join()
            cost.seconds = time.perf_counter() - started
            cost.python_cpu = time.process_time() - python
            cost.postgres_cpu = self._postgres_cpu() - postgres

    def _sample(self, cost: Cost, over: threading.Event) -> None:
        while not over.wait(0.1):
            cost.python_mb = max(cost.python_mb, _own_memory(os.getpid()))
            cost.postgres_mb = max(cost.postgres_mb, sum(map(_own_memory, self._backends())))

    def _backends(self) -> list[int]:
        if self._postmaster is None:
            return []
        try:
            listed = (PROC / str(self._postmaster) / "task" / str(self._postmaster) / "children").read_text()
        except OSError:
            return []
        return [self._postmaster, *map(int, listed.split())]

    def _postgres_cpu(self) -> float:
        """CPU seconds of the server: those of processes that ended, and of those that run."""
        total = 0
        for pid in self._backends():
            try:
                fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ended = fields[13:15] if pid == self._postmaster else []
            total += sum(map(int, [*fields[11:13], *ended]))
        return total / TICK


def _own_memory(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1000 for line in lines if line.startswith("RssAnon"))
