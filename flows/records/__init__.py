"""What a source hands over: pages of records, rejects and tombstones, and the one way to make them.

The room imports nothing else of Vigie but its errors; sources and the warehouse both stand on it.
"""

from flows.records.making import Unusable, make, reject
from flows.records.page import (
    KEPT_BYTES,
    LAYOUT_CHANGED,
    Cursor,
    Json,
    Page,
    Record,
    Reject,
    Tombstone,
    as_bytes,
    canonical,
)
from flows.records.policy import Answerable, Policy

__all__ = [
    "KEPT_BYTES",
    "LAYOUT_CHANGED",
    "Answerable",
    "Cursor",
    "Json",
    "Page",
    "Policy",
    "Record",
    "Reject",
    "Tombstone",
    "Unusable",
    "as_bytes",
    "canonical",
    "make",
    "reject",
]
