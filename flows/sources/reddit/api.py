"""Reddit's API through praw, whose HTTP goes through the polite client. Answers are plain JSON, as they came.

praw signs in and asks; its models are not used: raw answers are kept, and a tree with a hole in it is no error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import praw
import prawcore
import requests

from flows.errors import SourceError
from flows.records import Json
from flows.sources.credentials import read_secret
from flows.sources.http import BadAnswer, Clock, HostResting, PoliteClient, StatusError, Unreachable
from flows.sources.http.adapters import PoliteAdapter, cause
from flows.sources.http.client import user_agent
from flows.sources.reddit.config import RedditConfig

PAGE = 100
GONE = {403, 404}
PARSE_ERRORS = (KeyError, TypeError, ValueError, AttributeError, RecursionError, AssertionError)


@dataclass(frozen=True)
class Listing:
    """One page of a listing: its things, newest first, and where the next page begins."""

    children: list[Any]
    after: str | None


class Api:
    """The few questions that are asked. Each raises HttpError where there is no answer, BudgetUsedUp in the end."""

    def __init__(self, config: RedditConfig, client: PoliteClient, clock: Clock) -> None:
        """Read the credentials; SettingError names one that is missing. Nothing is asked yet."""
        self._config = config
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = client.manners.most_redirects
        agent = user_agent(config.contact)
        if config.developer:
            agent = f"{agent} (by /u/{config.developer})"
        for scheme in ("http://", "https://"):
            session.mount(scheme, PoliteAdapter(client, agent))
        places = (config.site_url, config.api_url)  # the second is sent what the first gives for the secret
        self._reddit = praw.Reddit(
            requestor_class=_Requestor,
            requestor_kwargs={"session": session, "pace": _Pace(client, clock)},
            user_agent=agent,
            client_id=read_secret(config.client_id, *places),
            client_secret=read_secret(config.client_key, *places),
            reddit_url=config.site_url.rstrip("/"),
            oauth_url=config.api_url.rstrip("/"),
            # Nothing from praw.ini or from praw_* variables: a source is what its configuration says.
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            check_for_updates=False,
            check_for_async=False,
        )

    def listing(self, path: str, params: Json | None = None, after: str | None = None) -> Listing:
        """Read one page of a listing."""
        given = {"limit": PAGE} | (params or {}) | ({"after": after} if after else {})
        return self._listing(self._ask(path, given), path)

    def tree(self, thread: str, comment: str | None = None) -> tuple[list[Any], list[Any]]:
        """Read a thread, or one comment's branch of it: the submission (in a list), and the topmost comments."""
        path = f"comments/{thread[3:]}/" + (f"_/{comment[3:]}" if comment else "")
        answer = self._ask(path, {"limit": 500, "sort": "new"})
        if not (isinstance(answer, list) and len(answer) == 2):
            raise BadAnswer(self._url(path), "this is no thread of Reddit's")
        top, comments = (self._listing(part, path) for part in answer)
        return top.children, comments.children

    def more(self, thread: str, ids: Sequence[str]) -> list[Any]:
        """Read up to 100 comments of a thread that its tree folds away, in a flat list."""
        params = {"link_id": thread, "children": ",".join(ids), "sort": "new", "limit_children": "false"}
        answer = self._ask("api/morechildren", params | {"api_type": "json"})
        try:
            things = answer["json"]["data"]["things"]
        except (KeyError, TypeError):
            things = None
        if not isinstance(things, list):
            raise BadAnswer(self._url("api/morechildren"), "there is no list of comments in it")
        return things

    def info(self, names: Sequence[str]) -> list[Any]:
        """Look up to 100 things by their fullnames; those that are no more are left out."""
        return self._listing(self._ask("api/info", {"id": ",".join(names), "limit": PAGE}), "api/info").children

    def _listing(self, answer: Any, path: str) -> Listing:
        data = answer.get("data") if isinstance(answer, dict) else None
        children = data.get("children") if isinstance(data, dict) else None
        if not (isinstance(data, dict) and isinstance(children, list)):
            raise BadAnswer(self._url(path), "this is no listing of Reddit's")
        after = data.get("after")
        return Listing(children, after if isinstance(after, str) and after else None)

    def _url(self, path: str) -> str:
        return f"{self._config.api_url.rstrip('/')}/{path}"

    def _ask(self, path: str, params: Json) -> Any:
        """Ask; whatever goes wrong becomes one of our own errors, with no secret in it."""
        url = self._url(path)
        try:
            return self._reddit.request(method="GET", path=path, params=params)
        except SourceError:
            raise
        except prawcore.OAuthException as error:
            raise self._refused(str(error.error)) from None
        except prawcore.ResponseException as error:
            status = error.response.status_code
            if urlsplit(error.response.url or "").path.endswith("access_token"):
                raise self._refused(f"the answer is {status}") from None
            if status == 200:
                raise BadAnswer(url, "the answer is not JSON") from None
            raise StatusError(url, f"the answer is {status}{_advice(error, status)}", status=status) from None
        except (prawcore.PrawcoreException, praw.exceptions.PRAWException) as error:
            raise BadAnswer(url, f"praw says {str(error)[:200]}") from None
        except PARSE_ERRORS as error:
            raise BadAnswer(url, f"the answer has another form ({type(error).__name__})") from error

    def _refused(self, why: str) -> SourceError:
        names = f"{self._config.client_id} and {self._config.client_key}"
        return SourceError(f"source {self._config.name}: Reddit gives no access ({why}): look at {names}")


def _advice(error: Exception, status: int) -> str:
    if isinstance(error, prawcore.Redirect):
        return ": there is no such place"
    return {403: ": it is private, or the app may not read it", 404: ": it does not exist (any more)"}.get(
        status, ""
    )


class _Pace:
    """What Reddit says of its rate limit (x-ratelimit-*, in windows of ten minutes), kept by the run's clock."""

    def __init__(self, client: PoliteClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._not_before = 0.0

    def wait(self, url: str) -> None:
        now = self._clock.monotonic()
        seconds = self._not_before - now
        if seconds <= 0:
            return
        if seconds > self._client.manners.longest_wait:
            raise HostResting(url, f"the requests that Reddit allows are used up for {seconds:,.0f} s more")
        self._client.budget.check_wait(seconds, now)
        self._clock.sleep(seconds)

    def heed(self, headers: Any) -> None:
        """Take the headers out, too: prawcore would sleep by them on its own, past every budget."""
        left, reset = headers.pop("x-ratelimit-remaining", None), headers.pop("x-ratelimit-reset", None)
        try:
            if left is not None and reset is not None and float(left) < 1:
                self._not_before = self._clock.monotonic() + min(float(reset), 3600.0)
        except ValueError:
            return


class _Requestor(prawcore.Requestor):
    """Lets our own errors out, and tries nothing again: the polite client did."""

    def __init__(self, *, pace: _Pace, **given: Any) -> None:
        super().__init__(**given)
        self._pace = pace

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:
        url = str(args[1] if len(args) > 1 else kwargs.get("url"))
        self._pace.wait(url)
        try:
            response = super().request(*args, timeout=timeout, **kwargs)
        except prawcore.RequestException as error:
            ours = cause(error.original_exception)
            raise ours or Unreachable(url, f"no whole answer ({error.original_exception})") from None
        self._pace.heed(response.headers)
        status = response.status_code
        if status == 429 or status >= 500:
            raise StatusError(url, f"the answer is {status}, after every try that it deserved", status=status)
        return response
