"""A mailbox read without a warehouse: pages committed one by one, as the warehouse does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson

from flows.errors import SourceError
from flows.records import Cursor, Json, Page, Record, Reject, Tombstone
from flows.sources.base import Period
from flows.sources.http import Clock
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.source import Mailbox

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Ran:
    """What a run yielded."""

    pages: list[Page]
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for page in self.pages for reject in page.rejects]

    @property
    def tombstones(self) -> list[Tombstone]:
        return [tombstone for page in self.pages for tombstone in page.tombstones]

    @property
    def payloads(self) -> dict[str, Json]:
        return {record.record_id: orjson.loads(record.content) for record in self.records}

    @property
    def mapped(self) -> dict[str, Json]:
        return {record_id: payload["mapped"] for record_id, payload in self.payloads.items()}

    @property
    def ids(self) -> list[str]:
        return [record.record_id for record in self.records]

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]

    @property
    def gaps(self) -> list[str]:
        return [page.gap for page in self.pages if page.gap]


@dataclass
class Reader:
    """A source with what it committed so far. Options are those of MailboxConfig."""

    options: dict[str, Any]
    cursor: Cursor | None = None
    state: dict[str, Json] = field(default_factory=dict)
    clock: Clock = field(default_factory=lambda: Clock(lambda: NOW))

    def run(self, most: int | None = None, **options: Any) -> Ran:
        """Run once; `most` kills the run after so many committed pages."""
        ran = Ran([])
        pages = self._source(options).pages(self.cursor, orjson.loads(orjson.dumps(self.state)))
        try:
            for page in pages:
                ran.pages.append(page)
                self.cursor = orjson.loads(orjson.dumps(page.next_cursor))
                self.state |= orjson.loads(orjson.dumps(page.state))
                if most and len(ran.pages) == most:
                    pages.close()  # type: ignore[attr-defined]
        except SourceError as error:
            ran.error = str(error)
        return ran

    def back_fill(self, since: datetime, until: datetime, **options: Any) -> Ran:
        return Ran(list(self._source(options).back_fill(Period(since, until), None, self.state)))

    def _source(self, options: dict[str, Any]) -> Mailbox:
        return Mailbox(MailboxConfig(**{"name": "post", **self.options, **options}), self.clock)


def on_disk(path: Path, **options: Any) -> Reader:
    return Reader({"path": str(path), **options})


def mail(number: int | str, body: str = "Bonjour", **headers: str) -> EmailMessage:
    """A mail with the least that a mail has; `headers` with _ for -."""
    given = {
        "From": "Ann Example <ann@example.net>",
        "To": "support@example.org",
        "Subject": f"Subject {number}",
        "Date": "Mon, 02 Nov 2026 10:00:00 +0100",
        "Message-ID": f"<{number}@example.net>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    made = EmailMessage()
    for name, value in given.items():
        if value:
            made[name] = value
    made.set_content(body)
    return made


def raw(body: bytes | str = b"Bonjour", **headers: str | bytes) -> bytes:
    """A mail's bytes with the headers given and no other but From and Date."""
    given: dict[str, str | bytes] = {"From": "ann@example.net", "Date": "Mon, 02 Nov 2026 10:00:00 +0100"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [name.encode() + b": " + (v if isinstance(v, bytes) else v.encode()) for name, v in given.items()]
    return b"\n".join([*lines, b"", body if isinstance(body, bytes) else body.encode()])


def read_one(folder: Path, content: bytes, **options: Any) -> Ran:
    """Read one mail that lies in a folder of its own."""
    path = folder / f"{len(list(folder.iterdir()))}.eml"
    path.write_bytes(content)
    return on_disk(path, **options).run()
