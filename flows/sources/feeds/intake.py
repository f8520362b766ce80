"""Entries of one feed become records, one by one: what is another feed's, doubled or unusable stays out."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from flows.records import Json, Record, Reject, Unusable, reject
from flows.records.ids import key
from flows.sources.feeds.articles import Articles
from flows.sources.feeds.entries import Entry, Feed
from flows.sources.feeds.mapping import STREAM, Place, record_id, to_record, written


class EntryIntake:
    """One feed while its entries are taken: what was seen, what came before its time, what is doubtful."""

    def __init__(
        self,
        place: Place,
        feed: Feed,
        before: Json,
        now: datetime,
        *,
        owners: dict[tuple[str, str], str],
        articles: Articles | None = None,
    ) -> None:
        """`owners` are the feeds that have entries, `articles` fetches texts."""
        self.seen: Json = {}
        self.is_early = False
        self.doubts: Counter[str] = Counter()
        self._place = place
        self._feed = feed
        self._before = before
        self._now = now
        self._owners = owners
        self._articles = articles
        self._hashes: dict[str, bytes] = {}

    def take(self, entry: Entry, rejects: list[Reject]) -> Record | None:
        """Return the entry's record; None where it is another feed's, doubled, or rejected."""
        url = self._place.url
        try:
            native_id = record_id(entry, self._place)
            if self._owners.get((self._place.site, native_id), url) != url:
                return None
            first_seen = self._before.get(native_id) or self._now.isoformat()
            moment = datetime.fromisoformat(first_seen)
            plain = to_record(entry, self._feed, self._place, moment, self._now)
            if self._hashes.setdefault(native_id, plain.content_hash) != plain.content_hash:
                raise Unusable("repeated id", f"another entry of the feed has the id {native_id[:200]!r}, too")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            where = f"{url}#{key(entry.id)}" if entry.id else url
            rejects.append(reject(STREAM, where, error, entry.said))
            self.is_early = self.is_early or rejects[-1].reason == "date in the future"
            return None
        if native_id not in self._before:
            self._doubt(entry)
        is_first = native_id not in self.seen
        self.seen[native_id] = first_seen
        return self._whole(entry, plain, moment, rejects) if is_first else None

    def _doubt(self, entry: Entry) -> None:
        """Count what is uncertain about when a new entry was written."""
        said = written(entry, self._feed, self._place)
        if said and said.doubt:
            self.doubts[said.doubt] += 1
        elif not said and (entry.published or entry.updated):
            self.doubts["the date cannot be read, the moment of the first sight is taken"] += 1

    def _whole(self, entry: Entry, plain: Record, moment: datetime, rejects: list[Reject]) -> Record:
        """Return the record with its article's text, where there is one; without, it is as the feed says."""
        article = self._articles and self._articles.of(entry, plain.record_id, self._place, rejects)
        if not article:
            return plain
        try:
            return to_record(entry, self._feed, self._place, moment, self._now, article=article)
        except (ValueError, TypeError) as error:
            rejects.append(Reject(STREAM, article.url, "no article text", str(error), article.url.encode()))
            return plain
