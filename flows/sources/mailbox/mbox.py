"""mbox files, mail by mail and by byte offset; a file of any size is read in bounded memory.

A mail begins at a line `From SENDER DATE`. Where the file was read before, only what came after is read, if it
still is the same file: its beginning, and what stood before the place reached, are compared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flows.records import Json

FROM_LINE = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+"
    rb"\d{1,2}\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:\S+\s+)?(?:\S+\s+)?\d{4}\b"
)
ASCTIME = re.compile(rb"(\w{3})\s+(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+(?:.*\s)?(\d{4})\b")
ESCAPED = re.compile(rb">+From ")
CHUNK = 65_536
COMPARED = 4_096


@dataclass(frozen=True)
class Piece:
    """A mail in its file: where it begins and ends, its bytes without the From line, and whether some were left."""

    begins: int
    ends: int
    content: bytes
    received: str | None
    is_cut: bool


def start(path: Path, before: Json | None) -> int | None:
    """Where to go on reading; None where nothing was added. 0 for a file that is another than before."""
    size = path.stat().st_size
    if not before or before["known"] > size or _print(path, before["known"]) != before["print"]:
        return 0
    if before["done"] and before["known"] == size:
        return None
    return int(before["next"])


def position(path: Path, following: int, known: int, *, done: bool) -> Json:
    """What to remember: where to go on, how far the file is known, and how it looked up to there.

    When the end was reached, the last mail is the one to go on with: it may have been half written.
    """
    return {"next": following, "known": known, "print": _print(path, known), "done": done}


def pieces(path: Path, begins: int, most: int) -> Iterator[Piece]:
    """Yield the mails from an offset on, `most` bytes of each."""
    with path.open("rb") as file:
        file.seek(begins)
        at, mail = begins, None
        for line, is_start in _lines(file):
            if is_start and FROM_LINE.match(line):
                if mail is not None:
                    yield mail.close(at)
                mail = _Growing(at, _asctime(line), most)
            else:
                if mail is None:
                    mail = _Growing(at, None, most)
                mail.add(line)
            at += len(line)
        if mail is not None:
            yield mail.close(at)


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Lines, long ones in parts; and whether a part begins its line."""
    is_start = True
    while line := file.readline(CHUNK):
        yield line, is_start
        is_start = line.endswith(b"\n")


class _Growing:
    """A mail while its lines come."""

    def __init__(self, begins: int, received: str | None, most: int) -> None:
        self._begins = begins
        self._received = received
        self._most = most
        self._lines: list[bytes] = []
        self._size = 0
        self._is_cut = False

    def add(self, line: bytes) -> None:
        self._is_cut = self._is_cut or self._size + len(line) > self._most
        if not self._is_cut:
            self._lines.append(line)
            self._size += len(line)

    def close(self, ends: int) -> Piece:
        lines = self._lines
        for place, line in enumerate(lines):
            # What was escaped when the mail was filed. In the middle of quoted lines it is a quote.
            if line.startswith(b">") and ESCAPED.match(line):
                around = lines[max(0, place - 1) : place] + lines[place + 1 : place + 2]
                if not any(one.startswith(b">") for one in around):
                    lines[place] = line[1:]
        if lines and lines[-1] in {b"\n", b"\r\n"}:
            lines = lines[:-1]
        return Piece(self._begins, ends, b"".join(lines), self._received, self._is_cut)


def _asctime(line: bytes) -> str | None:
    """The date of a From line in the order of mail dates; its zone is not written, UTC is meant."""
    found = ASCTIME.search(line)
    if not found:
        return None
    month, day, clock, year = (part.decode("ascii") for part in found.groups())
    return f"{day} {month} {year} {clock} +0000"


def _print(path: Path, known: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(min(COMPARED, known)))
        file.seek(max(0, known - COMPARED))
        digest.update(file.read(min(COMPARED, known)))
    return digest.hexdigest()
