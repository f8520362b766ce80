"""Ids that a file has more than once: the same row again is no news, another one under the same id is a fault."""

from __future__ import annotations

import sqlite3

from flows.records import Record, Unusable

IN_MEMORY = 200_000  # ids, some 70 MB


class Repeats:
    """The ids of one file so far, those of its last rows in memory, the others on disk while the file is read."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._last: dict[str, tuple[str, bytes]] = {}
        self._earlier: sqlite3.Connection | None = None

    def check(self, record: Record, place: str) -> None:
        """Remember where an id stands; raises Unusable where it stood before with other content."""
        stood = self._last.get(record.record_id) or self._find(record.record_id)
        if stood is None:
            if len(self._last) >= IN_MEMORY:
                self._put_away()
            self._last[record.record_id] = place, record.content_hash
            return
        before, content_hash = stood
        if content_hash != record.content_hash:
            raise Unusable(
                "repeated id",
                f"id {record.record_id[:80]!r} stands in {before} already, with other content; which one is meant?",
            )

    def _find(self, record_id: str) -> tuple[str, bytes] | None:
        if self._earlier is None:
            return None
        row: tuple[str, bytes] | None = self._earlier.execute(
            "select place, hash from seen where id = ?", (record_id,)
        ).fetchone()
        return row

    def _put_away(self) -> None:
        """Move what is in memory to a temporary database, which goes with the object; nobody else sees it."""
        if self._earlier is None:
            self._earlier = sqlite3.connect("", isolation_level=None)
            self._earlier.execute("pragma journal_mode = off")
            self._earlier.execute("create table seen (id text primary key, place text, hash blob) without rowid")
        self._earlier.execute("begin")
        rows = ((one, *self._last[one]) for one in sorted(self._last))
        self._earlier.executemany("insert into seen values (?, ?, ?)", rows)
        self._earlier.execute("commit")
        self._last.clear()
