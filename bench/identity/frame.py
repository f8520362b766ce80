"""A population as a table for other tools: what our own engine reads, a column a kind, prepared in their favour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.identity.population import Population
from flows.identify.contract import Kind, Known
from flows.identify.names import account_name, words_of

MOST_HOLDERS = 40


def table(population: Population) -> pd.DataFrame:
    """One row an account. Values that many hold are left out, and a handle or a name that says the other again."""
    nodes, values = population.nodes, population.values
    size = len(nodes)
    columns: dict[str, object] = {
        "unique_id": np.arange(size),
        "platform": list(nodes.channel),
        "town": [t or None for t in nodes.town],
        "language": list(nodes.language),
    }
    for kind in (
        Kind.EMAIL,
        Kind.PHONE,
        Kind.CUSTOMER_NUMBER,
        Kind.ORDER_NUMBER,
        Kind.SITE,
        Kind.AVATAR,
        Kind.LINK,
    ):
        columns[kind.name.lower()] = _held(population, values.kind == kind)
    own = (values.kind == Kind.HANDLE) & (values.known == Known.VERIFIED)
    columns["account"] = _held(population, own)
    columns["declares"] = _held(population, (values.kind == Kind.HANDLE) & (values.known == Known.DECLARED))
    words = [words_of(name) if " " in name else () for name in nodes.name]
    bare = [account_name(handle) for handle in nodes.handle]
    # Careful: a handle that is made of the name, and a name that copies the handle, tell nothing new.
    made = [bool(w) and any(len(x) > 2 and x in h for x in w) for w, h in zip(words, bare, strict=True)]
    columns["name"] = [" ".join(sorted(w)) if len(w) > 1 else None for w in words]
    columns["first_name"] = [w[0] if w else None for w in words]
    columns["last_name"] = [w[-1] if len(w) > 1 else None for w in words]
    columns["handle"] = [None if m or len(h) < 3 else h for m, h in zip(made, bare, strict=True)]
    columns["any_handle"] = [h if len(h) > 2 else None for h in bare]
    return pd.DataFrame(columns)


def _held(population: Population, chosen: np.ndarray) -> list[str | None]:
    values = population.values
    chosen = chosen & (values.holders <= MOST_HOLDERS)
    found: list[str | None] = [None] * len(population.nodes)
    for node, code in zip(values.node[chosen].tolist(), values.code[chosen].tolist(), strict=True):
        found[node] = f"{code & 0xFFFFFFFFFFFFFFFF:016x}"
    return found
