"""Mails that share a Message-ID and are not one mail: systems use an id again, weeks later, for somebody else.

Copies of a mail have its Date, whatever way they took. One of another date, by somebody else or with other words,
is another mail: its id gets a digest of what it says, so that each reading gives it the same. The company's own
are never told apart: a draft has the id of what was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import orjson

from flows.records import Json, Record
from flows.records.ids import hashed


class _Said(NamedTuple):
    account: str
    body: str | None
    title: str | None
    posted_at: str
    is_dated: bool  # by its own Date
    is_own: bool

    def is_another(self, than: _Said) -> bool:
        if not (self.is_dated and than.is_dated) or (self.is_own and than.is_own):
            return False
        return self.posted_at != than.posted_at and self[:3] != than[:3]


class Namesakes:
    """Tells a mail from the one that has its id: of the page that is being read, or as `stored` before it."""

    def __init__(self, stored: Callable[[str, str, str], Json | None]) -> None:
        """`stored` gives what is known of a stream, a site and an id."""
        self._stored = stored
        self._page: dict[str, _Said] = {}

    def tell_apart(self, record: Record) -> Record:
        """Return the record, under an id of its own where another mail has its id."""
        said = _said(orjson.loads(record.content))
        before = self._page.get(record.record_id) or self._known(record)
        if before is None or not said.is_another(before):
            self._page[record.record_id] = said
            return record
        return replace(record, record_id=f"{record.record_id}#{hashed(repr(said))[-16:]}")

    def turn_page(self) -> None:
        """What was read so far is stored, or will be before anybody asks."""
        self._page.clear()

    def _known(self, record: Record) -> _Said | None:
        payload = self._stored(record.stream, record.site, record.record_id)
        return None if payload is None else _said(payload)


def _said(payload: Json) -> _Said:
    mapped = payload["mapped"]
    is_dated = payload.get("mail", {}).get("dated_by") is None
    is_own = mapped.get("author_role_declared") in {"brand", "bot"}
    return _Said(mapped["account"], mapped.get("body"), mapped.get("title"), mapped["posted_at"], is_dated, is_own)
