"""A page while it fills: mails become records or rejects, and nothing that a mail holds can stop a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from flows.records import Cursor, Json, Page, Record, Reject, Unusable
from flows.sources.base import Period
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.mapping import STREAM, Found, to_record
from flows.sources.mailbox.namesakes import Namesakes
from flows.sources.mailbox.unsent import PassedOver

KEPT_MAIL_BYTES = 1_000_000  # of a rejected mail: more than of others, what damages one lies in its parts
PAGE_BYTES = 8_000_000


@dataclass(frozen=True)
class Task:
    """What a run reads for: everything, or what was written in a period; `now` is its moment (UTC)."""

    config: MailboxConfig
    site: str
    now: datetime
    period: Period | None = None
    namesakes: Namesakes | None = None


@dataclass
class Batch:
    """Records and rejects since the last page, and how many bytes they were made of."""

    task: Task
    places: dict[str, Json]
    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    size: int = 0
    reached: tuple[str, Json] | None = None
    told: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """It has as many mails, or bytes, as a page may."""
        return len(self.records) + len(self.rejects) >= self.task.config.page_size or self.size >= PAGE_BYTES

    def take(self, found: Found, where: str) -> Record | None:
        """Turn a mail into a record, or into a reject with its bytes; None where it is no record of this run."""
        self.size += len(found.content)
        told: list[str] = []
        try:
            record = to_record(found, self.task.config, self.task.site, self.task.now, told.append)
        except PassedOver as over:
            self.told.update([str(over)])
            return None
        except Exception as error:  # whatever a stranger's mail does to a parser, the others are read
            reason = error.reason if isinstance(error, Unusable) else "cannot be parsed"
            detail = str(error) if isinstance(error, Unusable) else f"{type(error).__name__}: {error}"
            self.reject(where, reason, detail, found.content)
            return None
        if self.task.period and not _is_in(record, self.task.period):
            return None
        if self.task.namesakes and (apart := self.task.namesakes.tell_apart(record)) is not record:
            record = apart
            told.append("the Message-ID is another mail's: both are kept")
        self.told.update(told)
        self.records.append(record)
        return record

    def reject(self, where: str, reason: str, detail: str, content: bytes) -> None:
        """Keep what could not become a record. In a period of the past it was told when it was first read."""
        if self.task.period is None:
            self.rejects.append(Reject(STREAM, where, reason, detail[:2000], content, KEPT_MAIL_BYTES))

    def close(
        self,
        place: str | None = None,
        position: Json | None = None,
        *,
        progress: int = 0,
        gap: str | None = None,
        state: Mapping[str, Json] | None = None,
    ) -> Page:
        """Hand over the page; `position` is where to read the place on from, if not where it was `reached`."""
        if self.reached:
            self.places[self.reached[0]] = self.reached[1]
        if place is not None and position is not None:
            self.places[place] = position
        cursor: Cursor = {"places": dict(self.places)}
        notes = [f"{n} {'mail' if n == 1 else 'mails'}: {what}" for what, n in self.told.items()]
        page = Page(self.records, cursor, self.rejects, state=state or {}, gap=gap, progress=progress, notes=notes)
        if self.task.namesakes:
            self.task.namesakes.turn_page()
        self.records, self.rejects, self.size, self.reached, self.told = [], [], 0, None, Counter()
        return page


def _is_in(record: Record, period: Period) -> bool:
    written = datetime.fromisoformat(orjson.loads(record.content)["mapped"]["posted_at"])
    return period.since <= written < period.until
