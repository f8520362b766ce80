"""What may be stored, joined and shown; where texts may not be kept, they are dropped before anything is written.

Of a record there remain the mapped values that its contract knows and that are no text: ids, accounts, times,
addresses, ratings, identifiers. What was read is left out whole, since nobody can tell which of a stranger's fields
hold text. Of a reject there remain its place and its reason.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import orjson
from pydantic import BaseModel, ConfigDict, Field

from flows.records.contracts import CONTRACTS
from flows.records.page import Page, Record, Reject

Answerable: TypeAlias = Literal["all", "addressed", "intent"]

TEXTS = frozenset({"title", "body", "verbatim"})
LISTS = frozenset({"identifiers", "emails", "phones", "handles"})
KEPT = frozenset(name for contract in CONTRACTS.values() for name in contract.fields) - TEXTS | LISTS


class Policy(BaseModel):
    """What may be done with what is read here. It can only tighten what the site's own policy allows."""

    model_config = ConfigDict(extra="forbid")

    join: bool | None = Field(
        None, description="Accounts may be matched with accounts elsewhere. Empty: as the site's policy says."
    )
    show_text: bool = Field(True, description="Texts may be shown; without, only times, authors and figures are.")
    store_text: bool = Field(True, description="Texts may be kept; without, they are dropped before storing.")
    keep_days: int | None = Field(
        None, ge=1, le=36500, description="Days after which a message is no longer shown. Empty: no limit."
    )


def storable(page: Page, policy: Policy) -> Page:
    """Return the page as the policy lets it be stored: itself, or without any text."""
    if policy.store_text:
        return page
    return replace(page, records=[*map(_without_text, page.records)], rejects=[*map(_reason_only, page.rejects)])


def _without_text(record: Record) -> Record:
    """The record less its texts; its hash is that of what remains, so an edited text is no new version."""
    read = orjson.loads(record.content)
    mapped = {name: value for name, value in read["mapped"].items() if name in KEPT}
    return Record.of(
        record.stream,
        record.site,
        record.record_id,
        {"mapping": read["mapping"], "mapped": mapped, "text_dropped": True},
        counters=record.counters,
        repaired=record.repaired,
        native_order=record.native_order,
    )


def _reason_only(reject: Reject) -> Reject:
    return replace(reject, detail="not kept: the source's policy stores no text", content=b"")
