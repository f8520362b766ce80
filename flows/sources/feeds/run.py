"""One run over feeds: ask each, turn its entries into records, and remember what the next run needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import httpx
import orjson

from flows.records import Json, Page, Record, Reject
from flows.records.ids import site_of
from flows.sources.feeds.articles import Articles
from flows.sources.feeds.config import FeedsConfig, is_reddit
from flows.sources.feeds.entries import Entry, Feed
from flows.sources.feeds.intake import EntryIntake
from flows.sources.feeds.mapping import STREAM, Place
from flows.sources.feeds.reading import read_feed
from flows.sources.http import AddressRefused, Answer, Clock, HttpError, Memory, PoliteClient, Validators
from flows.sources.rechecks.threads import WatchedThreads

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
TEXTS_A_PAGE = 20  # each is a request: what a killed run asks for again


class Run:
    """Counts the feeds that could be read, and says of the others why not.

    A feed's state: its validators, where it moved to, since when it is gone, how many entries it had, and its
    entries' ids with the moment each was first seen. An entry that stands in several feeds of a site is the
    feed's that had it first, so that the feeds don't overwrite each other. Young articles' feeds of comments
    are watched: each is a feed like the others.
    """

    def __init__(self, config: FeedsConfig, memory: Memory, client: PoliteClient, clock: Clock) -> None:
        """Work out from the state which feed has which entry."""
        self.config = config
        self.read = 0
        self.failures: list[str] = []
        self._memory = memory
        self._client = client
        self._clock = clock
        self._articles = Articles(client, memory, clock, again=config.again) if config.full_text else None
        self._watched = WatchedThreads(memory, [], int(clock.now().timestamp()), config.comment_days)
        self._owners: dict[tuple[str, str], str] = {}
        for place in [*map(self._place, config.urls), *map(self._thread, self._watched.all())]:
            known = memory.get(_key(place.url))
            if not known.get("gone_at"):
                self._own(place, known.get("seen", {}))
        for url in self._watched.expired - set(config.urls):
            memory.note(_key(url), {"seen": {}})

    def feed(self, url: str, done: int, following: str | None) -> Iterator[Page]:
        """Yield one feed's pages; its failure is a page with a reject. Raises BudgetUsedUp."""
        before = self._memory.get(_key(url))
        last = Page([], {"next": following}, progress=done)
        if before.get("gone_at") and not self.config.again:
            self.failures.append(f"{url} is gone")
            gap = f"{url} said on {before['gone_at'][:10]} that it is gone (410): not asked, take it off the list"
            yield Page([], last.next_cursor, gap=gap, progress=done)
            return
        address = url if self.config.again else before.get("moved_to") or url
        try:
            answer = self._ask(address, before)
        except HttpError as error:
            reject = self._failed(url, error, before)
            yield Page([], last.next_cursor, [reject], state=self._memory.take(), progress=done)
            return
        moved_to = answer.moved_to or (address if address != url else None)
        yield from self._answered(self._place(url), answer, before | {"moved_to": moved_to}, last)

    def comments(self, done: int) -> Iterator[Page]:
        """Yield the comments of young articles that are due. Raises BudgetUsedUp."""
        for url in self._watched.due() if self.config.comments else ():
            before = self._memory.get(_key(url)) | {"moved_to": None}
            last = Page([], {"next": None}, progress=done)
            try:
                answer = self._ask(url, before)
            except HttpError as error:
                self._watched.was_read(url)  # it is asked again when that is due
                reject = Reject(STREAM, url, error.reason, f"no comments: {error}", str(error).encode())
                yield Page([], last.next_cursor, [reject], state=self._memory.take(), progress=done)
            else:
                self._watched.was_read(url)
                yield from self._answered(self._thread(url), answer, before, last)

    def _ask(self, address: str, before: Json) -> Answer:
        validators = Validators() if self.config.again else Validators.of(before)
        answer = self._client.get(address, validators=validators, accept=ACCEPT)
        if is_reddit(answer.url):
            raise AddressRefused(
                address, "it leads to Reddit, whose rules apply to its feeds, too: take type: reddit"
            )
        return answer

    def _answered(self, place: Place, answer: Answer, before: Json, last: Page) -> Iterator[Page]:
        """Yield the pages of an answer; `last` is what the last of them carries."""
        if not answer.not_modified:
            yield from self._pages(place, answer, before, last)
            return
        self.read += 1
        self._memory.note(_key(place.url), before)
        yield Page([], last.next_cursor, state=self._memory.take(), progress=last.progress)

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

    def _pages(self, place: Place, answer: Answer, before: Json, last: Page) -> Iterator[Page]:
        """Yield a feed's entries, a page at a time; what is remembered of the feed goes with the last."""
        try:
            feed = read_feed(answer.content, answer.url, answer.charset)
        except Exception as error:  # whatever a stranger's bytes do to a parser, the other feeds are read
            feed = Feed("", damage=f"{type(error).__name__}: {error}")
        rejects = [Reject(STREAM, place.url, *problem, answer.content) for problem in _problems(feed, before)]
        if not feed.entries and (feed.damage or not feed.kind):
            self.failures.append(f"{place.url}: {rejects[0].detail}")
            yield Page([], last.next_cursor, rejects, state=self._memory.take(), progress=last.progress)
            return
        self.read += 1
        articles = None if place.article else self._articles
        if articles:
            articles.is_pending = False
        size = TEXTS_A_PAGE if articles else self.config.page_size
        now = self._clock.now().replace(microsecond=0)
        intake = EntryIntake(place, feed, before.get("seen", {}), now, owners=self._owners, articles=articles)
        records: list[Record] = []
        for entry in feed.entries:
            record = intake.take(entry, rejects)
            if record:
                records.append(record)
                self._watch(entry, record, place)
            if len(records) + len(rejects) >= size:
                more = {"next": place.url}
                yield Page(records, more, rejects, state=self._memory.take(), progress=last.progress - 1)
                records, rejects = [], []
        self._own(place, intake.seen)
        if articles:
            for native_id in before.get("seen", {}).keys() - intake.seen.keys():
                articles.forget(native_id, place)
        is_whole = not (feed.damage or intake.is_early or (articles and articles.is_pending))
        validators = answer.validators if is_whole else Validators()
        state = {"moved_to": before["moved_to"], "entries": len(feed.entries), "seen": intake.seen}
        self._memory.note(_key(place.url), validators.as_state() | state)
        gap = (
            f"{articles.over}: texts of articles are left for the next run" if articles and articles.over else None
        )
        notes = [
            f"{place.url}: {n} new {'entry' if n == 1 else 'entries'}: {doubt}"
            for doubt, n in intake.doubts.items()
        ]
        yield Page(
            records, last.next_cursor, rejects,
            state=self._memory.take(), gap=gap, progress=last.progress, notes=notes,
        )  # fmt: skip

    def _watch(self, entry: Entry, record: Record, place: Place) -> None:
        """Watch an article's feed of comments; as many comments as before say that there is nothing new."""
        url = entry.comments_feed
        if not self.config.comments or place.article or not url or is_reddit(url) or url in self.config.urls:
            return
        posted = datetime.fromisoformat(orjson.loads(record.content)["mapped"]["posted_at"])
        about = {"article": record.record_id, "site": place.site}
        self._watched.find(url, int(posted.timestamp()), entry.counters.get("replies"), about)

    def _place(self, url: str) -> Place:
        site = self.config.site or site_of(url)
        return Place(url, site, self.config.channel, self.config.language)

    def _thread(self, url: str) -> Place:
        """The place of an article's comments."""
        about = self._watched.about(url)
        return Place(url, about["site"], self.config.channel, self.config.language, about["article"])

    def _own(self, place: Place, seen: Json) -> None:
        self._owners = {entry: owner for entry, owner in self._owners.items() if owner != place.url}
        self._owners |= {(place.site, native_id): place.url for native_id in seen}


def _key(url: str) -> str:
    return f"feed:{url}"


def _problems(feed: Feed, before: Json) -> Iterator[tuple[str, str]]:
    """What is wrong with a whole feed: reason and detail."""
    had = f"; it had {before['entries']} entries the last time" if before.get("entries") else ""
    if feed.damage:
        yield "damaged feed", f"{feed.damage}; {len(feed.entries)} entries could be read{had}"
    elif not feed.kind:
        yield "not a feed", f"this is no RSS, Atom or JSON Feed{had}: look at the address in a browser"
    elif had and not feed.entries:
        yield "layout changed", f"there are no entries{had}: look at the address in a browser"
