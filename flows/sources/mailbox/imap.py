"""An IMAP server, read only: a connection to checked addresses, answers within bounds, mails by UID."""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import httpcore

from flows.errors import SourceError
from flows.sources.http import AddressRefused
from flows.sources.http.guard import Guard
from flows.sources.mailbox.config import ImapServer
from flows.sources.mailbox.names import by_use, encoded, quoted

LONGEST_LINE = 1_000_000
SLACK_BYTES = 100_000
SEARCHED = 80_000  # UIDs of ten digits that fit into a line of an answer
SILENCE_SECONDS = 60.0
UID = re.compile(rb"UID (\d+)")
INTERNAL_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
QUOTED_BODY = re.compile(rb'BODY\[\](?:<0>)? (?:NIL|"((?:[^"\\]|\\.)*)")', re.DOTALL)


@dataclass(frozen=True)
class Opened:
    """A folder as it stands: the era of its UIDs, the next UID (None: not told), and how many mails it has."""

    name: str
    uidvalidity: int
    uidnext: int | None
    exists: int


@dataclass(frozen=True)
class Fetched:
    """A mail as the server gave it; `content` is cut at the most that was asked for."""

    uid: int
    content: bytes
    received: str | None
    size: int


class FolderRefused(SourceError):
    """A folder cannot be opened."""


