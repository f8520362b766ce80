"""The polite client: one request at a time, paced by host, retried with patience, stopped by its budget."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from flows.sources.http.answer import Answer, HalfBody, TooLarge, Validators, decode
from flows.sources.http.errors import BadAnswer, BudgetUsedUp, HostResting, StatusError, Unreachable
from flows.sources.http.guard import Guard, GuardedTransport, Resolve, resolve
from flows.sources.http.hosts import HostBusy, Hosts, HostState, MemoryHosts
from flows.sources.http.limits import Budget, Clock, RequestPolicy, retry_after
from flows.sources.http.robots import AGENT, Robots

PERMANENT = {301, 308}
REDIRECTS = PERMANENT | {302, 303, 307}
PATIENT = {429, 503}
REPEATABLE = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
SHORT = 16_384
UNSENT = (httpcore.ConnectError, httpcore.ConnectTimeout)
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, HalfBody)
# Of the connection, not of what is said over it: the client's own business, or undone once a body is decoded.
TRANSPORT = {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade",
             "transfer-encoding", "content-length"}  # fmt: skip
ASKING, ANSWERING = TRANSPORT | {"host", "accept-encoding"}, TRANSPORT | {"content-encoding"}


def user_agent(contact: str | None) -> str:
    """Say who asks, in which version, and whom to write to."""
    try:
        number = version("vigie")
    except PackageNotFoundError:
        number = "0"
    return f"{AGENT}/{number} (+{contact})" if contact else f"{AGENT}/{number}"


@dataclass
class _Visit:
    """One request to a host while it is made, and what follows from it for the next."""

    before: HostState
    manners: RequestPolicy
    after: HostState

    def answered(self) -> None:
        """The host works: its failures are forgotten."""
        self.after = HostState(self.after.wait)

    def failed(self, why: str, wait: float) -> None:
        """Count a failure; from the limit on, each opens the circuit (one try at a time afterwards)."""
        failures = self.before.failures + 1
        closed = self.manners.breaker_seconds if failures >= self.manners.breaker_failures else 0.0
        self.after = HostState(max(self.after.wait, wait), closed, failures, why)


class PoliteClient:
    """Reads addresses the way a guest does. Safe to share between threads: requests wait for each other."""

    def __init__(
        self,
        manners: RequestPolicy | None = None,
        budget: Budget | None = None,
        clock: Clock | None = None,
        resolve: Resolve = resolve,
        hosts: Hosts | None = None,
    ) -> None:
        """`hosts` is what all runs share of the hosts they ask; without, this client remembers for itself."""
        self.manners = manners or RequestPolicy()
        self.budget = budget or Budget()
        self._clock = clock or Clock()
        self._guard = Guard(self.manners.allowed_private, self.manners.granted_private, resolve)
        self._hosts = hosts or MemoryHosts(self._clock)
        self._robots = Robots(self._hosts, self._robots_txt)
        self._lock = threading.RLock()
        self._transport = GuardedTransport(self._guard)
        patience = httpx.Timeout(self.manners.read_seconds, connect=self.manners.connect_seconds)
        self._patience = {"timeout": patience.as_dict()}
        self._own_headers = {"User-Agent": user_agent(self.manners.contact), "Accept": "*/*"}

    def __enter__(self) -> Self:
        """Use the client in a with block: it closes its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        robots: bool = True,
    ) -> Answer:
        """Read an address; its answer has status 2xx, or 304 where `validators` still hold.

        Without `robots`, robots.txt is not asked: for an API that has rules of its own. `headers` go to the host
        of the address only, not to where it redirects. Raises HttpError where it cannot be read, BudgetUsedUp
        where the run may not go on.
        """
        with self._lock:
            return self._follow(url, validators or Validators(), {"Accept": accept} | dict(headers or {}), robots)

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        """Send one request for a library and return its answer, of whatever status; robots.txt is not asked.

        Failures are tried again as for `get`; what may have had an effect (a POST that broke) is not. Raises
        HttpError where no answer came, BudgetUsedUp where the run may not go on.
        """
        with self._lock:
            request = self._request(method.upper(), self._guard.parse(url), dict(headers or {}), content)
            response, body = self._patiently(request, self.manners.delay, every_body=True)
            return _answer(response, body)

    def _robots_txt(self, url: str) -> Answer:
        return self._follow(url, Validators(), {"Accept": "text/plain"}, robots=False)

    def _request(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Request:
        """Make a request that says who we are; the connection's own headers are the client's business."""
        kept = httpx.Headers(self._own_headers)
        kept.update({name: value for name, value in headers.items() if name.lower() not in ASKING})
        kept["Accept-Encoding"] = "gzip"
        return httpx.Request(method, url, headers=kept, content=content, extensions=self._patience)

    def _follow(self, url: str, validators: Validators, headers: Mapping[str, str], robots: bool) -> Answer:
        """Go from redirect to redirect; each hop is checked like an address of its own."""
        first = here = self._guard.parse(url)
        moved_to: str | None = None
        is_permanent = True
        for _ in range(self.manners.most_redirects + 1):
            delay = max(self.manners.delay, self._robots.check(here)) if robots else self.manners.delay
            given = headers if _origin(here) == _origin(first) else {"Accept": headers.get("Accept", "*/*")}
            request = self._request("GET", here, {**given, **validators.headers()})
            response, content = self._patiently(request, delay)
            status = response.status_code
            if status not in REDIRECTS:
                if status == httpx.codes.NOT_MODIFIED and not validators.headers():
                    raise BadAnswer(str(here), "it says that nothing changed (304), but was not asked that")
                self._check_status(response)
                return _answer(response, content, moved_to)
            here = self._next(here, response)
            is_permanent = is_permanent and status in PERMANENT
            moved_to = str(here) if is_permanent else moved_to
        raise BadAnswer(url, f"it redirects more than {self.manners.most_redirects} times, last to {here}")

    def _next(self, here: httpx.URL, response: httpx.Response) -> httpx.URL:
        target = response.headers.get("location")
        if not target:
            raise BadAnswer(str(here), "it redirects to nowhere", status=response.status_code)
        try:
            return self._guard.parse(str(here.join(target)))
        except (httpx.InvalidURL, ValueError) as error:
            raise BadAnswer(str(here), f"it redirects to what is no address ({error})") from error

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if not (200 <= status < 300 or status == httpx.codes.NOT_MODIFIED):
            detail = f"the answer is {status} {response.reason_phrase}".rstrip()
            tries = f", after {self.manners.tries} tries" if _is_failure(status) else ""
            raise StatusError(str(response.url), detail + tries, status=status)

    def _patiently(
        self, request: httpx.Request, delay: float, *, every_body: bool = False
    ) -> tuple[httpx.Response, bytes]:
        """Ask until there is an answer worth having, as often as manners say; the last one is returned."""
        url, is_repeatable = str(request.url), request.method in REPEATABLE
        attempt = 0
        while True:
            attempt += 1
            is_last = attempt >= self.manners.tries
            wait = self.manners.backoff * 2 ** (attempt - 1) * (1 + self._clock.chance())
            with self._visit(request.url, delay) as visit:
                try:
                    response, content = self._once(request, every_body)
                except BROKEN as error:
                    why = f"no whole answer ({_what(error)})"
                    visit.failed(why, wait)
                    if is_last or not (is_repeatable or isinstance(error, UNSENT)):
                        raise Unreachable(url, why) from error
                    continue
                status = response.status_code
                if not _is_failure(status):
                    visit.answered()
                    return response, content
                if status in PATIENT:
                    asked = retry_after(response.headers.get("retry-after"), self._clock.now())
                    wait = wait if asked is None else asked
                visit.failed(f"the answer is {status}", wait)
                if wait > self.manners.longest_wait:
                    raise _resting(request.url, wait)
                if is_last or not (is_repeatable or status in PATIENT):
                    return response, content

    @contextlib.contextmanager
    def _visit(self, url: httpx.URL, delay: float) -> Iterator[_Visit]:
        """Wait for a host's turn, unless it is closed or wants more patience than a run has.

        What follows for the next visit stands before the request is made: a run that is killed leaves it, too.
        """
        host = url.netloc.decode("ascii")
        try:
            with self._hosts.lock_host(host, self.budget.left(self._clock.monotonic())):
                before = self._hosts.state(host)
                self._wait(url, before)
                self.budget.spend_request(self._clock.monotonic())
                visit = _Visit(before, self.manners, replace(before, wait=delay, closed=0.0))
                self._hosts.put(host, visit.after)
                try:
                    yield visit
                finally:
                    self._hosts.put(host, visit.after)
        except HostBusy:
            minutes = f"the run's {self.budget.minutes:g} minutes are used up"
            raise BudgetUsedUp(f"{minutes}: other runs ask {host}") from None

    def _wait(self, url: httpx.URL, state: HostState) -> None:
        if state.closed:
            failures = f"after {state.failures} failures in a row, the last: {state.why}"
            raise HostResting(str(url), f"left alone for {state.closed:,.0f} s more {failures}")
        if state.wait > self.manners.longest_wait:
            raise _resting(url, state.wait)
        self.budget.check_wait(state.wait, self._clock.monotonic())
        if state.wait:
            self._clock.sleep(state.wait)

    def _once(self, request: httpx.Request, every_body: bool) -> tuple[httpx.Response, bytes]:
        """Ask once; a body is read where it is wanted, within the limits."""
        most = self.manners.most_bytes
        self._transport.backend.start_answer(self.manners.answer_seconds)
        with contextlib.closing(self._transport.handle_request(request)) as response:
            response.request = request
            length = "" if request.method == "HEAD" else response.headers.get("content-length", "")
            if not (every_body or 200 <= response.status_code < 300):
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
                raise BadAnswer(str(request.url), str(error)) from error

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


def _answer(response: httpx.Response, content: bytes, moved_to: str | None = None) -> Answer:
    said = httpx.Headers([(name, value) for name, value in response.headers.multi_items() if name not in ANSWERING])
    kind, validators = said.get("content-type", ""), Validators.from_headers(said)
    return Answer(str(response.url), response.status_code, content, kind, validators, moved_to, said)


def _is_failure(status: int) -> bool:
    return status in PATIENT or status >= 500


def _origin(url: httpx.URL) -> tuple[str, bytes]:
    return url.scheme, url.netloc


def _resting(url: httpx.URL, seconds: float) -> HostResting:
    detail = f"{url.netloc.decode('ascii')} asks to be left alone for {seconds:,.0f} s, longer than a run waits"
    return HostResting(str(url), detail)


def _what(error: Exception) -> str:
    return str(error) or type(error).__name__
