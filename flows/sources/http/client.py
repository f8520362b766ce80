"""The polite client: one request at a time, paced by host, retried with patience, stopped by its budget."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from flows.sources.http.answer import Answer, HalfBody, TooLarge, Validators, decode
from flows.sources.http.errors import BadAnswer, HostResting, HttpError, StatusError, Unreachable
from flows.sources.http.guard import Guard, GuardedTransport, Resolve, resolve
from flows.sources.http.limits import Budget, Clock, Host, Manners, retry_after
from flows.sources.http.memory import Memory
from flows.sources.http.robots import AGENT, Robots

PERMANENT = {301, 308}
REDIRECTS = PERMANENT | {302, 303, 307}
PATIENT = {429, 503}
SHORT = 16_384
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, HalfBody)


def user_agent(contact: str | None) -> str:
    """Say who asks, in which version, and whom to write to."""
    try:
        number = version("vigie")
    except PackageNotFoundError:
        number = "0"
    return f"{AGENT}/{number} (+{contact})" if contact else f"{AGENT}/{number}"


class PoliteClient:
    """Reads addresses the way a guest does. Safe to share between threads: requests wait for each other."""

    def __init__(
        self,
        memory: Memory,
        manners: Manners | None = None,
        budget: Budget | None = None,
        clock: Clock | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        """`memory` holds robots.txt of hosts, and how long a host asked to be left alone."""
        self.manners = manners or Manners()
        self.budget = budget or Budget()
        self._clock = clock or Clock()
        self._memory = memory
        self._guard = Guard(self.manners.allowed_private, resolve)
        self._robots = Robots(memory, self._robots_txt, self._clock)
        self._hosts: dict[str, Host] = {}
        self._lock = threading.RLock()
        self._transport = GuardedTransport(self._guard)
        patience = httpx.Timeout(self.manners.read_seconds, connect=self.manners.connect_seconds)
        agent = {"User-Agent": user_agent(self.manners.contact), "Accept-Encoding": "gzip"}
        self._http = httpx.Client(transport=self._transport, timeout=patience, headers=agent, trust_env=False)

    def __enter__(self) -> Self:
        """Use the client in a with block: it closes its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self._http.close()

    def get(self, url: str, *, validators: Validators | None = None, accept: str = "*/*") -> Answer:
        """Read an address; its answer has status 2xx, or 304 where `validators` still hold.

        Raises HttpError where it cannot be read, BudgetUsedUp where the run may not go on.
        """
        with self._lock:
            return self._follow(url, validators or Validators(), accept, robots=True)

    def _robots_txt(self, url: str) -> Answer:
        return self._follow(url, Validators(), "text/plain", robots=False)

    def _follow(self, url: str, validators: Validators, accept: str, *, robots: bool) -> Answer:
        """Go from redirect to redirect; each hop is checked like an address of its own."""
        at = url
        moved_to: str | None = None
        is_permanent = True
        for _ in range(self.manners.most_redirects + 1):
            here = self._guard.parse(at)
            host = self._host(here)
            if robots:
                host.delay = max(self.manners.delay, self._robots.check(here))
            response, content = self._patiently(here, host, {"Accept": accept} | validators.headers())
            if response.status_code not in REDIRECTS:
                if response.status_code == httpx.codes.NOT_MODIFIED and not validators.headers():
                    raise BadAnswer(at, "it says that nothing changed (304), but was not asked that")
                return self._answer(response, content, moved_to)
            target = response.headers.get("location")
            if not target:
                raise BadAnswer(at, "it redirects to nowhere", status=response.status_code)
            try:
                at = str(here.join(target))
            except (httpx.InvalidURL, ValueError) as error:
                raise BadAnswer(at, f"it redirects to what is no address ({error})") from error
            is_permanent = is_permanent and response.status_code in PERMANENT
            moved_to = at if is_permanent else moved_to
        raise BadAnswer(url, f"it redirects more than {self.manners.most_redirects} times, last to {at}")

    def _answer(self, response: httpx.Response, content: bytes, moved_to: str | None) -> Answer:
        url, status = str(response.url), response.status_code
        if not (200 <= status < 300 or status == httpx.codes.NOT_MODIFIED):
            raise StatusError(url, f"the answer is {status} {response.reason_phrase}".rstrip(), status=status)
        kind = response.headers.get("content-type", "")
        return Answer(url, status, content, kind, Validators.from_headers(response.headers), moved_to)

    def _patiently(self, url: httpx.URL, host: Host, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Ask until there is an answer worth having, as often as manners say."""
        failure: HttpError | None = None
        for attempt in range(self.manners.tries):
            self._wait_for(url, host)
            self.budget.spend_request(self._clock.monotonic())
            wait: float | None = None
            try:
                response, content = self._once(url, headers)
            except BROKEN as error:
                failure = Unreachable(str(url), f"no whole answer ({_what(error)})")
            else:
                status = response.status_code
                if status not in PATIENT and status < 500:
                    host.answered()
                    host.rest(self._clock.monotonic())
                    return response, content
                detail = f"the answer is {status}, after {attempt + 1} tries"
                failure = StatusError(str(url), detail, status=status)
                if status in PATIENT:
                    wait = retry_after(response.headers.get("retry-after"), self._clock.now())
            if wait is None:
                wait = self.manners.backoff * 2**attempt * (1 + self._clock.chance())
            host.failed(self._clock.monotonic(), self.manners, str(failure))
            host.rest(self._clock.monotonic(), wait)
        raise failure or BadAnswer(str(url), "it was never asked")

    def _wait_for(self, url: httpx.URL, host: Host) -> None:
        """Wait for a host's turn, unless it is closed or wants more patience than a run has."""
        now = self._clock.monotonic()
        host.check_open(str(url), now)
        wait = max(0.0, host.not_before - now)
        if wait > self.manners.longest_wait:
            self._memory.note(f"host:{host.name}", {"not_before": self._clock.now().timestamp() + wait})
            detail = f"{host.name} asks to be left alone for {wait:,.0f} s, longer than a run waits"
            raise HostResting(str(url), detail)
        self.budget.check_wait(wait, now)
        if wait:
            self._clock.sleep(wait)

    def _host(self, url: httpx.URL) -> Host:
        name = url.netloc.decode("ascii")
        if name not in self._hosts:
            asked = self._memory.get(f"host:{name}").get("not_before", 0.0) - self._clock.now().timestamp()
            host = self._hosts[name] = Host(name, self.manners.delay)
            host.not_before = self._clock.monotonic() + asked if asked > 0 else 0.0
        return self._hosts[name]

    def _once(self, url: httpx.URL, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Ask once; a body is read where it is wanted, within the limits."""
        most = self.manners.most_bytes
        self._transport.backend.start_answer(self.manners.answer_seconds)
        with self._http.stream("GET", url, headers=headers) as response:
            length = response.headers.get("content-length", "")
            if not 200 <= response.status_code < 300:
                self._drop(response, length)
                return response, b""
            encoding = response.headers.get("content-encoding", "").lower().strip()
            try:
                if length.isdecimal() and int(length) > most:
                    raise TooLarge(f"it has {int(length):,} bytes, {most:,} may be read")
                return response, decode(self._counted(response), encoding, most)
            except HalfBody:
                raise
            except ValueError as error:
                raise BadAnswer(str(url), str(error)) from error

    def _drop(self, response: httpx.Response, length: str) -> None:
        """Read a short body that nobody wants, so that the connection can be used again."""
        if length.isdecimal() and int(length) <= SHORT:
            with contextlib.suppress(*BROKEN):
                for _ in self._counted(response):
                    pass

    def _counted(self, response: httpx.Response) -> Iterator[bytes]:
        for chunk in response.iter_raw():
            self.budget.spend_bytes(len(chunk))
            yield chunk


def _what(error: Exception) -> str:
    return str(error) or type(error).__name__
