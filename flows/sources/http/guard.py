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
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Nobody's on the internet, though the standard library calls them global: a cloud's machine service, deprecated
# relays and sites, protocol assignments, tunnels, segment routing, documentation.
LOCAL = [ipaddress.ip_network(one) for one in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")]
LOCAL += [ipaddress.ip_network(one) for one in ("fec0::/10", "2001::/23", "3fff::/20", "5f00::/16")]
LISTING = "list it under allowed_private if it is yours and meant"
GRANTING = "it is listed under allowed_private, but not in VIGIE_ALLOWED_PRIVATE, which whoever runs Vigie sets"


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system's resolver has them; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Listed:
    """Private hosts, addresses and networks, each perhaps with the one port that is meant (`host:port`)."""

    def __init__(self, items: Iterable[str]) -> None:
        """What is no address or network is the name of a host."""
        self._items: list[tuple[str | Network, int | None]] = []
        for item in map(str.strip, items):
            place, _, port = item.rpartition(":")
            has_port = port.isdecimal() and bool(place) and (":" not in place or place.endswith("]"))
            self._items.append((_place(place if has_port else item), int(port) if has_port else None))

    def cover(self, host: str, addresses: Sequence[Address], port: int) -> bool:
        """Say whether a host is listed by its name, or by one of its address's spellings, for a port."""
        return any(
            wanted in {None, port}
            and (place == host if isinstance(place, str) else any(one in place for one in addresses))
            for place, wanted in self._items
        )


class Guard:
    """Says which addresses may be asked."""

    def __init__(
        self, allowed: Iterable[str] = (), granted: Iterable[str] = (), resolve: Resolve = resolve
    ) -> None:
        """`allowed` is a source's list of what is private and meant; it counts where `granted`, the environment's
        list, has it, too.
        """
        self._resolve = resolve
        self._lists = [(Listed(allowed), LISTING), (Listed(granted), GRANTING)]

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
        """Resolve a host; raises AddressRefused if any of its addresses is private and not listed twice."""
        where = f"{host}:{port}"
        try:
            found = list(self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve ({error})") from error
        for text in found:
            address = ipaddress.ip_address(text)
            inner = _inner(address)
            if _is_public(inner):
                continue
            for listed, advice in self._lists:
                if not listed.cover(host.lower().rstrip("."), (address, inner), port):
                    raise AddressRefused(where, f"it leads to {text}, a private or reserved network; {advice}")
        return found


def _place(text: str) -> str | Network:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return text.lower().rstrip(".")


def _is_public(address: Address) -> bool:
    is_local = not address.is_global or address.is_multicast or address.is_reserved
    return not is_local and not any(address in network for network in LOCAL)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


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
