"""The Postgres servers that this machine has beside the embedded one, each in a cluster of its own for a while.

`python -m tests.servers.postgres tests/marts …` runs pytest on each of them with VIGIE_DATABASE_URL set.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg

from flows.settings import PROJECT
from flows.warehouse.database import LEAST_POSTGRES
from flows.warehouse.roles import PIPELINE

PLACES = Path("/usr/lib/postgresql")  # where Debian and its kin put the programs of each version
PASSWORD = "of-a-test"
NONE_HERE = "this machine has no Postgres server but the embedded one: apt-get install postgresql"


@dataclass(frozen=True)
class Installed:
    """A server's programs and its major version."""

    version: int
    programs: Path

    def __str__(self) -> str:
        return f"postgres-{self.version}"


def installed() -> list[Installed]:
    """Servers from Vigie's least version on, oldest first."""
    found = [Installed(int(p.name), p / "bin") for p in PLACES.glob("[0-9]*") if (p / "bin" / "initdb").exists()]
    return sorted((s for s in found if s.version >= LEAST_POSTGRES), key=lambda s: s.version)


@contextmanager
def running(server: Installed) -> Iterator[str]:
    """Start a server with the roles and the database of docs/roles.md and its own defaults; the pipeline's URL."""
    user = "postgres" if os.getuid() == 0 else None  # Postgres refuses to run as root
    with TemporaryDirectory(prefix="vigie-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            subprocess.run(["chown", user, folder], check=True)
        data = folder / "data"
        make = [server.programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*make, "--locale=C.UTF-8"], check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")
        # A socket alone: no port to find taken.
        start = [server.programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(start, user=user, stdout=log, stderr=log, cwd="/")
        try:
            _make_database(f"postgresql://postgres@/postgres?host={quote(name)}")
            yield f"postgresql://{PIPELINE}:{PASSWORD}@/vigie?host={quote(name)}"
        finally:
            process.terminate()
            process.wait()


def _make_database(url: str) -> None:
    """Run what the guide tells whoever brings a Postgres of their own."""
    guide = (PROJECT / "docs" / "roles.md").read_text()
    script = re.search(r"```sql\n(.*?)```", guide, re.DOTALL)
    assert script, "docs/roles.md no longer says how roles are made"
    with _connected(url) as connection:
        for statement in script[1].replace("…", PASSWORD).split(";"):
            if statement.strip():
                connection.execute(statement.encode())


def _connected(url: str, patience: float = 60) -> psycopg.Connection[tuple[object, ...]]:
    """Connect once the server answers."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def main(arguments: list[str]) -> int:
    """Run pytest on every server; 0 when all passed, or there is none."""
    codes = []
    for server in installed():
        print(f"\n{server}: pytest {' '.join(arguments)}", flush=True)
        with running(server) as url:
            given = os.environ | {"VIGIE_DATABASE_URL": url}
            command = [sys.executable, "-m", "pytest", *arguments]
            codes.append(subprocess.run(command, env=given, check=False).returncode)
    if not codes:
        print(f"skipped: {NONE_HERE}")
    return max(codes, default=0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
