"""One run over files: mbox files from where they were left, other mails by when they came to their folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from flows.records import Json, Page
from flows.sources.http import Budget, Clock
from flows.sources.mailbox import mbox
from flows.sources.mailbox.batch import Batch
from flows.sources.mailbox.mapping import Found
from flows.sources.mailbox.places import Place, delivered
from flows.sources.mailbox.unsent import is_flagged

SETTLING = 2_000_000_000  # nanoseconds: a file may turn up a moment after its time


class Disk:
    """Yields the pages of every place. What is over the minutes of the run raises BudgetUsedUp between pages."""

    def __init__(self, batch: Batch, budget: Budget, clock: Clock, most: int) -> None:
        """`most` bytes are read of one mail."""
        self._batch = batch
        self._budget = budget
        self._clock = clock
        self._most = most
        self._progress = 0

    def read(self, place: Place, before: Json | None) -> Iterator[Page]:
        """Yield what is new in a place since its position."""
        self._check()
        if place.kind == "mbox":
            yield from self._mbox(place, before)
        else:
            yield from self._folder(place, before)

    def _check(self) -> None:
        self._budget.check_wait(0, self._clock.monotonic())

    def _mbox(self, place: Place, before: Json | None) -> Iterator[Page]:
        begins = mbox.start(place.path, before)
        size = place.path.stat().st_size
        if begins is None:
            self._progress += size
            return
        last = ends = begins
        for piece in mbox.pieces(place.path, begins, self._most):
            last, ends = piece.begins, piece.ends
            cut_from = piece.ends - piece.begins if piece.is_cut else None
            self._batch.take(Found(piece.content, piece.received, cut_from), f"{place.name}@{piece.begins}")
            if self._batch.is_full:
                position = mbox.position(place.path, ends, ends, done=False)
                yield self._batch.close(place.name, position, progress=self._progress + ends)
                self._check()
        self._progress += ends
        position = mbox.position(place.path, last, ends, done=True)
        yield self._batch.close(place.name, position, progress=self._progress)

    def _folder(self, place: Place, before: Json | None) -> Iterator[Page]:
        started = time.time_ns()
        reached = (before["changed"], before["name"]) if before else (0, "")
        files = sorted(one for one in _listed(place) if (one[0], one[1]) > reached)
        if not files:
            return
        for changed, name, path in files:
            if self._take(place, name, path):
                reached = (changed, name)
            if self._batch.is_full:
                yield self._close(place, reached)
                self._check()
        # What came in the moment before the folder was listed is read again: something may have come beside it.
        yield self._close(place, min(reached, (started - SETTLING, "")))

    def _take(self, place: Place, name: str, path: Path) -> bool:
        if place.kind == "maildir" and is_flagged(path):
            return True
        try:
            with path.open("rb") as file:
                content = file.read(self._most + 1)
                size = path.stat().st_size
        except FileNotFoundError:  # its flags changed, and with them its name: the next run has it
            return False
        except OSError as error:
            self._batch.reject(f"{place.name}/{name}", "cannot be read", f"{path}: {error.strerror}", b"")
            return True
        received = delivered(path) if place.kind == "maildir" else None
        cut_from = size if size > self._most else None
        self._batch.take(Found(content[: self._most], received, cut_from), f"{place.name}/{name}")
        self._progress += size
        return True

    def _close(self, place: Place, reached: tuple[int, str]) -> Page:
        position = {"changed": reached[0], "name": reached[1]}
        return self._batch.close(place.name, position, progress=self._progress)


def _listed(place: Place) -> Iterator[tuple[int, str, Path]]:
    """Files with the moment they came, or were last changed or renamed (nanoseconds; nobody can set it)."""
    for path in place.files():
        try:
            changed = path.stat().st_ctime_ns
        except FileNotFoundError:
            continue
        yield changed, path.name if place.path.is_file() else path.relative_to(place.path).as_posix(), path
