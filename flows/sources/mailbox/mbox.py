"""mbox files, mail by mail and by byte offset; a file of any size is read in bounded memory.

A mail begins at a line `From SENDER DATE` above headers: programs write the date in their own ways, or none, and
leave such lines in bodies unescaped. Where a mail says how long it is (Content-Length) and another follows there,
nothing within is looked at. Where the file was read before, only what came after is read, if it still is the same
file: its beginning, and what stood before the place reached, are compared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from flows.records import Json
from flows.records.times import read_time

FROM_LINE = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+"
    rb"\d{1,2}\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:\S+\s+)?(?:\S+\s+)?\d{4}\b"
)
HEADER = re.compile(rb"(?:\r?\n)?(?:>From [^\n]*\n)?[!-9;-~]{1,100}:")
NAMES = re.compile(
    rb"(?:From|To|Cc|Date|Subject|Message-ID|Received|Return-Path|Delivered-To|Reply-To|Sender|MIME-Version|Status"
    rb"|Content-[\w-]+|X-[\w-]+|DKIM-Signature|ARC-[\w-]+|In-Reply-To|References|List-[\w-]+)\s*:",
    re.IGNORECASE,
)
LENGTH = re.compile(rb"Content-Length:\s*(\d{1,12})\s*$", re.IGNORECASE)
NEXT = re.compile(rb"(?:\r?\n){0,2}From |(?:\r?\n){0,2}\Z")
AHEAD = 4_096  # bytes in which headers are looked for
ESCAPED = re.compile(rb">+From ")
BLANK = frozenset({b"\n", b"\r\n"})
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
        at, mail, closed_until, is_after_blank = begins, None, 0, True
        for line, is_start in _lines(file):
            if is_start and at >= closed_until and _begins_mail(line, file, is_after_blank=is_after_blank):
                if mail is not None:
                    yield mail.close(at)
                mail = _Growing(at, _received(line), most)
            else:
                mail = mail or _Growing(at, None, most)
                if mail.add(line) and mail.length:  # its headers end here
                    closed_until = _end(file, at + len(line), mail.length)
            at += len(line)
            is_after_blank = line in BLANK
        if mail is not None:
            yield mail.close(at)


def _begins_mail(line: bytes, file: BinaryIO, *, is_after_blank: bool) -> bool:
    """A line `From ` of the usual shape after an empty one or above headers; of others above those of mails."""
    if not line.startswith(b"From "):
        return False
    ahead = _peek(file, file.tell(), AHEAD)
    if FROM_LINE.match(line):
        return not ahead or HEADER.match(ahead) is not None
    if not HEADER.match(ahead):
        return False
    block = ahead.lstrip(b"\r\n").replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    known = {found.group().lower() for one in block.split(b"\n") if (found := NAMES.match(one))}
    is_alone = len(line.split()) <= 2
    return len(known) >= 2 and (is_after_blank or is_alone or _received(line) is not None)


def _end(file: BinaryIO, begins: int, length: int) -> int:
    """Where a body of a length ends; 0 where no mail and no end of the file follows there."""
    here, size = file.tell(), file.seek(0, SEEK_END)
    file.seek(here)
    ends = begins + length
    return ends if ends <= size and NEXT.match(_peek(file, ends, 10)) else 0


def _peek(file: BinaryIO, at: int, size: int) -> bytes:
    """Some bytes from a place on, without leaving this one."""
    here = file.tell()
    file.seek(at)
    found = file.read(size)
    file.seek(here)
    return found


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
        self.length: int | None = None
        self._is_head = True
        self._most = most
        self._lines: list[bytes] = []
        self._size = 0
        self._is_cut = False

    def add(self, line: bytes) -> bool:
        """Take a line; say whether the headers end with it. Empty lines before them are left out."""
        if not self._size and line in BLANK:
            return False
        ends_headers = self._is_head and line in BLANK
        if self._is_head and (said := LENGTH.match(line)):
            self.length = int(said.group(1))
        self._is_head = self._is_head and not ends_headers
        self._is_cut = self._is_cut or self._size + len(line) > self._most
        if not self._is_cut:
            self._lines.append(line)
            self._size += len(line)
        return ends_headers

    def close(self, ends: int) -> Piece:
        lines = self._lines
        for place, line in enumerate(lines):
            # What was escaped when the mail was filed. In the middle of quoted lines it is a quote.
            if line.startswith(b">") and ESCAPED.match(line):
                around = lines[max(0, place - 1) : place] + lines[place + 1 : place + 2]
                if not any(one.startswith(b">") for one in around):
                    lines[place] = line[1:]
        if lines and lines[-1] in BLANK:
            lines = lines[:-1]
        return Piece(self._begins, ends, b"".join(lines), self._received, self._is_cut)


def _received(line: bytes) -> str | None:
    """The moment that a From line names, after its sender; its zone is seldom written, UTC is meant."""
    words = line[5:205].decode("latin-1").split()
    for at in range(min(len(words), 8)):
        text = " ".join(words[at:])
        if "@" not in words[at] and (words[at][0].isdigit() or words[at].strip(",.").isalpha()):
            found = read_time(text)
            if found and found.precision != "day":
                return text
    return None


def _print(path: Path, known: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(min(COMPARED, known)))
        file.seek(max(0, known - COMPARED))
        digest.update(file.read(min(COMPARED, known)))
    return digest.hexdigest()
