"""The service's API through atproto, over the polite client; what comes back is the JSON as it was sent."""

from __future__ import annotations

from typing import Any

import httpx
from atproto_client import Client, models
from atproto_client.exceptions import AtProtocolError, RequestErrorBase
from atproto_client.models.common import XrpcError
from atproto_client.request import Request

from flows.records import Json
from flows.sources.follow.run import ApiError, NotAllowed, NotThere
from flows.sources.http import PoliteClient
from flows.sources.http.adapters import PoliteTransport, cause

PAGE = 100
BATCH = 25
DEEPEST = 1000
CLOSED = {401, 403}


class Api:
    """The calls that a source needs. Raises ApiError, and the polite client's errors."""

    def __init__(self, client: PoliteClient, address: str, login: str | None, password: str | None) -> None:
        """Nothing is asked yet; the login goes before the first call."""
        self._request = Request(
            transport=PoliteTransport(client), trust_env=False, max_redirects=client.manners.most_redirects
        )
        self._client = Client(base_url=address, request=self._request)
        self._login = (login, password) if login and password else None

    def account(self, actor: str, cursor: str | None) -> Json:
        """Return `feed`, posts, replies and reposts of an account, newest first, and perhaps a `cursor`."""
        params = models.AppBskyFeedGetAuthorFeed.Params(
            actor=actor, cursor=cursor, limit=PAGE, filter="posts_with_replies"
        )
        return self._ask(f"account {actor}", "app.bsky.feed.getAuthorFeed", params, "feed")

    def search(self, query: str, until: str | None) -> Json:
        """Return `posts` that match and were written before a moment (ISO 8601), newest first."""
        params = models.AppBskyFeedSearchPosts.Params(q=query, until=until, limit=PAGE, sort="latest")
        return self._ask(f"search {query}", "app.bsky.feed.searchPosts", params, "posts")

    def posts(self, uris: list[str]) -> list[Any]:
        """Return those of some posts that are there."""
        params = models.AppBskyFeedGetPosts.Params(uris=uris)
        return list(self._ask("posts", "app.bsky.feed.getPosts", params, "posts")["posts"])

    def thread(self, uri: str, depth: int = DEEPEST) -> Json:
        """Return the tree around a post."""
        params = models.AppBskyFeedGetPostThread.Params(uri=uri, depth=depth, parent_height=depth)
        found = self._ask(f"thread of {uri}", "app.bsky.feed.getPostThread", params, None)
        tree = found.get("thread")
        if not isinstance(tree, dict):
            raise ApiError(f"thread of {uri}: the answer has no thread")
        if str(tree.get("$type", "")).endswith("#notFoundPost"):
            raise NotThere(f"{uri}: the service has no such post")
        return tree

    def close(self) -> None:
        """Close the session."""
        self._request.close()

    def _ask(self, what: str, nsid: str, params: Any, listed: str | None) -> Json:
        try:
            if self._login:
                login, self._login = self._login, None
                self._client.login(*login, fetch_bsky_profile=False)
            found = self._client.invoke_query(nsid, params=params, output_encoding="application/json").content
        except (AtProtocolError, httpx.HTTPError, ValueError) as error:
            # HTTPError: redirects without end; ValueError: what came is no JSON.
            raise _ours(what, error) from error
        if not isinstance(found, dict) or (listed and not isinstance(found.get(listed), list)):
            raise ApiError(f"{what}: the answer has another shape than it should")
        return found


def _ours(what: str, error: Exception) -> Exception:
    known = cause(error)
    if known:
        return known
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        return ApiError(f"{what}: {type(error).__name__}: {error}")
    said = response.content if isinstance(response.content, XrpcError) else None
    detail = f"the answer is {response.status_code} {said.error if said else ''} {said.message if said else ''}"
    message = f"{what}: {' '.join(detail.split())}"
    if response.status_code in CLOSED:
        return NotAllowed(f"{message}: log in, or ask another service")
    is_gone = said is not None and (said.error == "NotFound" or "not found" in (said.message or "").lower())
    return NotThere(message) if is_gone else ApiError(message)
