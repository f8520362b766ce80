"""One run over an IMAP account: each folder from its last UID on, again from the first where its UIDs changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from flows.errors import SourceError
from flows.records import Json, Page
from flows.sources.base import Period
from flows.sources.http.limits import MEGABYTE
from flows.sources.mailbox.batch import PAGE_BYTES, Batch
from flows.sources.mailbox.config import ImapServer
from flows.sources.mailbox.imap import FolderRefused, Imap, Opened
from flows.sources.mailbox.known import Known
from flows.sources.mailbox.mapping import Found

CHUNK = 200
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Account:
    """Yields the pages of every folder; a folder that cannot be opened is a reject and stops no other."""

    def __init__(self, server: ImapServer, imap: Imap, batch: Batch, known: Known | None) -> None:
        """`known` holds which mail stands where, for those who want to know what is gone."""
        self._server = server
        self._imap = imap
        self._batch = batch
        self._known = known
        # A group that does not fit into the budget of a run would never be read.
        self._most = min(PAGE_BYTES, batch.task.config.max_megabytes * MEGABYTE // 2)

    def read(self) -> Iterator[Page]:
        """Yield what is new in every folder. Raises SourceError when not one could be opened."""
        failures: list[str] = []
        for name in self._server.folders:
            try:
                opened = self._imap.open(name)
            except FolderRefused as error:
                failures.append(str(error))
                self._batch.reject(f"{self._place(name)}", "no such folder", str(error), str(error).encode())
                yield self._batch.close()
                continue
            yield from self._folder(self._place(name), opened)
        if len(failures) == len(self._server.folders):
            raise SourceError(f"no folder could be opened; the first: {failures[0]}")
        if self._known and not failures:
            gone = self._known.gone()
            if gone.tombstones or gone.state or gone.gap:
                yield gone.page(self._batch)

    def _place(self, folder: str) -> str:
        return f"{self._server.user}@{self._server.host}/{folder}"

    def _folder(self, place: str, opened: Opened) -> Iterator[Page]:
        before = self._batch.places.get(place)
        is_same = before is not None and before["uidvalidity"] == opened.uidvalidity
        last = before["uid"] if before and is_same else 0
        if self._known:
            self._known.enter(place, opened.uidvalidity, [u for uids in self._imap.search(opened, 0) for u in uids])
        if is_same and opened.uidnext is not None and opened.uidnext <= last + 1:
            return
        for uids in self._imap.search(opened, last, "UNDRAFT", *_written_in(self._batch.task.period)):
            for begins in range(0, len(uids), CHUNK):
                for group in self._groups(uids[begins : begins + CHUNK]):
                    self._fetch(place, opened, group)
                    last = group[-1]
                    self._batch.reached = (place, {"uidvalidity": opened.uidvalidity, "uid": last})
                    if self._batch.is_full:
                        yield self._batch.close(state=self._state())
        position = {"uidvalidity": opened.uidvalidity, "uid": max(last, (opened.uidnext or 0) - 1)}
        yield self._batch.close(place, position, state=self._state())

    def _groups(self, uids: list[int]) -> Iterator[list[int]]:
        """UIDs whose mails fit into a page together; a mail that is gone by now is in none."""
        sizes = self._imap.sizes(uids)
        group: list[int] = []
        size = 0
        for uid in (one for one in uids if one in sizes):
            asked = min(sizes[uid], self._imap.most)
            if group and (size + asked > self._most or len(group) >= self._batch.task.config.page_size):
                yield group
                group, size = [], 0
            group.append(uid)
            size += asked
        if group:
            yield group

    def _fetch(self, place: str, opened: Opened, uids: list[int]) -> None:
        found, refused = self._imap.fetch(uids)
        for mail in found:
            cut_from = mail.size if mail.size > len(mail.content) >= self._imap.most else None
            where = f"{place};uid={mail.uid};uidvalidity={opened.uidvalidity}"
            record = self._batch.take(Found(mail.content, mail.received, cut_from), where)
            if record and self._known:
                self._known.note(place, mail.uid, record)
        for uid, words in refused:
            where = f"{place};uid={uid};uidvalidity={opened.uidvalidity}"
            self._batch.reject(where, "cannot be fetched", f"the server says: {words}", where.encode())

    def _state(self) -> Mapping[str, Json]:
        return self._known.take() if self._known else {}


def _written_in(period: Period | None) -> list[str]:
    """Criteria for mails dated in a period, or received in it: servers look at days, of whatever zone."""
    if period is None:
        return []
    since = _day(period.since.astimezone(UTC) - timedelta(days=1))
    before = _day(period.until.astimezone(UTC) + timedelta(days=2))
    return ["OR", f"(SENTSINCE {since} SENTBEFORE {before})", f"(SINCE {since} BEFORE {before})"]


def _day(moment: datetime) -> str:
    return f"{moment.day}-{MONTHS[moment.month - 1]}-{moment.year:04d}"
