"""What goes into the recognition of customers and what comes out: columns, so that a million nodes stay cheap.

A node is an account or a row of a CRM. Every figure that a weight depends on is a column of the input, counted over
all nodes; so a part of the nodes scores exactly as it does in the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

RULES = "2"  # version of the rules: of weights, models and limits; an edge keeps the one that it was judged by


class Kind(IntEnum):
    """What a value is. Those from 20 on are made from a node's profile by `derived`, the others are given."""

    CUSTOMER_NUMBER = 1  # `<site of the CRM>/<number>`
    EMAIL = 2
    PHONE = 3
    ORDER_NUMBER = 4
    HANDLE = 5  # `<site>/<handle>`: an account's own (VERIFIED), or one that a row of the CRM declares
    LINK = 6  # `<site>/<handle>` of another account that this one links to; VERIFIED: by rel=me
    SITE = 7  # a web address of its own
    AVATAR = 8
    BIRTH_DATE = 9
    BIRTH_PART = (
        10  # two of year, month and day, and all three with month and day either way round: slips leave one
    )
    EMAIL_PART = 11  # what stands before the @; DECLARED where it is more than a name: it has two digits
    EMAIL_NEAR = 12  # the same with one character left out, a value for each: how a slip is found among hashes
    ACCOUNT_NAME = 20  # the handle without its site, separators and case
    STEM = 21  # the letters of the handle
    NAME = 22  # the words of the display name, whichever way round
    NAMED_HANDLE = 23  # name and letters of the handle
    NAME_FORM = 24  # letters of a handle that shows no name, and those that a name without a handle would give


class Known(IntEnum):
    """How a value is known to be the node's."""

    UNVERIFIED = 0
    DECLARED = 1
    VERIFIED = 2


KINDS = {kind.name.lower(): kind for kind in Kind}
KNOWN = {known.name.lower(): known for known in Known}


def code_of(value_hash: str) -> int:
    """The 64 bits of a keyed hash (hexadecimal) by which values are compared."""
    return int(value_hash[:16], 16) - (1 << 63)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Accounts and rows of a CRM, a row each, in any order. Text that is not known is empty."""

    node_id: Sequence[str]
    site: Sequence[str]
    channel: Sequence[str]  # the platform: at most two accounts of one are one customer's
    is_crm: Bools
    can_join: Bools
    name: Sequence[str]  # display name, as written or normalised
    handle: Sequence[str]
    town: Sequence[str]
    language: Sequence[str]
    first_seen: Floats | npt.NDArray[np.float64]  # seconds since 1970; the older customer's id survives

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.node_id)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Nodes:
        """From rows that have these columns; what is NULL is not known."""
        given = list(rows)

        def texts(column: str) -> list[str]:
            return [str(row.get(column) or "") for row in given]

        def truths(column: str, otherwise: bool) -> Bools:
            return np.array([bool(row.get(column, otherwise)) for row in given], dtype=np.bool_)

        return cls(
            node_id=texts("node_id"),
            site=texts("site"),
            channel=texts("channel"),
            is_crm=truths("is_crm", False),
            can_join=truths("can_join", True),
            name=texts("name"),
            handle=texts("handle"),
            town=texts("town"),
            language=texts("language"),
            first_seen=np.array([float(row.get("first_seen") or 0.0) for row in given], dtype=np.float64),
        )


@dataclass(frozen=True, slots=True)
class Values:
    """What nodes hold: one row a node, kind and value. `node` is the place of the node in `Nodes`."""

    node: Ints
    kind: Small
    code: Ints
    known: Small
    holders: Ints  # nodes that may be joined and hold it, over all nodes there are
    names: Ints  # different names (`Kind.NAME`) among all these; 0 and 1 alike
    generic: Bools  # said to stand for nobody: a role mailbox, a blocked value, a number that has ended

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.node)

    @classmethod
    def of(cls, nodes: Nodes, rows: Iterable[Mapping[str, Any]]) -> Values:
        """From rows of node_id, kind, value_hash (or code), how_known, holders, names, is_generic."""
        given = list(rows)
        place = {node_id: n for n, node_id in enumerate(nodes.node_id)}

        def numbers(column: str) -> Ints:
            return np.array([int(row.get(column) or 0) for row in given], dtype=np.int64)

        return cls(
            node=np.array([place[row["node_id"]] for row in given], dtype=np.int64),
            kind=np.array([KINDS[row["kind"]] for row in given], dtype=np.int8),
            code=np.array(
                [row["code"] if "code" in row else code_of(row["value_hash"]) for row in given], dtype=np.int64
            ),
            known=np.array([KNOWN[row.get("how_known") or "unverified"] for row in given], dtype=np.int8),
            holders=numbers("holders"),
            names=numbers("names"),
            generic=np.array([bool(row.get("is_generic")) for row in given], dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of two accounts; rows are only ever added. An undo names the row that it takes back."""

    decision_id: str
    what: Literal["same", "different", "undo"]
    decided_at: float
    left: str = ""
    right: str = ""
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as issued: `issued` counts up (the older has the smaller), `merged_into` where its id leads."""

    customer_id: str
    issued: int
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Previous:
    """How it stood: who was whose, every customer that these nodes ever had, and what they were before."""

    memberships: Mapping[str, str] = field(default_factory=dict)  # node_id → customer_id
    customers: Mapping[str, Customer] = field(default_factory=dict)
    history: Sequence[tuple[str, str]] = ()  # (node_id, customer_id that it had before), in the order of their end
    issued: int = 0  # the highest `Customer.issued` of all, also of customers that are not given here


@dataclass(frozen=True, slots=True)
class Policies:
    """Limits and thresholds; a company may change them, a run keeps them."""

    population: int = 0  # nodes that may be joined, of all; taken up to a power of two. 0: those given
    accounts_each: float = 1.0  # further accounts that somebody has on average: raises the prior
    joined: float = 0.99  # probability from which a link joins by itself
    review: float = 0.5  # and from which a person is asked
    most_accounts: int = 12
    most_of_a_channel: int = 2
    most_crm: int = 1  # different CRM numbers of one CRM
    most_holders: int = 40  # a value that more nodes share says nothing
    quarantine: int = 50  # a would-be customer beyond it is not built; the values that make it are flagged
    crm_is_named: bool = True  # a pseudonymous account joins a row of the CRM only by certain evidence or a person


Draw = Callable[[], str]  # gives an id that was never given before: `c_` and 16 hexadecimal digits
