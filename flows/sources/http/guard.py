"""Addresses are user input: nothing of ours is reached through them (server-side request forgery, OWASP).

Every name is resolved here, each of its addresses is checked, and the connection is made to a checked address:
a name that resolves to something else a moment later gains nothing. Redirects come through here like any hop.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from ssl import SSLContext
from typing import Any, TypeAlias

import httpcore
import httpx

from flows.sources.http.errors import AddressRefused

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LISTING = "list it under allowed_private if it is yours and meant"


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system's resolver has them; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Says which addresses may be asked."""

    def __init__(self, allowed: Iterable[str] = (), resolve: Resolve = resolve) -> None:
        """`allowed` holds host names, addresses and networks that are private and meant."""
        self._resolve = resolve
        self._hosts: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for item in allowed:
            try:
                self._networks.append(ipaddress.ip_network(item.strip("[] "), strict=False))
            except ValueError:
                self._hosts.add(item.strip().lower().rstrip("."))

    def parse(self, text: str) -> httpx.URL:
        """Return the address if its form is one we ask; raises AddressRefused."""
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError) as error:
            raise AddressRefused(text, f"this is no address ({error})") from error
        if url.scheme not in {"http", "https"} or not url.host or "%" in url.host:
            raise AddressRefused(text, "only http:// and https:// addresses with a host are asked")
        if url.userinfo:
            raise AddressRefused(f"{url.scheme}://{url.host}/", "an address must not carry a user or password")
        return url.copy_with(fragment=None)

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host; raises AddressRefused if any of its addresses is private and not listed."""
        where = f"{host}:{port}"
        try:
            found = list(self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve ({error})") from error
        if host.lower().rstrip(".") not in self._hosts:
            for text in found:
                if self._is_refused(ipaddress.ip_address(text)):
                    raise AddressRefused(where, f"it leads to {text}, a private or reserved network; {LISTING}")
        return found

    def _is_refused(self, address: Address) -> bool:
        inner = _inner(address)
        if inner.is_global and not inner.is_multicast and not inner.is_reserved:
            return False
        return not any(candidate in network for network in self._networks for candidate in (address, inner))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, 6to4, Teredo, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


class Stream(httpcore.NetworkStream):
    """A connection on which no answer lasts beyond a deadline, however slowly it drips."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        """`left` says how many seconds the answer under way still has."""
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, for as long as the answer has."""
        left = self._left()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return self._inner.read(max_bytes, min(left, timeout or left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, as the inner connection does."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on under TLS; the certificate is checked against the name, not the address."""
        return Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._left)

    def get_extra_info(self, info: str) -> Any:
        """Pass on what the inner connection knows."""
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, guard: Guard) -> None:
        """Nothing is opened before it is asked for."""
        self._guard = guard
        self._plain = httpcore.SyncBackend()
        self._deadline = float("inf")

    def start_answer(self, seconds: float) -> None:
        """Give the answer that is asked for now so many seconds, however it comes."""
        self._deadline = time.monotonic() + seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._guard.addresses(host, port):
            try:
                stream = self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return Stream(stream, lambda: self._deadline - time.monotonic())
        raise failure


class Body(httpx.SyncByteStream):
    """A response's body as it comes."""

    def __init__(self, response: httpcore.Response) -> None:
        """Hold the response open until it is closed."""
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body, undecoded."""
        yield from self._response.iter_stream()

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()


@lru_cache
def _trusted() -> SSLContext:
    """The authorities that certificates may come from; reading them takes a tenth of a second, so once."""
    return httpx.create_ssl_context()


class GuardedTransport(httpx.BaseTransport):
    """httpx's way to the network, through the guard. One connection a host: the client asks one at a time."""

    def __init__(self, guard: Guard) -> None:
        """Proxies of the environment are not used: behind one, nothing could be checked."""
        self.backend = Backend(guard)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            network_backend=self.backend,
            max_connections=10,
            max_keepalive_connections=5,
            keepalive_expiry=15,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response's body is read by whoever asked."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
