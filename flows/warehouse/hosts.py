"""What runs share of the hosts they ask, in the warehouse: all that read from one host pace it together.

A turn is a session's advisory lock: whoever has it is the only one to ask the host and to write its row, the others
queue, and Postgres frees it when a run's connection ends, however it ends. Times are the server's, so that the
clocks of workers need not agree.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from psycopg.errors import LockNotAvailable

from flows.settings import Settings
from flows.sources.http.hosts import FRESH, HostBusy, HostState
from flows.warehouse.database import Connection, connect

LONGEST = 2**31 - 1  # milliseconds, as Postgres counts a timeout
TURN = "select set_config('lock_timeout', %s, false), pg_advisory_lock(hashtextextended(%s, 0))"
END = "select pg_advisory_unlock(hashtextextended(%s, 0))"
STANDING = """
select
    greatest(0, extract(epoch from not_before - clock_timestamp()))::float8,
    greatest(0, extract(epoch from closed_until - clock_timestamp()))::float8,
    failures, why
from ops.hosts where host = %s
"""
PUT = """
insert into ops.hosts (host, not_before, closed_until, failures, why)
values (
    %s, clock_timestamp() + make_interval(secs => %s), clock_timestamp() + make_interval(secs => %s), %s, %s
)
on conflict (host) do update set
    not_before = excluded.not_before, closed_until = excluded.closed_until, failures = excluded.failures,
    why = excluded.why, updated_at = excluded.updated_at
"""
ROBOTS = "select content from ops.robots where origin = %s and read_at > clock_timestamp() - %s"
KEEP_ROBOTS = """
insert into ops.robots (origin, content) values (%s, %s)
on conflict (origin) do update set content = excluded.content, read_at = excluded.read_at
"""


class WarehouseHosts:
    """Hosts as all runs see them, over a connection of its own that is opened when a host is asked first.

    A context manager; one for each run.
    """

    def __init__(self, config: Settings | None = None) -> None:
        """`config` says where the warehouse is; unset, as everywhere."""
        self._config = config
        self._open: Connection | None = None
        self._one = threading.Lock()  # a session may take its lock twice

    def __enter__(self) -> Self:
        """Use it in a with block: it closes its connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection, and with it whatever turn it has."""
        if self._open:
            self._open.close()
            self._open = None

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            self._open = connect(self._config)
            self._open.execute("set statement_timeout = 0")
        return self._open

    @contextmanager
    def lock_host(self, host: str, timeout: float) -> Iterator[None]:
        """Ask this host alone while the block lasts; raises HostBusy after `timeout` seconds of waiting."""
        name, most = f"vigie:host {host}", str(min(LONGEST, max(1, int(timeout * 1000))))
        with self._one:
            connection = self._connection
            try:
                connection.execute(TURN, (most, name))
            except LockNotAvailable as error:
                raise HostBusy(host) from error
            try:
                yield
            finally:
                if not connection.closed:
                    connection.execute(END, (name,))

    def state(self, host: str) -> HostState:
        """Say how things stand; a host that nobody asked yet is free."""
        row = self._connection.execute(STANDING, (host,)).fetchone()
        return HostState(*row) if row else HostState()

    def put(self, host: str, state: HostState) -> None:
        """Let all runs know how things stand."""
        what = state.why[:1000].replace("\0", "")
        self._connection.execute(PUT, (host, state.wait, state.closed, state.failures, what))

    def robots(self, origin: str) -> str | None:
        """Return the robots.txt of an origin, where any run read it in the last day."""
        row = self._connection.execute(ROBOTS, (origin, FRESH)).fetchone()
        return str(row[0]) if row else None

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep a robots.txt that was read now."""
        self._connection.execute(KEEP_ROBOTS, (origin, text))
