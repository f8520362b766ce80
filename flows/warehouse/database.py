"""One way in to the warehouse: where it is, a connection to it, and the locks that keep work apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from flows.errors import BusyError, SettingError
from flows.settings import Settings, settings

LEAST_POSTGRES = 15  # the oldest version that the tests run on
# Statements and locks end soon after the process whose they are, and after a machine that lost its power or network
# and never says goodbye: the server asks.
ENDS = (
    "-c client_connection_check_interval=1s -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5"
    " -c tcp_keepalives_count=3"
)
# Others may make schemas here, one of our role's name among them, and what they put there is no operator of ours.
NAMES = "-c search_path=pg_catalog"
SESSION = f"{ENDS} {NAMES}"
Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]


def warehouse_url(config: Settings | None = None) -> str:
    """URL of the warehouse: the configured one, or the embedded server's, which is started if needed."""
    config = config or settings()
    if config.database_url:
        return config.database_url.get_secret_value()
    from flows.warehouse import server  # not needed with a Postgres of one's own

    return server.start(config.home_path)


def role_url(role: str, config: Settings | None = None) -> str | None:
    """URL of the embedded warehouse as another role; None with a Postgres of one's own."""
    config = config or settings()
    if config.database_url:
        return None
    from flows.warehouse import server  # not needed with a Postgres of one's own

    return server.start(config.home_path, role)


def app_url(config: Settings | None = None) -> str:
    """URL of the warehouse as the app's role, which reads marts and adds decisions and can do nothing else.

    With a Postgres of one's own: VIGIE_APP_DATABASE_URL, or the pipeline's URL where that is not set.
    """
    config = config or settings()
    if config.app_database_url:
        return config.app_database_url.get_secret_value()
    return role_url("vigie_app", config) or warehouse_url(config)


def app_role(config: Settings | None = None) -> str:
    """Name of the role that the app signs in as."""
    return server_parameters(app_url(config))["user"]


def analyst_url(config: Settings | None = None) -> str:
    """URL of the warehouse as the analysts' role; SettingError where it is not ours to know."""
    config = config or settings()
    if config.analyst_database_url:
        return config.analyst_database_url.get_secret_value()
    if url := role_url("vigie_analyst", config):
        return url
    raise SettingError(
        "with a Postgres of your own, analysts need a role of theirs: set VIGIE_ANALYST_DATABASE_URL"
        " (docs/roles.md); VIGIE_DATABASE_URL is the pipeline's, which owns everything"
    )


def connect(config: Settings | None = None, *, autocommit: bool = True) -> Connection:
    """Open a connection to the warehouse, its schema brought up to date.

    Raises SettingError when the server does not answer, ForeignError when what is there is not ours.
    """
    config = config or settings()
    connection, url = _open(config, SESSION, autocommit=autocommit)
    from flows.warehouse.migrate import migrate  # it needs this module

    try:
        migrate(connection, url)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_read_only(config: Settings | None = None) -> Connection:
    """Open a connection that can change nothing, to whatever is there: a warehouse or none, ours or not."""
    return _open(config or settings(), f"{SESSION} -c default_transaction_read_only=on")[0]


def _open(config: Settings, options: str, *, autocommit: bool = True) -> tuple[Connection, str]:
    """Open a connection and return it with its URL; SettingError where none answers that can serve."""
    url = warehouse_url(config)
    try:
        connection = psycopg.connect(
            url, autocommit=autocommit, application_name="vigie", connect_timeout=10, options=options
        )
    except psycopg.OperationalError as error:
        where = "VIGIE_DATABASE_URL" if config.database_url else "the embedded Postgres"
        raise SettingError(f"{where} does not answer: {str(error).strip().splitlines()[-1]}") from error
    if connection.info.server_version < LEAST_POSTGRES * 10000:
        version = connection.info.parameter_status("server_version")
        connection.close()
        raise SettingError(f"Vigie needs Postgres {LEAST_POSTGRES} or newer, this is {version}: upgrade it")
    row = connection.execute("select pg_backend_pid()").fetchone()
    if not autocommit:
        connection.rollback()
    if row and row[0] != connection.info.backend_pid:  # the session that answers is not the one that was opened
        connection.close()
        raise SettingError(
            "VIGIE_DATABASE_URL leads through a connection pooler, and Vigie's locks belong to a session of"
            " Postgres, which a pooler hands from one client to the next: give the address of Postgres itself"
        )
    return connection, url


