"""Why two nodes are one customer or are not: bits by feature, the largest first."""

from __future__ import annotations

from dataclasses import dataclass

from flows.identify.contract import RULES, Nodes, Policies, Values
from flows.identify.judging import judged
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.outcome import RULES_OF_EDGES, STATUSES
from flows.identify.steps import Step, probability, steps


@dataclass(frozen=True, slots=True)
class Explained:
    """A pair: the prior first, then what speaks most, to the total; and what decided."""

    left: str
    right: str
    steps: tuple[Step, ...]
    bits: float
    probability: float
    certain: bool
    status: str  # by itself: limits of a whole customer may still cut it
    rule: str
    rule_version: str = RULES


def explain(
    nodes: Nodes, values: Values, pair: tuple[str, str], policies: Policies, lexicon: Lexicon = EMPTY
) -> Explained | None:
    """Weigh one pair among the nodes given: the two are enough, what counts is in `values`."""
    edges = judged(nodes, values, [pair], policies, lexicon)
    for n in range(len(edges)):
        found = {edges.node_id[int(edges.left[n])], edges.node_id[int(edges.right[n])]}
        if found != set(pair):
            continue
        bits = float(edges.bits[n])
        return Explained(
            min(pair),
            max(pair),
            steps({name: float(bits[n]) for name, bits in edges.evidence.items()}),
            round(bits, 2),
            probability(bits),
            bool(edges.certain[n]),
            STATUSES[int(edges.status[n])],
            RULES_OF_EDGES[int(edges.rule[n])],
        )
    return None
