"""A row of a file as all readers hand it over, and what they share in reading bytes as text."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One row of a file: `value` or, where it has none, the reason and detail of its failure.

    `number` counts lines (CSV, JSON lines) or items (JSON) from 1; `offset` is the bytes read so far.
    """

    number: int
    offset: int
    content: bytes
    value: dict[str, Any] | None = None
    repaired: bool = False
    reason: str = ""
    detail: str = ""


def decode(content: bytes) -> tuple[str, bool]:
    """The text of some bytes, and whether they were no UTF-8 and had to be read as Windows-1252."""
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252"), True
        except UnicodeDecodeError:
            return content.decode("latin-1"), True
