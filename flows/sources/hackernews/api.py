"""The two APIs: search with whole trees (Algolia), and single items as they stand now (Firebase)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from flows.records import Json
from flows.records.texts import to_text
from flows.sources.answers import LayoutChanged, read_json, read_list
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.http import HttpError, PoliteClient

KINDS = "(story,comment,poll,job)"
REACH = 1000  # hits of one search that can be reached, however many there are


@dataclass(frozen=True)
class Term:
    """What is searched for: words, or a domain that stories link to."""

    text: str
    is_domain: bool = False

    @property
    def label(self) -> str:
        """Its name in the cursor and in rejects."""
        return f"{'domain' if self.is_domain else 'text'} {self.text}"

    def asked(self) -> dict[str, str]:
        """Its part of a search's parameters."""
        if self.is_domain:
            return {"query": self.text, "tags": "story", "restrictSearchableAttributes": "url"}
        return {"query": self.text, "tags": KINDS, "typoTolerance": "false"}

    def fits(self, hit: Json) -> bool:
        """Say whether a hit is meant: the search also finds beginnings of words, typos and names of authors.

        Raises TypeError for a hit whose texts are none.
        """
        if self.is_domain:
            host = (urlsplit(_text(hit, "url")).hostname or "").lower()
            return host == self.text or host.endswith(f".{self.text}")
        words = r"\s+".join(re.escape(word) for word in self.text.split())
        said = " ".join(_text(hit, name) for name in ("title", "url", "story_text", "comment_text"))
        return bool(re.search(rf"(?<!\w){words}(?!\w)", to_text(said), re.IGNORECASE))


@dataclass(frozen=True)
class Slice:
    """Hits of one request; `at` is where the window goes on (seconds, included), `gap` what can't be reached."""

    hits: list[Any]
    at: int
    is_last: bool
    gap: str | None = None


class Api:
    """Requests to both, one at a time. Raises HttpError, LayoutChanged, BudgetUsedUp."""

    def __init__(self, client: PoliteClient, config: HackerNewsConfig) -> None:
        """`config` has the base addresses."""
        self._client = client
        self._config = config

    def window(self, term: Term, low: int, high: int) -> Iterator[Slice]:
        """Yield everything created from `low` to `high` (epoch seconds, both included), newest first.

        A search reaches its first 1,000 hits only, so each request begins at the second where the last one
        ended; the hits of that second come again.
        """
        page = 0
        while True:
            wrapper, hits = self._search(term, low, high, page)
            seconds = [hit["created_at_i"] for hit in hits if _is_dated(hit)]
            gap = None
            is_last = len(hits) < self._config.page_size or not seconds
            if not is_last and min(seconds) < high:
                high, page = min(seconds), 0
            elif not is_last and (page + 2) * self._config.page_size <= REACH:
                page += 1
            elif not is_last:
                gap = f"{term.label}: {wrapper.get('nbHits')} hits in second {high}, {REACH} can be reached"
                high, page = high - 1, 0
            yield Slice(hits, high, is_last or high < low, gap)
            if is_last or high < low:
                return

    def _search(self, term: Term, low: int, high: int, page: int) -> tuple[Json, list[Any]]:
        asked = term.asked() | {
            "numericFilters": f"created_at_i>={low},created_at_i<={high}",
            "hitsPerPage": str(self._config.page_size),
            "page": str(page),
            "attributesToHighlight": "none",
        }
        url = f"{self._config.search_url}/search_by_date?{urlencode(asked)}"
        answer = self._client.get(url, accept="application/json", robots=False)
        wrapper, hits = read_list(answer, "hits")
        if wrapper.get("nbHits") and not hits and page == 0:
            raise LayoutChanged(url, f"it counts {wrapper['nbHits']} hits and lists none", answer.content)
        return wrapper, hits

    def tree(self, story: str) -> Json | None:
        """Return a story with all its comments under `children`; None where the search has no such story."""
        url = f"{self._config.search_url}/items/{story}"
        try:
            answer = self._client.get(url, accept="application/json", robots=False)
        except HttpError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return read_list(answer, "children")[0]

    def item(self, number: int) -> Json | None:
        """Return one item as it stands now; None where there is none."""
        url = f"{self._config.items_url}/item/{number}.json"
        answer = self._client.get(url, accept="application/json", robots=False)
        value = read_json(answer)
        if value is not None and not (isinstance(value, dict) and value.get("id") == number):
            raise LayoutChanged(url, "the answer is no item", answer.content)
        return value


def _text(hit: Json, name: str) -> str:
    value = hit.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"its {name} is no text")
    return value or ""


def _is_dated(hit: Any) -> bool:
    return isinstance(hit, dict) and type(hit.get("created_at_i")) is int