class Wire(imaplib.IMAP4):
    """The protocol over a connection that goes to checked addresses and never waits or holds more than it may."""

    def __init__(
        self, server: ImapServer, guard: Guard, most: int, spend: Callable[[int], float], security: ssl.SSLContext
    ) -> None:
        """`spend` is told of bytes that came and says how many seconds are left; `most` bytes are one answer's."""
        self._server = server
        self._guard = guard
        self._most = most
        self._spend = spend
        self._security = security
        self._buffer = bytearray()
        super().__init__(server.host, server.port, SILENCE_SECONDS)
        if server.security == "starttls":
            try:
                self.starttls(security)
            except BaseException:
                with contextlib.suppress(OSError):
                    self.shutdown()
                raise
            self._buffer.clear()  # what was said before the connection was private does not count

    def _create_socket(self, timeout: float | None) -> socket.socket:
        failure: OSError = OSError(f"{self._server.host} has no address")
        for address in self._guard.addresses(self._server.host, self._server.port):
            if self._server.security == "none" and not ipaddress.ip_address(address).is_loopback:
                where = f"{self._server.host}:{self._server.port}"
                raise AddressRefused(where, "a password goes to this machine only, or over tls or starttls")
            try:
                plain = socket.create_connection((address, self._server.port), timeout)
            except OSError as error:
                failure = error
                continue
            if self._server.security != "tls":
                return plain
            try:
                return self._security.wrap_socket(plain, server_hostname=self._server.host)
            except BaseException:
                plain.close()
                raise
        raise failure

    def readline(self) -> bytes:
        """Read a line of an answer."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LONGEST_LINE:
                raise self.abort(f"a line of its answer has more than {LONGEST_LINE:,} bytes")
            if not self._more():
                return b""
        return self._taken(end + 1)

    def read(self, size: int) -> bytes:
        """Read so many bytes of an answer."""
        if size > self._most:
            raise self.abort(f"it sends {size:,} bytes where {self._most:,} may be")
        while len(self._buffer) < size:
            if not self._more():
                raise self.abort("the connection ended in the middle of a mail")
        return self._taken(size)

    def _more(self) -> bool:
        left = self._spend(0)
        self.sock.settimeout(max(0.01, min(left, SILENCE_SECONDS)))
        try:
            came = self.sock.recv(65_536)
        except TimeoutError:
            self._spend(0)
            raise
        self._spend(len(came))
        self._buffer += came
        return bool(came)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class Imap:
    """A session of one account. Every failure is a SourceError that names the server, never the password."""

    def __init__(
        self, server: ImapServer, password: str, guard: Guard, most_of_mail: int, spend: Callable[[int], float]
    ) -> None:
        """Connect and log in."""
        self._where = f"{server.host}:{server.port}"
        self.most = most_of_mail
        self._uses: dict[str, str] | None = None
        with self._telling():
            self._wire = Wire(server, guard, most_of_mail + SLACK_BYTES, spend, _trusted(server.ca_file))
        try:
            self._log_in(server.user, password)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Use it in a with block: it logs out."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log out where that is polite, and close the connection."""
        if error is None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError, SourceError):
                self._wire.logout()
        self.close()

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._wire.shutdown()

    def open(self, name: str) -> Opened:
        """Open a folder, for reading only: by its name, or by its use (`\\Sent`). Raises FolderRefused."""
        found = self._by_use(name) if name.startswith("\\") else encoded(name)
        if found is None:
            raise FolderRefused(f"{self._where}: no folder is marked as {name}: give its name instead")
        with self._telling():
            kind, answer = self._wire.select(quoted(found), readonly=True)
            if kind != "OK":
                raise FolderRefused(f"{self._where}: folder {name}: {_text(answer)}")
            era, following = (self._number(code) for code in ("UIDVALIDITY", "UIDNEXT"))
            return Opened(found, era or 0, following, int(answer[0] or 0))

    def search(self, opened: Opened, after: int, *criteria: str) -> Iterator[list[int]]:
        """Yield the UIDs beyond one that meet the criteria, ascending, in lists that fit a line."""
        width = SEARCHED if opened.exists > SEARCHED and opened.uidnext else None
        begins = after + 1
        while True:
            ends = begins + width - 1 if width else None
            with self._telling():
                answer = self._ok(self._wire.uid("SEARCH", "UID", f"{begins}:{ends or '*'}", *criteria))
            uids = sorted({int(one) for line in answer if line for one in line.split()})
            yield [uid for uid in uids if uid >= begins]  # n:* always has the last mail, an old one too
            if ends is None or ends >= (opened.uidnext or 0) - 1:
                return
            begins = ends + 1

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Bytes of each mail that is still there."""
        with self._telling():
            answer = self._ok(self._wire.uid("FETCH", _set(uids), "(UID RFC822.SIZE)"))
        return {_found(UID, text): _found(SIZE, text) for text, _ in _items(answer) if UID.search(text)}

    def fetch(self, uids: Sequence[int]) -> tuple[list[Fetched], list[tuple[int, str]]]:
        """Mails by UID, without marking them as read, and those the server refuses to give, with its words."""
        with self._telling():
            what = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{self.most}>)"
            kind, answer = self._wire.uid("FETCH", _set(uids), what)
        if kind != "OK" and len(uids) > 1:
            halves = [self.fetch(uids[: len(uids) // 2]), self.fetch(uids[len(uids) // 2 :])]
            return [one for got, _ in halves for one in got], [one for _, refused in halves for one in refused]
        if kind != "OK":
            return [], [(uids[0], _text(answer))]
        found = []
        for text, content in _items(answer):
            uid = _found(UID, text)
            if uid in uids and content is not None:
                date = INTERNAL_DATE.search(text)
                received = date.group(1).decode("ascii", "replace").strip() if date else None
                found.append(Fetched(uid, content, received, _found(SIZE, text) or len(content)))
        return sorted(found, key=lambda one: one.uid), []

    def _log_in(self, user: str, password: str) -> None:
        try:
            with self._telling():
                if "AUTH=PLAIN" in self._wire.capabilities:
                    self._wire.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
                else:
                    self._wire.login(user, password)
        except UnicodeError:
            raise SourceError(f"{self._where}: it takes passwords of plain letters only") from None

    def _by_use(self, use: str) -> str | None:
        if self._uses is None:
            with self._telling():
                self._uses = by_use(self._ok(self._wire.list()))
        return self._uses.get(use.lower())

    def _number(self, code: str) -> int | None:
        _, answer = self._wire.response(code)
        value = answer[-1] if answer else None
        return int(value) if value else None

    def _ok(self, answer: tuple[str, list[Any]]) -> list[Any]:
        if answer[0] != "OK":
            raise SourceError(f"{self._where}: {_text(answer[1])}")
        return answer[1]

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (SourceError, UnicodeError):
            raise
        except (imaplib.IMAP4.error, OSError, ValueError, httpcore.ConnectError) as error:
            raise SourceError(f"{self._where}: {str(error) or type(error).__name__}") from error


@lru_cache
def _trusted(ca_file: str | None) -> ssl.SSLContext:
    """The authorities that certificates may come from; reading them takes a tenth of a second, so once."""
    return ssl.create_default_context(cafile=ca_file)


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _found(pattern: re.Pattern[bytes], text: bytes) -> int:
    match = pattern.search(text)
    return int(match.group(1)) if match else 0


def _text(answer: Sequence[Any]) -> str:
    return " ".join(one.decode("utf-8", "replace") for one in answer if isinstance(one, bytes)) or "it says no"


def _items(answer: Sequence[Any]) -> Iterator[tuple[bytes, bytes | None]]:
    """A FETCH answer mail by mail: what stands around the literal, and the literal."""
    text, content = b"", None
    for item in answer:
        if isinstance(item, tuple):
            text += item[0]
            content = item[1]
            continue
        text += item or b""
        if text.rstrip().endswith(b")") or content is None:
            body = QUOTED_BODY.search(text) if content is None else None
            if body:
                content = re.sub(rb"\\(.)", rb"\1", body.group(1) or b"")
            yield text, content
            text, content = b"", None
