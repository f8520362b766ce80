"""API 2.3 as its rules want it used: pages, `backoff`, and a quota a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from flows.records import Json
from flows.sources.answers import read_list
from flows.sources.http import Answer, BudgetUsedUp, Clock, HttpError, Memory, PoliteClient, StatusError
from flows.sources.stackexchange.config import StackExchangeConfig

MOST_IDS = 100  # in one request
THROTTLED = 502  # error_id of throttle_violation; the status is 400


@dataclass(frozen=True)
class Slice:
    """Items of one request; `at` is the second where the listing goes on, included."""

    items: list[Any]
    at: int
    is_last: bool


class Api:
    """Requests one at a time. Raises HttpError, LayoutChanged, and BudgetUsedUp when the day's quota is."""

    def __init__(
        self, client: PoliteClient, config: StackExchangeConfig, memory: Memory, clock: Clock, key: str | None
    ) -> None:
        """`memory` keeps how long the API asked to be left alone, across runs."""
        self._client = client
        self._config = config
        self._memory = memory
        self._clock = clock
        self._key = key

    def since(self, path: str, asked: dict[str, str], order_by: str, low: int) -> Iterator[Slice]:
        """Yield a listing from `low` (epoch seconds, included) on, oldest first, by the field `order_by`.

        Each request begins at the second of the last item, not at a page's number: what gets active meanwhile
        moves to the end and would shift the pages. That second's items come again.
        """
        page = 1
        while True:
            items, more = self._page(path, asked | {"min": str(low), "order": "asc"}, page)
            dated = [item.get(order_by) for item in items if isinstance(item, dict)]
            seconds = [second for second in dated if type(second) is int]
            newest = max(seconds, default=low)
            page = page + 1 if newest == low else 1
            low = newest
            is_last = not more or not items
            yield Slice(items, low, is_last)
            if is_last:
                return

    def of(self, path: str, ids: Iterable[str], **asked: str) -> list[Any]:
        """Return all items of some ids; the path has `{ids}` in it."""
        wanted = list(ids)
        found: list[Any] = []
        for start in range(0, len(wanted), MOST_IDS):
            some = ";".join(wanted[start : start + MOST_IDS])
            page, more = 1, True
            while more:
                items, more = self._page(path.format(ids=some), asked, page)
                found += items
                page += 1
        return found

    def _page(self, path: str, asked: dict[str, str], page: int) -> tuple[list[Any], bool]:
        """Read one page of a listing, and say whether there are more."""
        method = re.sub(r"/[\d;]+", "/{ids}", path)
        self._wait_for(method)
        given = {"site": self._config.exchange, "filter": "withbody", "pagesize": str(self._config.page_size)}
        given |= asked | {"page": str(page)}
        url = f"{self._config.base_url}{path}?{urlencode(given)}"
        answer = self._send(url)
        if not 200 <= answer.status < 300:
            raise self._refused(url, answer)
        wrapper, items = read_list(answer, "items")
        self._heed(method, wrapper)
        return items, bool(wrapper.get("has_more"))

    def _send(self, url: str) -> Answer:
        """Ask with the key; it appears in no message."""
        whole = f"{url}&{urlencode({'key': self._key})}" if self._key else url
        try:
            return self._client.send("GET", whole, headers={"Accept": "application/json"})
        except HttpError as error:
            error.args = (str(error).replace(whole, url),)
            error.url = url
            raise

    def _refused(self, url: str, answer: Answer) -> HttpError | BudgetUsedUp:
        """What an error answer means: the day's quota is used up, or the API says what is wrong."""
        try:
            said = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            said = {}
        said = said if isinstance(said, dict) else {}
        message = str(said.get("error_message", ""))[:500]
        if said.get("error_id") == THROTTLED:
            wait = re.search(r"available in (\d{1,7}) second", message)
            return self._closed(int(wait.group(1)) if wait else 3600, message)
        detail = f"the answer is {answer.status} {said.get('error_name', '')} {message}".rstrip()
        return StatusError(url, detail, status=answer.status)

    def _heed(self, method: str, wrapper: Json) -> None:
        """Keep what an answer asks for: a rest for its method, or the quota's."""
        resting = dict(self._memory.get("resting"))
        now = self._clock.now()
        if type(wrapper.get("backoff")) is int:
            resting[method] = now.timestamp() + wrapper["backoff"]
        if wrapper.get("quota_remaining") == 0:
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            resting["*"] = midnight.timestamp()
        self._memory.note("resting", {key: until for key, until in resting.items() if until > now.timestamp()})

    def _closed(self, seconds: int, message: str) -> BudgetUsedUp:
        until = self._clock.now().timestamp() + seconds
        self._memory.note("resting", {"*": until})
        return BudgetUsedUp(f"the API wants to be left alone for {seconds:,} s ({message})")

    def _wait_for(self, method: str) -> None:
        """Wait for as long as the API asked for; raises BudgetUsedUp where that is longer than a run waits."""
        resting = self._memory.get("resting")
        now = self._clock.now().timestamp()
        if resting.get("*", 0) > now:
            raise BudgetUsedUp(f"the API's quota is used up for {resting['*'] - now:,.0f} s more")
        wait = resting.get(method, 0) - now
        if wait <= 0:
            return
        if wait > self._client.manners.longest_wait:
            raise BudgetUsedUp(f"the API asks for a rest of {wait:,.0f} s, longer than a run waits")
        self._client.budget.check_wait(wait, self._clock.monotonic())
        self._clock.sleep(wait)
