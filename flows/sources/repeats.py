"""Ids that a file has more than once: the same row again is no news, another one under the same id is a fault."""

from __future__ import annotations

import sqlite3

from flows.records import Record, Unusable


class Repeats:
    """The ids of one file so far, on disk while the file is read: an archive may have more than memory holds."""

    def __init__(self) -> None:
        """Open a temporary database, which goes with the object."""
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("create table seen (id text primary key, place text, hash blob) without rowid")

    def check(self, record: Record, place: str) -> None:
        """Remember where an id stands; raises Unusable where it stood before with other content."""
        told = self._db.execute(
            "insert or ignore into seen values (?, ?, ?)", (record.record_id, place, record.content_hash)
        )
        if told.rowcount:
            return
        before, content_hash = self._db.execute(
            "select place, hash from seen where id = ?", (record.record_id,)
        ).fetchone()
        if content_hash != record.content_hash:
            raise Unusable(
                "repeated id",
                f"id {record.record_id[:80]!r} stands in {before} already, with other content; which one is meant?",
            )
