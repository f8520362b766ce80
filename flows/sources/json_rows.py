"""JSON files and JSON lines as rows. Where a file is no strict JSON it is read once more, as it was meant.

Exporters write what JSON has no place for: control characters within texts, a backslash before any letter, NaN,
numbers beyond 64 bits, other encodings. One such sign costs itself, neither its item nor the rest of the file.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from typing import IO, Any

import ijson
import orjson

from flows.records import KEPT_BYTES
from flows.sources.rows import Row, decode

LARGEST = 500_000_000  # bytes of a file that is read as a whole, where it is no strict JSON
LONGEST_LINE = 10_000_000
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = frozenset('"\\/bfnrtu')
LARGEST_NUMBER = 2**63  # what lies beyond is kept as it is written: it is an id
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def are_lines(file: IO[bytes]) -> bool:
    """The file has JSON lines, whatever its name says: two lines, each an object of its own."""
    file.seek(0)
    lines = [line for _ in range(2) if (line := file.readline(LONGEST_LINE).removeprefix(codecs.BOM_UTF8))]
    file.seek(0)
    try:
        return len(lines) == 2 and all(isinstance(_meant(decode(line)[0]), dict) for line in lines)
    except ValueError:
        return False


def line_row(number: int, offset: int, content: bytes) -> Row:
    """One line of JSON lines."""
    text, repaired = decode(content)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            value = _meant(text)
        except ValueError:
            return Row(number, offset, content, reason="damaged JSON", detail=str(error))
    if not isinstance(value, dict):
        detail = "a line must be a JSON object"
        return Row(number, offset, content, reason="not an object", detail=detail)
    return Row(number, offset, content, value, repaired)


def item_rows(file: IO[bytes], items: str, encoding: str | None) -> Iterator[Row]:
    """The items of a JSON file's list, which stands at `items`."""
    number = 0
    _skip_mark(file)
    try:
        for number, value in enumerate(ijson.items(file, items, use_float=True), 1):
            yield _item(number, file.tell(), value)
        if not number and not _has_list(file, items):
            yield _no_list(file, items)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        yield from _rest(file, items, encoding, number, error)


def _rest(file: IO[bytes], items: str, encoding: str | None, done: int, error: Exception) -> Iterator[Row]:
    """What follows the items that are `done`, out of the file as it was meant."""
    number = done
    try:
        meant, repaired = _whole(file, encoding)
        for number, value in enumerate(ijson.items(io.BytesIO(meant), items, use_float=True), 1):
            if number > done:
                yield _item(number, file.tell(), value)._replace(repaired=repaired)
        if not number and not _has_list(io.BytesIO(meant), items):
            yield Row(
                1, file.tell(), _beginning(file), reason="no list", detail=f"the file has no list at '{items}'"
            )
    except ValueError:
        told = str(error).splitlines()[0]
        detail = f"nothing after item {number} can be read: {told}"
        yield Row(number + 1, file.tell(), _beginning(file), reason="damaged JSON", detail=detail)


def _whole(file: IO[bytes], encoding: str | None) -> tuple[bytes, bool]:
    """The file as strict JSON, and whether its encoding was guessed. Raises ValueError where it is far from it."""
    file.seek(0)
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError("too large to be read as a whole")
    named = encoding or next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    text, guessed = (content.decode(named, "replace"), False) if named else decode(content)
    return json.dumps(_meant(text)).encode(), guessed


def _meant(text: str) -> Any:
    """What a text says that is nearly JSON. Raises ValueError where it says nothing."""
    escaped = ESCAPE.sub(lambda found: found[0] if found[1] in ESCAPES else "\\" + found[0], text)
    try:
        return json.loads(escaped, strict=False, parse_int=_whole_number, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _whole_number(digits: str) -> int | str:
    number = int(digits)
    return number if abs(number) < LARGEST_NUMBER else digits


def _item(number: int, offset: int, value: object) -> Row:
    if isinstance(value, dict):
        return Row(number, offset, b"", value)
    detail = "items must be JSON objects"
    return Row(number, offset, repr(value).encode(), reason="not an object", detail=detail)


def _no_list(file: IO[bytes], items: str) -> Row:
    return Row(1, file.tell(), _beginning(file), reason="no list", detail=f"the file has no list at '{items}'")


def _beginning(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(KEPT_BYTES)


def _skip_mark(file: IO[bytes]) -> None:
    file.seek(0)
    if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)


def _has_list(file: IO[bytes], items: str) -> bool:
    """Whether a JSON file has a list, be it empty, where its items are looked for."""
    _skip_mark(file)
    return any(
        event == "start_array" and f"{prefix}.item".lstrip(".") == items for prefix, event, _ in ijson.parse(file)
    )
