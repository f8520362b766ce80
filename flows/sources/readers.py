"""Files in, rows out: CSV, JSON and JSON lines, read without losing a line to its neighbour's damage.

Every row carries where it stood and the bytes it was read from, so that what cannot be used can be kept.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeAlias

from flows.sources.json_rows import are_lines, item_rows, line_row
from flows.sources.rows import Row, decode

Format: TypeAlias = Literal["csv", "json", "jsonl"]

TOP = "item"  # where a JSON file's list stands that is all there is of it
RECORD_LINES = 50_000
RECORD_BYTES = 1_000_000
BATCH_LINES = 500
BEGINNING = 65_536  # bytes that tell how lines end
DELIMITERS = (",", ";", "\t", "|")
SEPARATOR = re.compile(rb'"?sep=(.)"?', re.IGNORECASE)  # Excel's own first line
LINE_BREAKS = re.compile(r"\s*[\r\n]\s*")
ESCAPED = re.compile(r'\\(["\\])')
csv.field_size_limit(RECORD_BYTES * 2)


class _Line(NamedTuple):
    number: int
    offset: int
    content: bytes


def format_of(path: Path) -> Format:
    """Format by the file's ending; CSV where the ending says nothing."""
    endings: dict[str, Format] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
    return endings.get(path.suffix.lower(), "csv")


@dataclass(slots=True, frozen=True)
class Columns:
    """What a CSV's header is asked for: columns that must be there, and those that mean something."""

    needed: set[str]
    means: Callable[[str], bool]


def read_rows(
    path: Path, kind: Format, columns: Columns, items: str = TOP, encoding: str | None = None
) -> Iterator[Row]:
    """Read a file's rows. `items` is where a JSON file keeps its list; `encoding` unset: UTF-8, UTF-16 by its mark,
    and Windows-1252 for lines that are neither.
    """
    with path.open("rb") as file:
        if kind == "json" and not (items == TOP and are_lines(file)):
            yield from item_rows(file, items, encoding)
        elif kind != "csv":
            yield from (line_row(*line) for line in _lines(file, encoding) if line.content.strip())
        else:
            yield from _csv_rows(_lines(file, encoding), columns)


def _lines(file: IO[bytes], encoding: str | None = None) -> Iterator[_Line]:
    """Physical lines as UTF-8 bytes, a byte order mark taken off, other encodings turned into UTF-8."""
    start = file.read(BEGINNING)
    file.seek(0)
    offset = 0
    # Excel on a Mac ends its lines with a lone carriage return, which elsewhere may stand within a cell.
    end = "\r" if b"\r" in start and b"\n" not in start else "\n"
    if encoding is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if encoding:
        # Only `end` ends a line: a codec's own reader would also cut at U+2028, within a cell.
        with io.TextIOWrapper(file, encoding, "replace", newline=end) as lines:
            for number, text in enumerate(lines, 1):
                plain = text.removeprefix("\ufeff") if number == 1 else text
                yield _Line(number, file.tell(), plain.encode("utf-8", "replace"))
        return
    for number, content in enumerate(file if end == "\n" else _ended_by(file, end.encode()), 1):
        offset += len(content)
        yield _Line(number, offset, content.removeprefix(codecs.BOM_UTF8) if number == 1 else content)


def _ended_by(file: IO[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    while chunk := file.read(BEGINNING):
        *whole, rest = (rest + chunk).split(end)
        yield from (line + end for line in whole)
    if rest:
        yield rest


def _cells(text: str, delimiter: str, *, strict: bool) -> list[str] | None:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=strict))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _fitting(text: str, delimiter: str, width: int, *, strict: bool) -> list[str] | None:
    """A line's cells, without empty ones beyond the header's."""
    cells = _cells(text, delimiter, strict=strict)
    while cells and len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


def _unescaped(text: str, delimiter: str, width: int) -> list[str] | None:
    r"""The cells of a line that writes quotes as databases do: `\"` for CSV's `""`. None where it does not."""
    if "\\" not in text:
        return None
    plain = ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", text)
    cells = _fitting(plain, delimiter, width, strict=True)
    return cells if cells and len(cells) == width else None


