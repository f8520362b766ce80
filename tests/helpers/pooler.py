"""A server between a client and Postgres that gives each session a number of its own, as connection poolers do."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo


@contextmanager
def pooler(server_url: str) -> Iterator[str]:
    """Stand before a Postgres, and give a URL of it that leads through here."""
    given = conninfo_to_dict(server_url)
    host, port = str(given["host"]), str(given["port"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, host, port), daemon=True).start()
        own = {"host": "127.0.0.1", "port": listening.getsockname()[1], "sslmode": "disable"}
        yield make_conninfo(server_url, **own)


def _connected(host: str, port: str) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, int(port)))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _serve(listening: socket.socket, host: str, port: str) -> None:
    with suppress(OSError):  # the test has ended
        while True:
            client, _ = listening.accept()
            server = _connected(host, port)
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(_renumbered(data))
        other.shutdown(socket.SHUT_WR)


def _renumbered(data: bytes) -> bytes:
    """The message that tells a session's number is `K`, its length, the number and a key; it comes before `Z`."""
    place = data.find(b"K\x00\x00\x00\x0c")
    if place < 0 or b"Z\x00\x00\x00\x05" not in data[place:]:
        return data
    return data[: place + 5] + struct.pack("!i", 971_793_197) + data[place + 9 :]
