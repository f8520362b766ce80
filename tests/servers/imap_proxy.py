"""Stands between a source and a server on loopback: counts what passes, and breaks or slows the connection."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

BREAKS = ("none", "cut early", "cut", "drip", "silence")


@dataclass(frozen=True)
class Visit:
    """One connection: what spoils it, and when it was made."""

    fault: str
    at: float


class Proxy:
    """Passes bytes on to a port. From the server at most `most` bytes a connection, then it breaks; `drip`: one
    byte at a time with so many seconds between; `silent`: nothing more comes after so many bytes.
    """

    def __init__(self, to: int) -> None:
        self.most: int | None = None
        self.drip = 0.0
        self.silent: int | None = None
        self.connections = 0
        self.lines: list[bytes] = []
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def commands(self) -> list[str]:
        """What was asked for, a command each, without its tag."""
        lines = b"".join(self.lines).splitlines()
        return [line.split(b" ", 1)[1].decode("latin-1") for line in lines if b" " in line]

    def close(self) -> None:
        for one in [self._listening, *self._sockets]:
            with suppress(OSError):
                one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.arrive()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [client, server]
                self.connections += 1
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()
                threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def arrive(self) -> None:
        """A connection is made."""

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while came := client.recv(65_536):
                self.lines.append(came)
                server.sendall(came)
            server.shutdown(socket.SHUT_RDWR)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while came := server.recv(4_096):
                if self.most is not None:
                    came = came[: max(0, self.most - passed)]
                if self.silent is not None and passed + len(came) > self.silent:
                    continue
                passed += len(came)
                for at in range(len(came) if self.drip else 0):
                    client.sendall(came[at : at + 1])
                    time.sleep(self.drip)
                if not self.drip:
                    client.sendall(came)
                if self.most is not None and passed >= self.most:
                    break
        for one in (client, server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def imap_proxy(to: int) -> Iterator[Proxy]:
    """Run a proxy until the block ends."""
    proxy = Proxy(to)
    try:
        yield proxy
    finally:
        proxy.close()


class BreakingProxy(Proxy):
    """Spoils connections as a seed decides: cut in the greeting or anywhere, too slow, or silent from a byte on."""

    def __init__(self, to: int, seed: int) -> None:
        self.visits: list[Visit] = []
        self._random = Random(seed)
        super().__init__(to)

    def arrive(self) -> None:
        chance = self._random
        fault = "none" if chance.random() < 0.3 else chance.choice(BREAKS)
        self.visits.append(Visit(fault, time.monotonic()))
        self.most = {"cut early": chance.randrange(300), "cut": chance.randrange(300, 9000)}.get(fault)
        self.drip = 0.02 if fault == "drip" else 0.0
        self.silent = chance.randrange(9000) if fault == "silence" else None


@contextmanager
def breaking_imap_proxy(to: int, seed: int) -> Iterator[BreakingProxy]:
    """Run a proxy whose connections break until the block ends."""
    proxy = BreakingProxy(to, seed)
    try:
        yield proxy
    finally:
        proxy.close()
