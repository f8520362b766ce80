"""What a data engineer would check first, checked: each finding says what to do about it."""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flows.errors import VigieError
from flows.serving.checks import open_doors
from flows.settings import Settings
from flows.warehouse.database import Connection, connect
from flows.warehouse.migrate import current_version, latest_version
from flows.warehouse.roles import APP, missing_roles

LEAST_DISK_GB = 2
LATE_MINUTES = 30


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it is well, what was seen, what to do."""

    name: str
    is_well: bool
    seen: str
    advice: str = ""


def examine(config: Settings) -> Iterator[Finding]:
    """Check the machine, the warehouse, its roles, the sources, the marts, Prefect and the ports, in this order."""
    yield _python()
    yield _disk(config)
    try:
        connection = connect(config)
    except VigieError as error:
        yield Finding("Postgres", False, str(error), "start it, or correct VIGIE_DATABASE_URL")
        return
    with connection:
        checks: list[Callable[[Connection], Finding]] = [
            _postgres, _encoding, _schema, _roles, _app_reads_marts_only, _runs, _refreshes, _pages,
        ]  # fmt: skip
        for check in checks:
            yield check(connection)
    yield _prefect(config)
    yield _ports(config)


def _python() -> Finding:
    version = sys.version.split()[0]
    return Finding("Python", sys.version_info >= (3, 11), version, "Vigie needs Python 3.11 or newer")


def _disk(config: Settings) -> Finding:
    free = shutil.disk_usage(config.home_path).free / 1e9
    return Finding("disk", free > LEAST_DISK_GB, f"{free:.1f} GB free at {config.home_path}", "make room there")


def _postgres(connection: Connection) -> Finding:
    version = connection.info.server_version  # one that is too old was refused by connect()
    return Finding("Postgres", True, f"{version // 10000}.{version % 10000}")


def _encoding(connection: Connection) -> Finding:
    row = connection.execute("show server_encoding").fetchone()
    seen = str(row[0]) if row else "unknown"
    return Finding("encoding", seen == "UTF8", seen, "make the database with encoding UTF8")


def _schema(connection: Connection) -> Finding:
    seen = current_version(connection) or "none"
    return Finding("schema", seen == latest_version(), seen, "any command migrates: see the server's log")


def _roles(connection: Connection) -> Finding:
    missing = missing_roles(connection)
    seen = f"missing: {', '.join(missing)}" if missing else "pipeline, analyst, app"
    return Finding("roles", not missing, seen, "create them as docs/roles.md says, then run this again")


def _app_reads_marts_only(connection: Connection) -> Finding:
    """Ask Postgres itself what the app's role could read or write besides marts and decisions."""
    if APP in missing_roles(connection):
        return Finding("app's rights", False, "there is no such role", "see roles")
    rows = connection.execute(
        "select n.nspname || '.' || c.relname"
        " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where c.relkind in ('r', 'v', 'm', 'p')"
        " and n.nspname not in ('marts', 'pg_catalog', 'information_schema')"
        " and has_schema_privilege(%(app)s, n.oid, 'usage') and ("
        "  has_table_privilege(%(app)s, c.oid, 'update, delete, truncate')"
        "  or (n.nspname <> 'decisions' and has_table_privilege(%(app)s, c.oid, 'select, insert')))"
        " limit 5",
        {"app": APP},
    ).fetchall()
    seen = f"it reaches {', '.join(str(row[0]) for row in rows)}" if rows else "marts and decisions, nothing else"
    return Finding("app's rights", not rows, seen, f"revoke them from {APP}")


def _runs(connection: Connection) -> Finding:
    rows = connection.execute(
        "select distinct on (source) source, status, coalesce(error, '') from ops.runs"
        " order by source, started_at desc"
    ).fetchall()
    ill = {"failed", "interrupted"}
    bad = [f"{source} {status} {error[:80]}".strip() for source, status, error in rows if status in ill]
    return Finding("sources", not bad, "; ".join(bad) or f"{len(rows)}, all well", "run `vigie collect NAME` again")


def _refreshes(connection: Connection) -> Finding:
    row = connection.execute(
        "select status, coalesce(error, '') from ops.refreshes order by refresh_id desc limit 1"
    ).fetchone()
    status, error = row or ("never", "")
    well = status in {"done", "running", "never"}
    return Finding("refresh", well, f"{status} {error[:120]}".strip(), "`vigie refresh`")


def _pages(connection: Connection) -> Finding:
    row = connection.execute(
        "select count(*), coalesce(extract(epoch from now() - min(committed_at)) / 60, 0)::int"
        " from raw.batches where refresh_id is null and touches"
    ).fetchone()
    pages, minutes = row or (0, 0)
    seen = f"{pages} wait, the oldest for {minutes} min" if pages else "none waits"
    return Finding("pages", minutes < LATE_MINUTES, seen, "`vigie refresh`; is a worker running?")


def _ports(config: Settings) -> Finding:
    doors = open_doors(config)
    advice = "start them with `vigie up`, or as the Procfile does: docs/security.md"
    return Finding("ports", not doors, "; ".join(doors) or "strangers get nothing", advice)


def _prefect(config: Settings) -> Finding:
    try:
        with urllib.request.urlopen(f"{config.prefect_api_url}/health", timeout=3) as answer:  # noqa: S310
            return Finding("Prefect", answer.status == 200, f"answers at {config.prefect_url}")
    except (urllib.error.URLError, OSError):
        return Finding("Prefect", True, f"does not run at {config.prefect_url}; `vigie up` starts it")
