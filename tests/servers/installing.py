"""Servers written by others, for tests end to end: fetch, unpack, start on loopback, stop, or skip with the reason.

Nothing is installed into the system: packages are unpacked into a cache of the user's own (XDG_CACHE_HOME), and
stay there. A server's test skips where its package cannot be had or cannot run.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.waiting import PATIENCE

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vigie-tests"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def run(
    *command: str | Path, folder: Path | None = None, patience: float = 120, given: str = "", **env: str
) -> str:
    """Run a command and return what it printed; skips with the reason where it fails."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{name} cannot be run: {error}")
    if done.returncode:
        pytest.skip(f"{name} failed ({done.returncode}): {_last_words(done.stderr or done.stdout)}")
    return done.stdout


def debian_package(name: str, suite: str) -> Path:
    """Return the folder that a package of a Debian suite is unpacked in, fetched by apt from the machine's mirror.

    The suite need not be the machine's own; dependencies are not fetched.
    """
    root = CACHE / f"{suite}-{name}"
    if root.is_dir():
        return root
    if not shutil.which("apt-get") or not KEYRING.is_file():
        pytest.skip(f"{name} is fetched by apt, and this is no Debian")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as text:
        folder = Path(text)
        for place in ("lists/partial", "archives/partial", "unpacked"):
            (folder / place).mkdir(parents=True)
        sources = folder / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n")
        apt = [
            "apt-get", "-q", "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-",
            "-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}",
            "-o", "Acquire::Languages=none", "-o", "APT::Sandbox::User=root",
        ]  # fmt: skip
        run(*apt, "update", patience=300)
        run(*apt, "download", name, folder=folder, patience=300)
        run("dpkg-deb", "-x", next(folder.glob(f"{name}_*.deb")), folder / "unpacked")
        (folder / "unpacked").rename(root)
    return root


def needs_libraries(program: Path) -> None:
    """Skip where the machine lacks a library that a program is linked with."""
    missing = re.findall(r"(\S+) => not found", run("ldd", program))
    if missing:
        pytest.skip(f"{program.name} needs libraries that are not installed: {', '.join(missing)}")


def listens(port: int) -> Callable[[], bool]:
    """Return a check that somebody listens on a port of 127.0.0.1."""

    def check() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return check


@contextmanager
def started(
    *command: str | Path, ready: Callable[[], bool], log: Path, patience: float = PATIENCE, **env: str
) -> Iterator[None]:
    """Run a server until the block ends, with whatever it starts itself; skips where it does not come up."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | env,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + patience
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip(
                    f"{Path(command[0]).name} does not come up: {_last_words(log.read_text('utf-8', 'replace'))}"
                )
            time.sleep(0.05)
        yield
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        return


def _mirror() -> str:
    """The mirror that apt is configured with."""
    for uri in run("apt-get", "indextargets", "--format", "$(REPO_URI)").split():
        if uri.rstrip("/").endswith("/debian"):
            return uri
    return pytest.skip("apt is configured with no mirror of Debian")


def _last_words(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-3:])[-500:]
