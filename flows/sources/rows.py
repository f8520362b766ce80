"""A row of a file as all readers hand it over, and what they share in reading bytes as text."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

REPLACED = "\ufffd".encode()  # what stands where bytes are no letter
CUT_EMOJI = re.compile(rb"\xf0\x9f[\x80-\xbf]?(?![\x80-\xbf])")  # by a database that counts bytes


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
    """The text of some bytes, and whether they were no UTF-8: Windows-1252, or with an emoji that was cut."""
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        for plain, encoding in ((CUT_EMOJI.sub(REPLACED, content), "utf-8"), (content, "cp1252")):
            try:
                return plain.decode(encoding), True
            except UnicodeDecodeError:
                continue
        return content.decode("latin-1"), True
