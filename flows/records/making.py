"""The one way in which sources make records: what the warehouse cannot hold is repaired, or refused with a reason.

Postgres holds neither NUL nor half a character (a lone surrogate), in no text. A text that has one keeps the rest:
the sign is left out, in the mapped values and in what was read, and the record is marked as repaired. Nothing is
left out of an id: it would become another's, so such a record is refused.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flows.records.page import KEPT_BYTES, Json, Record, Reject, as_bytes, canonical

LONGEST_ID = 1000  # bytes; what the warehouse's keys hold, with room to spare
# Mapped values that say which account, thread or customer is meant.
IDS = ("account", "thread", "parent", "channel", "customer_number", "identifiers", "emails", "phones", "handles")
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON has it; a backslash before a backslash escapes it


class Unusable(ValueError):
    """What was found cannot become a record: `reason` in few words, the message in a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason beside the message."""
        super().__init__(detail)
        self.reason = reason


def make(
    stream: str,
    site: str,
    record_id: str,
    mapped: Json,
    read: Json,
    *,
    counters: Json | None = None,
    repaired: bool = False,
    native_order: int = 0,
) -> Record:
    """Make a record: `mapped` as the stream's contract has it, and beside it what was `read`, under its names.

    Raises Unusable for an id that is empty, too long or damaged, and for what cannot be kept as JSON.
    """
    _check_id(record_id)
    payload = read | {"mapped": mapped}
    try:
        content = canonical(payload)
        # A NUL is written with a backslash: one sign is found faster than six, and most records have none.
        is_damaged = b"\\" in content and b"\\u0000" in content and NUL.search(content) is not None
    except TypeError:
        is_damaged = True
    if is_damaged:
        repaired = True
        content = _repaired(payload)
    digest = hashlib.sha256(content).digest()
    return Record(stream, site, record_id, content, digest, counters or None, repaired, native_order)


def reject(stream: str, where: str, error: Exception, found: object, *, most: int = KEPT_BYTES) -> Reject:
    """Keep what was `found` with the reason why it could not become a record."""
    reason = error.reason if isinstance(error, Unusable) else "wrong shape"
    detail = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return Reject(stream, where, reason, detail, as_bytes(found), most)


def without_damage(text: str) -> str:
    """The text without NUL and halves of characters."""
    kept = text.replace("\0", "")
    return kept if kept.isascii() else kept.encode("utf-8", "ignore").decode()


def _check_id(record_id: str) -> None:
    if not record_id:
        raise Unusable("no id", "it has no id")
    if record_id.isascii() and "\0" not in record_id and len(record_id) <= LONGEST_ID:
        return
    if without_damage(record_id) != record_id:
        raise Unusable("NUL character", f"its id {record_id[:80]!r} has a NUL character or half a character")
    if len(record_id.encode()) > LONGEST_ID:
        raise Unusable("bad id", f"its id has more than {LONGEST_ID:,} bytes: {record_id[:80]!r}…")


def _repaired(payload: Json) -> bytes:
    """The payload's JSON without NUL and halves of characters. Raises Unusable where that cannot be."""
    mapped = payload["mapped"]
    try:
        whole = _clean(payload)
        for name in IDS:
            if name in mapped and whole["mapped"][name] != mapped[name]:
                raise Unusable("NUL character", f"its {name} has a NUL character or half a character")
        return canonical(whole)
    except (TypeError, RecursionError) as error:
        raise Unusable("not storable", f"it cannot be kept as JSON: {error}") from error


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return without_damage(value)
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
