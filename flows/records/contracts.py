"""What the records of each stream hold: the fields that a mapping may fill, their types, and those it must."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flows.records.page import Json

Entity: TypeAlias = Literal[
    "messages", "ratings", "customers", "statuses", "service_events", "contacts", "permissions"
]


@dataclass(slots=True, frozen=True)
class Contract:
    """Fields of one stream with their types; of `required`, each group needs one field that is there."""

    fields: dict[str, str]
    required: tuple[tuple[str, ...], ...]
    allowed: dict[str, frozenset[str]] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    volatile: tuple[str, ...] = ()

    def trouble(self, mapped: Json) -> tuple[str, str] | None:
        """Say what a record lacks, or claims that there is not: in two words and in a sentence."""
        for names in self.required:
            for name in names:
                if mapped.get(name) not in (None, ""):  # a list is in no set
                    break
            else:
                return f"no {names[0]}", f"the row has no {' and no '.join(names)}"
        for name, allowed in self.allowed.items():
            if (said := mapped.get(name)) is not None and said not in allowed:
                return f"bad {name}", f"{name} {mapped[name]!r} is none of {', '.join(sorted(allowed))}"
        return None


def _typed(**names: str) -> dict[str, str]:
    return {name: kind for kind, listed in names.items() for name in listed.split()}


PRECISIONS = frozenset({"second", "minute", "hour", "day"})
WHO = ("account", "identifiers")  # one of them says whom a row is about

CONTRACTS: dict[Entity, Contract] = {
    "messages": Contract(
        _typed(
            id="account handle brand_id channel thread parent",
            text="display_name author_role_declared time_precision title body body_missing url language_declared",
            time="posted_at edited_at",
            bool="is_public",
            int="audience reactions replies shares native_order",
            number="rating rating_scale",
        ),
        (("account",), ("posted_at",), ("channel",)),
        {
            "author_role_declared": frozenset({"customer", "brand", "bot", "other"}),
            "time_precision": PRECISIONS,
        },
        frozenset({"body", "title", "display_name"}),
        ("reactions", "replies", "shares"),
    ),
    "ratings": Contract(
        _typed(
            id="account channel",
            text="kind verbatim time_precision",
            number="value scale_min scale_max",
            time="asked_at rated_at",
            int="native_order",
        ),
        (("channel",), ("kind",), ("asked_at", "rated_at")),
        {"kind": frozenset({"csat", "nps", "review"}), "time_precision": PRECISIONS},
        frozenset({"verbatim"}),
    ),
    "customers": Contract(
        _typed(
            id="customer_number",
            text="name segment language town",
            date="since birth_date",
            number="value_eur",
            int="native_order",
            list="products",
        ),
        (("customer_number",),),
        texts=frozenset({"name", "town"}),
    ),
    "statuses": Contract(
        _typed(id="thread", text="status said time_precision", time="at", int="native_order"),
        (("thread",), ("status",), ("at",)),
        {"status": frozenset({"open", "resolved"}), "time_precision": PRECISIONS},
    ),
    "service_events": Contract(
        _typed(
            id="event account",
            text="what title product place",
            time="started_at ended_at",
            int="native_order",
        ),
        (("event",),),
        texts=frozenset({"title"}),
    ),
    "contacts": Contract(
        _typed(
            id="account channel campaign event",
            text="kind body",
            time="contacted_at",
            bool="consent",
            int="native_order",
        ),
        (WHO, ("channel",), ("kind",), ("contacted_at",)),
        {"kind": frozenset({"service", "marketing", "survey", "gesture"})},
        frozenset({"body"}),
    ),
    "permissions": Contract(
        _typed(id="account channel", text="purpose", time="since", bool="allowed", int="native_order"),
        (WHO, ("channel",), ("purpose",), ("allowed",), ("since",)),
        {"purpose": frozenset({"service", "marketing", "survey", "any"})},
    ),
}