def _csv_rows(lines: Iterator[_Line], columns: Columns) -> Iterator[Row]:
    first = next(lines, None)
    delimiter = None
    if first and (told := SEPARATOR.fullmatch(first.content.strip(b"\r\n"))):
        delimiter, first = told[1].decode(), next(lines, None)
    if first is None:
        return
    waiting: deque[_Line] = deque()
    first = _whole_header(first, lines, waiting)
    header_text = decode(first.content)[0].strip("\r\n")
    delimiter, header = _header(header_text, columns.needed, delimiter)
    if trouble := _header_trouble(header, columns):
        reason, detail = trouble
        for each in chain((first,), waiting, lines):
            yield Row(each.number, each.offset, each.content, reason=reason, detail=detail)
        return
    blank = delimiter.encode() + b" \t\n\r\x0b\x0c"
    whole: list[_Line] = []  # lines that are a record each
    size = 0
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        is_whole = line is not None and line.content.count(b'"') % 2 == 0
        # Rows of empty cells are what a sheet was longer by once.
        if line is not None and is_whole and line.content.strip(blank):
            whole.append(line)
            size += len(line.content)
        if whole and (not is_whole or len(whole) >= BATCH_LINES or size >= RECORD_BYTES):
            yield from _csv_lines(whole, header, delimiter)
            whole, size = [], 0
        if line is None:
            return
        if not is_whole:
            yield _csv_record(line, lines, waiting, header, delimiter)


def _csv_lines(lines: list[_Line], header: list[str], delimiter: str) -> Iterator[Row]:
    """Records that stand on a line each, read at once; one by one where one of them does not end on its line."""
    try:
        decoded = [(line.content.decode("utf-8"), False) for line in lines]
    except UnicodeDecodeError:
        decoded = [decode(line.content) for line in lines]
    try:
        rows = list(csv.reader([text.rstrip("\r\n") for text, _ in decoded], delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    are_whole = len(rows) == len(lines)
    width = len(header)
    for place, (number, offset, content) in enumerate(lines):
        if are_whole and len(rows[place]) == width:
            yield Row(number, offset, content, dict(zip(header, rows[place], strict=True)), decoded[place][1])
        else:
            yield _csv_row(number, offset, content, header, delimiter, strict=True)


def _whole_header(first: _Line, lines: Iterator[_Line], waiting: deque[_Line]) -> _Line:
    """The header with the lines that its names go on in, as questions of a survey do; else the lines wait."""
    whole = first
    while whole.content.count(b'"') % 2 and len(whole.content) < RECORD_BYTES and (line := next(lines, None)):
        waiting.append(line)
        whole = _Line(first.number, line.offset, whole.content + line.content)
    if whole.content.count(b'"') % 2:
        return first
    waiting.clear()
    return whole


def _header(text: str, columns: set[str], told: str | None) -> tuple[str, list[str]]:
    """The delimiter, as the file told or by the columns that must be there, and the names."""
    best: tuple[str, list[str]] = (told or ",", [])
    for delimiter in [told] if told else DELIMITERS:
        names = [LINE_BREAKS.sub(" ", name.strip()) for name in _cells(text, delimiter, strict=False) or []]
        if columns <= set(names):
            return delimiter, names
        if len(names) > len(best[1]):
            best = delimiter, names
    return best


def _header_trouble(header: list[str], columns: Columns) -> tuple[str, str] | None:
    """Why a header cannot be used, in two words and in a sentence; None where it can."""
    if missing := sorted(columns.needed - set(header)):
        return "missing column", f"the header has no column {', '.join(missing)}"
    for place, name in enumerate(header):
        if name and (before := header.index(name)) < place and columns.means(name):
            return "column twice", f"columns {before + 1} and {place + 1} of the header are both named '{name}'"
    return None


def _csv_record(
    first: _Line, lines: Iterator[_Line], waiting: deque[_Line], header: list[str], delimiter: str
) -> Row:
    """One record from `first` on, whose quotes do not close on its line: they decide how many lines it spans.

    Where the lines that they would join make no row, the first stands alone and the others are read again: one
    stray quote costs one line.
    """
    odd = 1
    taken = [first]
    size = len(first.content)
    while odd and len(taken) < RECORD_LINES and size < RECORD_BYTES:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            break
        taken.append(line)
        odd ^= line.content.count(b'"') % 2
        size += len(line.content)
    whole = b"".join(line.content for line in taken)
    if not odd:
        row = _csv_row(taken[0].number, taken[-1].offset, whole, header, delimiter, strict=True)
        if row.value is not None:
            return row
    waiting.extendleft(reversed(taken[1:]))
    return _csv_row(first.number, first.offset, first.content, header, delimiter, strict=False)


def _csv_row(number: int, offset: int, content: bytes, header: list[str], delimiter: str, *, strict: bool) -> Row:
    text, repaired = decode(content)
    text, width = text.rstrip("\r\n"), len(header)
    cells = _fitting(text, delimiter, width, strict=strict)
    if cells is None or len(cells) != width or not strict:
        cells = _unescaped(text, delimiter, width) or cells
    if cells is None:
        return Row(number, offset, content, reason="damaged row", detail="quotes do not close where cells end")
    if len(cells) != len(header):
        detail = f"the row has {len(cells)} cells, the header {len(header)}"
        return Row(number, offset, content, reason="wrong number of cells", detail=detail)
    return Row(number, offset, content, dict(zip(header, cells, strict=True)), repaired)
