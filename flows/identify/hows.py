"""How each node came to its customer: by a decision, by which certain link, likely, or single."""

from __future__ import annotations

import numpy as np

from flows.identify.outcome import RULES_OF_EDGES, STATUSES, Resolution

SINGLE, LIKELY, DECISION = "single", "likely", "decision"
CERTAIN = ("customer_number", "email", "order_number", "handle_declared", "link")  # the surest first


def hows(result: Resolution) -> dict[str, str]:
    """For each node the surest of the links that hold it: a decision, a certain feature, or `likely`."""
    edges = result.edges
    order = (DECISION, *CERTAIN, LIKELY, SINGLE)
    joined = np.flatnonzero(edges.status == STATUSES.index("joined"))
    rank = np.full(len(joined), order.index(LIKELY), np.int64)
    said = np.stack([edges.evidence[name][joined] for name in CERTAIN])
    certain = edges.certain[joined]
    rank[certain] = 1 + (said > 0).argmax(axis=0)[certain]
    rank[edges.rule[joined] == RULES_OF_EDGES.index("decided_same")] = 0
    surest = np.full(len(edges.node_id), order.index(SINGLE), np.int64)
    for side in (edges.left, edges.right):
        np.minimum.at(surest, side[joined], rank)
    return {node: order[n] for node, n in zip(edges.node_id, surest.tolist(), strict=True)}
