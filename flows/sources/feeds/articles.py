"""The whole text of articles whose feed has their beginning: from their pages, politely, and never at the cost of
the entry itself.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flows.records import Json, Reject, canonical
from flows.sources.feeds.config import is_reddit
from flows.sources.feeds.entries import Entry
from flows.sources.feeds.mapping import STREAM, Article, Place
from flows.sources.http import (
    AddressRefused,
    Answer,
    BudgetUsedUp,
    Clock,
    HttpError,
    Memory,
    PoliteClient,
    RobotsRefused,
    Validators,
)

MOST_TRIES = 5
LONGEST = 200_000  # characters of a text that is kept


class Articles:
    """What is known of each entry's page, under a key of its own in the state: its text, or how often it failed.

    The text stays there while the entry stands in its feed, so that the entry always makes the same record.
    """

    def __init__(self, client: PoliteClient, memory: Memory, clock: Clock, *, again: bool) -> None:
        """`again`: ask for every page once more. `is_pending`: one is left for a later run; `over`: why all are."""
        self._client = client
        self._memory = memory
        self._clock = clock
        self._again = again
        self.is_pending = False
        self.over: BudgetUsedUp | None = None

    def of(self, entry: Entry, native_id: str, place: Place, rejects: list[Reject]) -> Article | None:
        """Return the text of an entry's page; without, a reject says why not."""
        if not entry.link:
            return None
        key = _key(place.url, native_id)
        sign = hashlib.sha256(canonical([entry.said, entry.link])).hexdigest()[:16]
        known = self._memory.get(key)
        if self._is_due(known, sign):
            known = self._fetch(entry, known, sign, rejects)
            self._memory.note(key, known)
        # Its feed must then be read as a whole again: what did not change is not sent.
        self.is_pending = self.is_pending or known.get("sign") != sign or 0 < known["tries"] < MOST_TRIES
        return Article(known["url"], known["text"]) if known.get("text") else None

    def forget(self, native_id: str, place: Place) -> None:
        """An entry left its feed: its text is in its record."""
        if self._memory.get(_key(place.url, native_id)):
            self._memory.note(_key(place.url, native_id), {})

    def _is_due(self, known: Json, sign: str) -> bool:
        if self.over:
            return False
        if self._again or known.get("sign") != sign:
            return True
        if not 0 < known["tries"] < MOST_TRIES:
            return False
        return self._clock.now() >= datetime.fromisoformat(known["at"]) + timedelta(hours=2 ** known["tries"] / 2)

    def _fetch(self, entry: Entry, before: Json, sign: str, rejects: list[Reject]) -> Json:
        """Ask for a page; a text that was there stays where it did not change or cannot be read now."""
        link = str(entry.link)
        tries = before["tries"] + 1 if before.get("sign") == sign else 1
        kept = {name: before.get(name) for name in ("text", "url", "etag", "last_modified")}
        known = kept | {"sign": sign, "tries": tries, "at": self._clock.now().isoformat()}
        if is_reddit(link):
            return known | {"tries": MOST_TRIES}
        try:
            answer = self._client.get(link, validators=Validators.of(kept), accept="text/html, */*;q=0.5")
        except BudgetUsedUp as end:  # the entry comes without
            self.over = end
            return known | {"sign": None}
        except HttpError as error:
            is_final = isinstance(error, RobotsRefused | AddressRefused) or 400 <= (error.status or 0) < 429
            rejects.append(
                Reject(STREAM, link, error.reason, f"no text of the article: {error}", str(error).encode())
            )
            return known | ({"tries": MOST_TRIES} if is_final else {})
        if answer.not_modified:
            return known | {"tries": 0}
        text, why = (None, "it leads to Reddit") if is_reddit(answer.url) else _extract(answer, entry)
        if text is None:
            detail = f"no text of the article: {answer.url}: {why}"
            rejects.append(Reject(STREAM, link, "no article text", detail, answer.content))
            return known | {"tries": MOST_TRIES}
        return known | {"tries": 0, "text": text, "url": answer.url} | answer.validators.as_state()


def _extract(answer: Answer, entry: Entry) -> tuple[str | None, str]:
    """Return a page's main text, or why there is none."""
    import trafilatura

    if "html" not in answer.content_type.lower():
        return None, f"it is no page but {answer.content_type or 'of no kind'}"
    try:
        text = trafilatura.extract(answer.text, url=answer.url, include_comments=False)
    except Exception as error:  # whatever a stranger's page does to a parser, the entry is read
        return None, f"it breaks the reader ({type(error).__name__}: {error})"
    title = entry.title.value.strip() if entry.title else None
    text = (text or "").strip()
    text = text.removeprefix(title).lstrip() if title and text.startswith(f"{title}\n") else text
    return (text[:LONGEST], "") if text else (None, "it has no text that looks like an article's")


def _key(url: str, native_id: str) -> str:
    return f"article:{url}#{native_id}"