def server_parameters(url: str) -> dict[str, str]:
    """Host, port, user, password and database of a Postgres URL, as dbt's profile wants them."""
    given = conninfo_to_dict(url)
    return {
        "host": str(given.get("host") or "localhost"),
        "port": str(given.get("port") or 5432),
        "user": str(given.get("user") or "postgres"),
        "password": str(given.get("password") or ""),
        "dbname": str(given.get("dbname") or given.get("user") or "postgres"),
    }


def tls_environment(url: str) -> dict[str, str]:
    """What a Postgres URL asks of the server's identity (`sslmode` and its kin), as variables of the environment.

    Postgres's own library reads them, which dbt connects by, and asyncpg, which Prefect does.
    """
    given = conninfo_to_dict(url)
    names = {o.keyword.decode(): o.envvar.decode() for o in psycopg.pq.Conninfo.get_defaults() if o.envvar}
    wanted = (name for name in names if name.startswith("ssl") or name in {"channel_binding", "require_auth"})
    return {names[name]: str(given[name]) for name in wanted if name in given}


def prefect_url(config: Settings | None = None) -> str:
    """SQLAlchemy URL of Prefect's own database, made beside the warehouse if it is missing."""
    config = config or settings()
    if config.prefect_database_url:
        return config.prefect_database_url.get_secret_value()
    from flows.warehouse.prefect_database import prefect_database  # it needs this module

    url = warehouse_url(config)
    with connect(config) as connection:
        database = prefect_database(connection, is_embedded=config.database_url is None)
    from sqlalchemy.engine import URL  # 0.2 s, only here

    place = server_parameters(url)
    socket = place["host"].startswith("/")
    return URL.create(
        "postgresql+asyncpg",
        place["user"],
        place["password"],
        None if socket else place["host"],
        None if socket else int(place["port"]),
        database,
        {"host": place["host"], "port": place["port"]} if socket else {},
    ).render_as_string(hide_password=False)


@contextmanager
def locked(
    connection: Connection, name: str, *, patience: float = 0, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the advisory lock `name` for this session, waiting at most `patience` seconds for it.

    Postgres frees it when the holder's connection ends, however it ends. Raises BusyError.
    """
    deadline = time.monotonic() + patience
    told = False
    while not _try_lock(connection, name):
        if time.monotonic() > deadline:
            raise BusyError(f"another process is busy with '{name}'; wait for it to end, then run this again")
        if waiting and not told:
            waiting()
            told = True
        time.sleep(0.2)
    try:
        yield
    finally:
        close_if_busy(connection)
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (f"vigie:{name}",))


def close_if_busy(connection: Connection) -> None:
    """Close a connection whose statement was cut off by a signal: nothing can be said on it any more."""
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
        connection.close()


def _try_lock(connection: Connection, name: str) -> bool:
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (f"vigie:{name}",)).fetchone()
    return bool(row and row[0])


def table(schema: str, name: str) -> sql.Identifier:
    """Quote a table's name for composing SQL."""
    return sql.Identifier(schema, name)


def is_locked(connection: Connection, name: str) -> bool:
    """Whether any session, on whatever machine, holds the advisory lock `name` now."""
    row = connection.execute(
        "select exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and granted"
        " and database = (select oid from pg_database where datname = current_database())"
        " and (classid::bigint << 32) | objid::bigint = hashtextextended(%s, 0))",
        (f"vigie:{name}",),
    ).fetchone()
    return bool(row and row[0])
