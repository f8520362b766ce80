"""The server's API through Mastodon.py, over the polite client; what comes back is the JSON as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
import requests
from mastodon import Mastodon
from mastodon.errors import MastodonError

from flows.records import Json
from flows.sources.follow.run import ApiError, NotAllowed, NotThere
from flows.sources.http import PoliteClient
from flows.sources.http.adapters import PoliteAdapter, cause

PAGE = 40
BATCH = 20
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
CLOSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}


class _Answered(Exception):
    """An answer came."""


class Reader(Mastodon):
    """Mastodon.py, without the requests that it makes to find out whether a call may be made: making it tells."""

    def verify_minimum_version(self, version_str: str, cached: bool = False) -> bool:
        """Say yes."""
        return True

    def timeline_is_available(
        self,
        timeline: str = "public",
        local: bool = False,
        remote: bool = False,
        with_auth: bool = False,
        fail_hard: bool = False,
    ) -> bool:
        """Say yes."""
        return True


class Api:
    """The calls that a source needs. Raises ApiError, and the polite client's errors."""

    def __init__(self, client: PoliteClient, address: str, token: str | None) -> None:
        """Nothing is asked yet."""
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = client.manners.most_redirects
        for scheme in ("http://", "https://"):
            session.mount(scheme, PoliteAdapter(client))
        session.hooks["response"].append(self._keep)
        self._session = session
        self._last: requests.Response | None = None
        self._reader = Reader(
            api_base_url=address,
            session=session,
            ratelimit_method="throw",
            version_check_mode="none",
            user_agent="",
        )
        # Not above: there, a token that is a path would be taken for one, and that file of ours sent.
        self._reader.access_token = token

    def domain(self) -> str | None:
        """Return the domain of the server's accounts, which need not be the host that is asked."""
        for call, name in ((self._reader.instance_v2, "domain"), (self._reader.instance_v1, "uri")):
            try:
                found = self._ask("instance", call)
            except ApiError:
                continue
            if isinstance(found, dict) and isinstance(found.get(name), str) and found[name]:
                return str(found[name]).rpartition("://")[2].rstrip("/").lower()
        return None

    def account_id(self, name: str) -> str:
        """Return the server's id of an account."""
        found = self._ask(f"account {name}", self._reader.account_lookup, name)
        if not isinstance(found, dict) or not isinstance(found.get("id"), str | int):
            raise ApiError(f"account {name}: the answer has no account in it")
        return str(found["id"])

    def account(self, account_id: str, max_id: str | None) -> list[Any]:
        """Return statuses of an account, newest first, boosts left out where the server leaves them out."""
        call = self._reader.account_statuses
        return self._list(
            f"account {account_id}", call, account_id, exclude_reblogs=True, max_id=max_id, limit=PAGE
        )

    def hashtag(self, name: str, max_id: str | None) -> list[Any]:
        """Return statuses with a hashtag, newest first."""
        return self._list(f"#{name}", self._reader.timeline_hashtag, name, max_id=max_id, limit=PAGE)

    def search(self, query: str, max_id: str | None) -> list[Any]:
        """Return statuses that match, newest first."""
        what = f"search {query}"
        found = self._ask(
            what, self._reader.search_v2, query, resolve=False, result_type="statuses", max_id=max_id, limit=PAGE
        )
        if not isinstance(found, dict) or not isinstance(found.get("statuses"), list):
            raise ApiError(f"{what}: the answer has no list of statuses")
        return list(found["statuses"])

    def status(self, native_id: str) -> Any:
        """Return one status."""
        return self._ask(f"status {native_id}", self._reader.status, native_id)

    def statuses(self, native_ids: list[str]) -> list[Any]:
        """Return those of some statuses that are there (servers from Mastodon 4.3 on)."""
        return self._list("statuses", self._reader.statuses, list(native_ids))

    def context(self, native_id: str) -> Json:
        """Return a status's `ancestors`, the first of its thread first, and its `descendants`."""
        what = f"context of {native_id}"
        found = self._ask(what, self._reader.status_context, native_id)
        for name in ("ancestors", "descendants"):
            if not isinstance(found, dict) or not isinstance(found.get(name), list):
                raise ApiError(f"{what}: the answer has no list of {name}")
        return dict(found)

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _keep(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Keep an answer and leave the library: the objects that it would make take most of a run's time."""
        if not response.is_redirect:
            self._last = response
            raise _Answered

    def _list(self, what: str, call: Callable[..., Any], *args: Any, **options: Any) -> list[Any]:
        found = self._ask(what, call, *args, **options)
        if not isinstance(found, list):
            raise ApiError(f"{what}: the answer is no list")
        return found

    def _ask(self, what: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Make a call and return its answer's JSON as it was sent."""
        self._last = None
        try:
            call(*args, **options)
        except MastodonError as error:
            ours = cause(error)
            if ours:
                raise ours from error
            if self._last is None:
                raise ApiError(f"{what}: {type(error).__name__}: {error}") from error
        return _content(what, self._last)


def _content(what: str, response: requests.Response | None) -> Any:
    if response is None:
        raise ApiError(f"{what}: nothing was asked")
    status = response.status_code
    if status in GONE:
        raise NotThere(f"{what}: the answer is {status}")
    if status in CLOSED:
        raise NotAllowed(f"{what}: the answer is {status}: the server may want a token, or another one")
    if not response.ok:
        raise ApiError(f"{what}: the answer is {status}")
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise ApiError(f"{what}: the answer is no JSON ({error})") from error
