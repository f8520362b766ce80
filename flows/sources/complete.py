"""Files that are all there is of a source: what it read before and they no longer hold is gone, by the one rule.

A file that was cut off looks like one from which much was deleted. So nothing is believed gone where many are
missing at once, where a row could not be used, or where there was no row at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from flows.records import Json, Tombstone
from flows.sources.http import Memory
from flows.sources.rechecks import Absences, RecheckConfig
from flows.sources.rechecks.absence import ENOUGH

REASON = "no longer in the file"
MARK = "complete"
MEANT = "if they are gone, say --believe-absences, or set believe_absences for as long as the run says this"


@dataclass
class Finding:
    """What a look at all there is ends with."""

    gone: list[Tombstone] = field(default_factory=list)
    gap: str | None = None
    notes: list[str] = field(default_factory=list)
    state: dict[str, Json] = field(default_factory=dict)


class Complete:
    """One look at all there is of a source; ids stand on disk meanwhile, an archive may have many."""

    def __init__(
        self, stream: str, site: str, config: RecheckConfig, state: Mapping[str, Json], now: datetime
    ) -> None:
        """`absent_hours` 0: one look is enough, a person vouches for it."""
        self._stream, self._site = stream, site
        self._place = f"{stream}/{site}"
        self._config = config
        self._memory = Memory(state)
        looks = 2 if config.absent_hours else 1
        self._absences = Absences(self._memory, config, now, key=f"absent:{self._place}", looks=looks)
        self._unusable = 0
        # Rows are seen where pages are made ahead, and judged afterwards where they are taken.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = off")
        for name in ("seen", "known"):
            self._db.execute(f"create table {name} (id text primary key) without rowid")

    def is_known(self, mark: str) -> bool:
        """Whether files of this mark were looked at before, and nothing is due to be looked for again."""
        return self._memory.get(f"{MARK}:{self._place}").get("mark") == mark and not self._absences.due()

    def see(self, record_id: str) -> None:
        """The files hold a record."""
        self._db.execute("insert or ignore into seen values (?)", (record_id,))

    def fail(self) -> None:
        """A row could not be used: whose it was nobody knows."""
        self._unusable += 1

    def end(self, known: Iterable[str], mark: str) -> Finding:
        """Say what is gone of the `known`, after the last row of the last file, which together bear a `mark`."""
        self._db.executemany("insert or ignore into known values (?)", ((one,) for one in known))
        missing = list(self._ids("select id from known except select id from seen"))
        finding = self._judge(missing)
        self._memory.note(f"{MARK}:{self._place}", {"mark": mark})
        finding.state = self._memory.take()
        return finding

    def _judge(self, missing: list[str]) -> Finding:
        said = f"{len(missing):,} that were read before are missing"
        if missing and self._unusable:
            unusable = f"{self._unusable:,} could not be used"
            return Finding(gap=f"{said}, and of the rows {unusable}: none of them counts as deleted")
        is_empty = next(self._ids("select id from seen limit 1"), None) is None
        if missing and is_empty and not self._config.believe_absences:
            return Finding(gap=f"{said}, and there is no row at all: none of them counts as deleted; {MEANT}")
        self._settle(missing)
        for record_id in missing:
            self._absences.miss(record_id)
        verdict = self._absences.believe()
        if verdict.gap:
            return Finding(gap=f"{verdict.gap}; {MEANT}")
        gone = [Tombstone(self._stream, self._site, record_id, REASON) for record_id in verdict.gone]
        notes = [f"{len(gone):,} that were read before are missing, and count as deleted"] if gone else []
        if waiting := len(missing) - len(gone):
            hours = f"{self._config.absent_hours:g} hours"
            notes.append(f"{waiting:,} that were read before are missing: deleted, if they still are in {hours}")
        return Finding(gone, notes=notes)

    def _settle(self, missing: list[str]) -> None:
        """Nobody awaits what is back, nor what others found gone; as much as decides is noted as found."""
        absences = self._absences
        still = set(missing)
        for record_id in absences.awaited - still:
            absences.settle(record_id)
        for record_id in absences.believed:
            if self._db.execute("select 1 from seen where id = ?", (record_id,)).fetchone():
                absences.settle(record_id)
        pending = len(still | absences.awaited | absences.believed)
        if pending:
            most = ENOUGH * (pending + ENOUGH)
            for record_id in islice(self._ids("select id from known intersect select id from seen"), most):
                absences.found(record_id)

    def _ids(self, query: str) -> Iterator[str]:
        return (record_id for (record_id,) in self._db.execute(query))
