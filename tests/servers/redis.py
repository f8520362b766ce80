"""Redis (Debian's packages, unpacked into a cache) on loopback, for servers that keep their data there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.ports import free_port
from tests.servers.installing import debian_package, listens, run, started

PACKAGES = ("redis-tools", "libjemalloc2", "liblzf1")
PROGRAM = "usr/bin/redis-check-rdb"  # Debian's server is a link to it


def redis_program() -> tuple[Path, dict[str, str]]:
    """Return the server, and the environment that it needs; skips where it cannot be had."""
    roots = [debian_package(name, "bookworm") for name in PACKAGES]
    libraries = ":".join(str(root / "usr/lib/x86_64-linux-gnu") for root in roots)
    env = {"LD_LIBRARY_PATH": libraries}
    run("env", f"LD_LIBRARY_PATH={libraries}", roots[0] / PROGRAM, "--version")
    return roots[0] / PROGRAM, env


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Run a server whose dump is in `folder`, on a free port; yields the port."""
    program, env = redis_program()
    link = folder / "redis-server"
    if not link.exists():
        link.symlink_to(program)
    port = free_port()
    command = [
        link,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--save",
        "",
        "--dbfilename",
        "dump",
    ]
    with started(*command, ready=listens(port), log=folder / "redis.log", **env):
        yield port
