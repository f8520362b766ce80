"""Why an address gave nothing: each error names the address, what happened, and what can be done."""

from __future__ import annotations

from flows.errors import SourceError


class HttpError(SourceError):
    """An address could not be read; `reason` says why in few words, for a reject."""

    reason = "cannot be fetched"

    def __init__(self, url: str, detail: str, *, status: int | None = None) -> None:
        """Keep the address and the status, where there was one, beside the message."""
        super().__init__(f"{url}: {detail}")
        self.url = url
        self.detail = detail
        self.status = status


class AddressRefused(HttpError):
    """The address is no place that a source may ask: a private network, another scheme, credentials in it."""

    reason = "address refused"


class RobotsRefused(HttpError):
    """The site's robots.txt forbids the address, or could not be read."""

    reason = "refused by robots.txt"


class StatusError(HttpError):
    """The site answered with an error status, after every try that it deserved."""

    reason = "error status"


class Unreachable(HttpError):
    """No whole answer came: no such host, no connection, a timeout, half a body."""

    reason = "unreachable"


class BadAnswer(HttpError):
    """The answer cannot be used: too large, damaged compression, too many redirects."""

    reason = "unusable answer"


class HostResting(HttpError):
    """The host is left alone: it failed too often in this run, or asked for a longer wait than a run has."""

    reason = "host left alone"


class BudgetUsedUp(SourceError):
    """The run spent its requests, bytes or minutes: end the run with what there is; it is no failure."""
