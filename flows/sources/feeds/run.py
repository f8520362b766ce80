"""One run over feeds: ask each, turn its entries into records, and remember what the next run needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import httpx

from flows.sources.base import Json, Page, Record, Reject, canonical
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.entries import Entry, Feed
from flows.sources.feeds.mapping import STREAM, Place, Unusable, key, record_id, site_of, to_record
from flows.sources.feeds.reading import read_feed
from flows.sources.http import Answer, Clock, HttpError, Memory, PoliteClient, Validators

KEPT_BYTES = 100_000
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class Run:
    """Counts the feeds that could be read, and says of the others why not.

    A feed's state: its validators, where it moved to, since when it is gone, how many entries it had, and its
    entries' ids with the moment each was first seen. An entry that stands in several feeds of a site is the
    feed's that had it first, so that the feeds don't overwrite each other.
    """

    def __init__(self, config: FeedsConfig, memory: Memory, client: PoliteClient, clock: Clock) -> None:
        """Work out from the state which feed has which entry."""
        self.config = config
        self.read = 0
        self.failures: list[str] = []
        self._memory = memory
        self._client = client
        self._clock = clock
        self._owners: dict[tuple[str, str], str] = {}
        for url in config.urls:
            known = memory.get(_key(url))
            if not known.get("gone_at"):
                self._own(url, known.get("seen", {}))

    def feed(self, url: str, done: int, following: str | None) -> Iterator[Page]:
        """Yield one feed's pages; its failure is a page with a reject. Raises BudgetUsedUp."""
        before = self._memory.get(_key(url))
        cursor = {"next": following}
        if before.get("gone_at") and not self.config.again:
            self.failures.append(f"{url} is gone")
            gap = f"{url} said on {before['gone_at'][:10]} that it is gone (410): not asked, take it off the list"
            yield Page([], cursor, gap=gap, progress=done)
            return
        address = url if self.config.again else before.get("moved_to") or url
        try:
            answer = self._client.get(address, validators=self._validators(before), accept=ACCEPT)
        except HttpError as error:
            reject = self._failed(url, error, before)
            yield Page([], cursor, [reject], state=self._memory.take(), progress=done)
            return
        moved_to = answer.moved_to or (address if address != url else None)
        if answer.not_modified:
            self.read += 1
            self._memory.note(_key(url), before | {"moved_to": moved_to})
            yield Page([], cursor, state=self._memory.take(), progress=done)
            return
        yield from self._pages(url, answer, before | {"moved_to": moved_to}, Page([], cursor, progress=done))

    def _validators(self, before: Json) -> Validators:
        return Validators() if self.config.again else Validators.of(before)

    def _failed(self, url: str, error: HttpError, before: Json) -> Reject:
        """Remember a feed that is gone; forget an address it had moved to."""
        self.failures.append(str(error))
        if error.status == httpx.codes.GONE:
            now = self._clock.now().isoformat(timespec="seconds")
            self._memory.note(_key(url), before | {"gone_at": now})
            detail = f"{error}: it is not asked again, take it off the list"
            return Reject(STREAM, url, "gone", detail, str(error).encode())
        if before.get("moved_to"):
            self._memory.note(_key(url), before | {"moved_to": None})
        return Reject(STREAM, url, error.reason, str(error), str(error).encode())

    def _pages(self, url: str, answer: Answer, before: Json, last: Page) -> Iterator[Page]:
        """Yield a feed's entries, a page at a time; what is remembered of the feed goes with the last."""
        content = answer.content[:KEPT_BYTES]
        try:
            feed = read_feed(answer.content, answer.url, answer.charset)
        except Exception as error:  # whatever a stranger's bytes do to a parser, the other feeds are read
            feed = Feed("", damage=f"{type(error).__name__}: {error}")
        rejects = [Reject(STREAM, url, *problem, content) for problem in _problems(feed, before)]
        if not feed.entries and (feed.damage or not feed.kind):
            self.failures.append(f"{url}: {rejects[0].detail}")
            yield Page([], last.next_cursor, rejects, state=self._memory.take(), progress=last.progress)
            return
        self.read += 1
        now = self._clock.now().replace(microsecond=0)
        reading = _Reading(self._place(url), feed, before.get("seen", {}), now, self._owners)
        records: list[Record] = []
        for entry in feed.entries:
            record = reading.take(entry, rejects)
            if record:
                records.append(record)
            if len(records) + len(rejects) >= self.config.page_size:
                yield Page(records, {"next": url}, rejects, state=self._memory.take(), progress=last.progress - 1)
                records, rejects = [], []
        self._own(url, reading.seen)
        is_whole = not feed.damage and not reading.is_early
        validators = answer.validators if is_whole else Validators()
        state = {"moved_to": before["moved_to"], "entries": len(feed.entries), "seen": reading.seen}
        self._memory.note(_key(url), validators.as_state() | state)
        yield Page(records, last.next_cursor, rejects, state=self._memory.take(), progress=last.progress)

    def _place(self, url: str) -> Place:
        site = self.config.site or site_of(url)
        return Place(url, site, self.config.channel, self.config.language)

    def _own(self, url: str, seen: Json) -> None:
        site = self._place(url).site
        self._owners = {place: owner for place, owner in self._owners.items() if owner != url}
        self._owners |= {(site, native_id): url for native_id in seen}


class _Reading:
    """One feed while its entries are taken: what was seen, and whether an entry came before its time."""

    def __init__(
        self, place: Place, feed: Feed, before: Json, now: datetime, owners: dict[tuple[str, str], str]
    ) -> None:
        self.seen: Json = {}
        self.is_early = False
        self._place = place
        self._feed = feed
        self._before = before
        self._now = now
        self._owners = owners
        self._hashes: dict[str, bytes] = {}

    def take(self, entry: Entry, rejects: list[Reject]) -> Record | None:
        """Return the entry's record; None where it is another feed's, doubled, or rejected."""
        url = self._place.url
        try:
            native_id = record_id(entry, self._place)
            if self._owners.get((self._place.site, native_id), url) != url:
                return None
            first_seen = self._before.get(native_id) or self._now.isoformat()
            record = to_record(entry, self._feed, self._place, datetime.fromisoformat(first_seen), self._now)
            if self._hashes.setdefault(native_id, record.content_hash) != record.content_hash:
                raise Unusable("repeated id", f"another entry of the feed has the id {native_id[:200]!r}, too")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            reason = error.reason if isinstance(error, Unusable) else "wrong shape"
            self.is_early = self.is_early or reason == "date in the future"
            where = f"{url}#{key(entry.id)}" if entry.id else url
            rejects.append(Reject(STREAM, where, reason, str(error), _kept(entry)))
            return None
        is_first = native_id not in self.seen
        self.seen[native_id] = first_seen
        return record if is_first else None


def _key(url: str) -> str:
    return f"feed:{url}"


def _kept(entry: Entry) -> bytes:
    try:
        return canonical(entry.said)[:KEPT_BYTES]
    except TypeError:
        return repr(entry.said).encode("utf-8", "backslashreplace")[:KEPT_BYTES]


def _problems(feed: Feed, before: Json) -> Iterator[tuple[str, str]]:
    """What is wrong with a whole feed: reason and detail."""
    had = f"; it had {before['entries']} entries the last time" if before.get("entries") else ""
    if feed.damage:
        yield "damaged feed", f"{feed.damage}; {len(feed.entries)} entries could be read{had}"
    elif not feed.kind:
        yield "not a feed", f"this is no RSS, Atom or JSON Feed{had}: look at the address in a browser"
    elif had and not feed.entries:
        yield "layout changed", f"there are no entries{had}: look at the address in a browser"
