"""Ports of a test's own: no test listens on a port that is written down, so that it runs beside anything."""

from __future__ import annotations

import fcntl
import os
import random
import socket
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from flows.settings import Settings

# Below those that the system gives to whoever connects to somewhere: none is taken before we listen on it.
PORTS = range(20_000, 32_000)
TAKEN = Path(gettempdir()) / f"vigie-tests-{os.getuid()}.ports"
_untried = iter(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on; other processes of tests get others while this lives."""
    for port in _untried:
        if _take(port) and _is_free(port):
            return port
    raise AssertionError(f"none of the ports {PORTS.start} to {PORTS.stop} is free")


def _take(port: int) -> bool:
    """Lock a port's byte of a file that all tests share; the system unlocks it when this process ends."""
    try:
        fcntl.lockf(_shared_file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _shared_file() -> int:
    """Descriptor of the file, which stays open: closed, it would unlock every port of ours."""
    return os.open(TAKEN, os.O_RDWR | os.O_CREAT, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def port_settings() -> dict[str, int]:
    """Every setting that names a port, by its variable, with its default."""
    fields = Settings.model_fields.items()
    return {f"VIGIE_{name.upper()}": int(field.default) for name, field in fields if name.endswith("_port")}


def own_ports() -> dict[str, str]:
    """Environment in which no setting names a port that somebody listens on."""
    return {variable: str(free_port()) for variable in port_settings()}
