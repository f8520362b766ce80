"""From nodes and what they hold to customers: pairs, weights, clusters, ids. No order of the input shows."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from flows.identify.clusters import RULE, Clusters, Links, clustered
from flows.identify.contract import Decision, Draw, Floats, Ints, Kind, Nodes, Policies, Previous, Small, Values
from flows.identify.decisions import standing
from flows.identify.gathered import gathered
from flows.identify.ids import named
from flows.identify.judging import STATUS, in_order, judge, odds
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.outcome import STATUSES, Edges, Resolution
from flows.identify.pairs import Pairs, counting
from flows.identify.weights import Weighed


def resolve(
    nodes: Nodes,
    values: Values,
    decisions: Sequence[Decision],
    previous: Previous,
    *,
    policies: Policies,
    draw: Draw,
    lexicon: Lexicon = EMPTY,
) -> Resolution:
    """Recognise the customers behind a closed set of nodes (closing.py); `values` with those `derived` makes."""
    with uncollected():
        return _resolved(nodes, values, decisions, previous, policies=policies, draw=draw, lexicon=lexicon)


@contextmanager
def uncollected() -> Iterator[None]:
    """Millions of small objects are made, none of them garbage: looking for it takes most of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _resolved(
    nodes: Nodes,
    values: Values,
    decisions: Sequence[Decision],
    previous: Previous,
    *,
    policies: Policies,
    draw: Draw,
    lexicon: Lexicon,
) -> Resolution:
    nodes, values = in_order(nodes, values)
    judgement = judge(nodes, values, standing(decisions), policies, lexicon)
    pairs, rule, bits, weighed = judgement.pairs, judgement.rule, judgement.bits, judgement.weighed
    facts, stand = judgement.facts, judgement.stand
    strong = np.flatnonzero((rule == 0) & (bits >= odds(policies.joined)))
    links = Links(
        pairs.left[strong],
        pairs.right[strong],
        bits[strong],
        weighed.certain[strong],
        weighed.one[strong],
        _beside(pairs, weighed),
    )
    clusters = clustered(links, stand, facts, judgement.words, policies)
    rule[strong] = links.rule
    likely = np.flatnonzero((rule == 0) & (bits < odds(policies.joined)) & (bits >= odds(policies.review)))
    further, sums = gathered(pairs, weighed, clusters.label, likely, odds(policies.joined))
    if len(further):
        links = Links(
            np.r_[links.left, pairs.left[further]],
            np.r_[links.right, pairs.right[further]],
            np.r_[links.bits, sums],
            np.r_[links.certain, np.zeros(len(further), np.bool_)],
            np.r_[links.one, weighed.one[further]],
            links.beside,
        )
        clusters = clustered(links, stand, facts, judgement.words, policies)
        rule[strong] = links.rule[: len(strong)]
    edges = _edges(
        nodes.node_id, pairs, weighed, bits, rule=rule, strong=strong, clusters=clusters, policies=policies
    )
    customers = named(nodes, clusters.label, previous, draw)
    lived = np.flatnonzero(weighed.household)
    ids = nodes.node_id
    return Resolution(
        edges=edges,
        memberships=customers.memberships,
        customers=customers.customers,
        anchors=customers.anchors,
        households=[(ids[a], ids[b]) for a, b in zip(pairs.left[lived], pairs.right[lived], strict=True)],
        events=customers.events,
        flagged=_flagged(nodes, values, clusters, policies),
        counts=_counts(nodes, edges, clusters),
        contradicted=[d.decision_id for d in clusters.contradicted],
    )


def _beside(pairs: Pairs, weighed: Weighed) -> Ints:
    """Pairs of two people who share an address or a telephone, a column each."""
    at = np.flatnonzero(weighed.beside)
    return np.stack([pairs.left[at], pairs.right[at]])


def _edges(
    ids: Sequence[str],
    pairs: Pairs,
    weighed: Weighed,
    bits: Floats,
    *,
    rule: Small,
    strong: Ints,
    clusters: Clusters,
    policies: Policies,
) -> Edges:
    """Each pair with what became of it."""
    status = np.full(len(pairs), STATUS["rejected"], np.int8)
    status[bits >= odds(policies.review)] = STATUS["review"]
    together = clusters.label[pairs.left] == clusters.label[pairs.right]
    blocked = (rule == RULE["decided_different"]) | (rule == RULE["another_crm_number"])
    status[blocked] = STATUS["blocked"]
    status[rule == RULE["household"]] = STATUS["rejected"]
    status[strong] = np.where(rule[strong] == 0, STATUS["joined"], STATUS["cut"])
    decided = rule == RULE["decided_same"]
    status[decided] = np.where(together[decided], STATUS["joined"], STATUS["cut"])
    rule[decided & ~together] = RULE["contradicted_later"]
    by_others = together & (status == STATUS["review"])
    status[by_others], rule[by_others] = STATUS["joined"], RULE["by_others"]
    return Edges(ids, pairs.left, pairs.right, bits, status, rule, weighed.certain, weighed.evidence)


def _flagged(nodes: Nodes, values: Values, clusters: Clusters, policies: Policies) -> list[tuple[int, int, str]]:
    """Values that count for nothing by their number of holders, and those that made a quarantined component."""
    many = (values.holders > policies.most_holders) & (values.kind < Kind.BIRTH_DATE)
    flagged = {(int(k), int(c), "holders") for k, c in zip(values.kind[many], values.code[many], strict=True)}
    if len(clusters.quarantined):
        inside = (
            np.isin(values.node, clusters.quarantined) & counting(nodes, values, policies) & (values.holders > 2)
        )
        flagged |= {
            (int(k), int(c), "quarantine") for k, c in zip(values.kind[inside], values.code[inside], strict=True)
        }
    return sorted(flagged)


def _counts(nodes: Nodes, edges: Edges, clusters: Clusters) -> dict[str, int]:
    sizes = np.bincount(clusters.label) if len(clusters.label) else np.zeros(0, np.int64)
    by_status = np.bincount(edges.status, minlength=len(STATUSES))
    return {
        "nodes": len(nodes),
        "pairs": len(edges),
        **{name: int(by_status[n]) for n, name in enumerate(STATUSES)},
        "customers": len(sizes),
        "quarantined": len(clusters.quarantined),
    }
