"""Ports of tests that run at once: no two get the same, and the system gives none of them away."""

from __future__ import annotations

import subprocess
import sys

from flows.settings import PROJECT
from tests.helpers.ports import PORTS, free_port

MANY = 400
ASK = f"""
from tests.helpers.ports import free_port
print(*(free_port() for _ in range({MANY})), flush=True)
input()
"""


def test_no_two_processes_of_tests_get_the_same_port() -> None:
    # Given processes that take many ports at once, and hold them
    command = [sys.executable, "-c", ASK]
    pipe = subprocess.PIPE
    others = [subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    try:
        given = [free_port() for _ in range(MANY)]
        for other in others:
            assert other.stdout
            given += map(int, other.stdout.readline().split())
    finally:
        for other in others:
            other.communicate("\n")

    # Then each has its own, below those that the system gives to connections
    assert len(given) == len(set(given)) == 4 * MANY
    assert set(given) <= set(PORTS)
    assert max(given) < 32_768
