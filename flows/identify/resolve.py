"""From nodes and what they hold to customers: pairs, weights, clusters, ids. No order of the input shows."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import log2

import numpy as np

from flows.identify.clusters import RULE, Clusters, Links, clustered
from flows.identify.components import Facts, hang_together
from flows.identify.contract import (
    Bools,
    Decision,
    Draw,
    Floats,
    Ints,
    Kind,
    Nodes,
    Policies,
    Previous,
    Small,
    Values,
)
from flows.identify.decisions import standing
from flows.identify.ids import named
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.names import Words
from flows.identify.outcome import STATUSES, Edges, Resolution
from flows.identify.pairs import Pairs, counting, found
from flows.identify.relations import Names
from flows.identify.weights import Weighed, weigh

STATUS = {name: number for number, name in enumerate(STATUSES)}


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
        return _resolved(nodes, values, decisions, previous, policies, draw, lexicon)


@contextmanager
def uncollected() -> Iterator[None]:
    """Millions of small objects are made and none is garbage: to look for it again and again takes most of the time."""
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
    policies: Policies,
    draw: Draw,
    lexicon: Lexicon,
) -> Resolution:
    nodes, values = _in_order(nodes, values)
    judgement = _judge(nodes, values, standing(decisions), policies, lexicon)
    pairs, rule, bits, weighed = judgement.pairs, judgement.rule, judgement.bits, judgement.weighed
    facts, stand = judgement.facts, judgement.stand
    strong = np.flatnonzero((rule == 0) & (bits >= _odds(policies.joined)))
    links = Links(pairs.left[strong], pairs.right[strong], bits[strong], weighed.certain[strong])
    clusters = clustered(links, stand, facts, judgement.words, policies)
    rule[strong] = links.rule
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


@dataclass(slots=True)
class _Judgement:
    pairs: Pairs
    weighed: Weighed
    words: Words
    facts: Facts
    stand: list[tuple[Decision, int, int]]
    bits: Floats
    rule: Small


def _judge(
    nodes: Nodes, values: Values, decisions: Sequence[Decision], policies: Policies, lexicon: Lexicon
) -> _Judgement:
    """Pairs with their weights and the rules about them, before any is put together."""
    place = {node_id: n for n, node_id in enumerate(nodes.node_id)} if decisions else {}
    stand = [(d, place[d.left], place[d.right]) for d in decisions if {d.left, d.right} <= place.keys()]
    asked = np.array([min(a, b) * len(nodes) + max(a, b) for _, a, b in stand], np.int64)
    pairs = found(nodes, values, policies, asked)
    weighed, words, row = weigh(nodes, values, pairs, policies, lexicon)
    facts = Facts.of(nodes, values, weighed.named, row)
    _renumbered(facts, pairs, weighed)
    bits = (np.round(weighed.bits * 64) / 64).astype(np.float32)
    rule = _rules(nodes, pairs, weighed, facts, stand, bits, policies=policies)
    return _Judgement(pairs, weighed, words, facts, stand, bits, rule)


def judged(
    nodes: Nodes, values: Values, asked: Sequence[tuple[str, str]], policies: Policies, lexicon: Lexicon = EMPTY
) -> Edges:
    """Weigh pairs, asked ones too, without putting anything together: for explaining a pair."""
    nodes, values = _in_order(nodes, values)
    decisions = [Decision(f"{n}", "same", 0.0, *pair) for n, pair in enumerate(asked)]
    judgement = _judge(nodes, values, decisions, policies, lexicon)
    rule = _rules(nodes, judgement.pairs, judgement.weighed, judgement.facts, (), judgement.bits, policies=policies)
    status = np.full(len(rule), STATUS["rejected"], np.int8)
    status[judgement.bits >= _odds(policies.review)] = STATUS["review"]
    status[(judgement.bits >= _odds(policies.joined)) & (rule == 0)] = STATUS["joined"]
    status[rule == RULE["another_crm_number"]] = STATUS["blocked"]
    status[rule == RULE["household"]] = STATUS["rejected"]
    weighed, pairs = judgement.weighed, judgement.pairs
    return Edges(
        nodes.node_id, pairs.left, pairs.right, judgement.bits, status, rule, weighed.certain, weighed.evidence
    )


def _odds(probability: float) -> float:
    return log2(probability / (1 - probability))


def _in_order(nodes: Nodes, values: Values) -> tuple[Nodes, Values]:
    """The same, by node_id: no order in which rows came may show in what comes out."""
    order = sorted(range(len(nodes)), key=nodes.node_id.__getitem__)
    if order == list(range(len(nodes))):
        return nodes, values
    at = np.array(order, np.int64)
    where = np.empty(len(at), np.int64)
    where[at] = np.arange(len(at))

    def texts(column: Sequence[str]) -> list[str]:
        return [column[n] for n in order]

    ordered = Nodes(
        node_id=texts(nodes.node_id),
        site=texts(nodes.site),
        channel=texts(nodes.channel),
        is_crm=nodes.is_crm[at],
        can_join=nodes.can_join[at],
        name=texts(nodes.name),
        handle=texts(nodes.handle),
        town=texts(nodes.town),
        language=texts(nodes.language),
        first_seen=nodes.first_seen[at],
    )
    return ordered, replace(values, node=where[values.node])


def _rules(
    nodes: Nodes,
    pairs: Pairs,
    weighed: Weighed,
    facts: Facts,
    stand: Sequence[tuple[Decision, int, int]],
    bits: Floats,
    *,
    policies: Policies,
) -> Small:
    """Rules about a pair that no weight overrules."""
    rule = np.zeros(len(pairs), np.int8)
    rule[weighed.household] = RULE["household"]
    crm, bare = nodes.is_crm, facts.pseudonymous
    a, b = pairs.left, pairs.right
    hidden = ((crm[a] & bare[b]) | (crm[b] & bare[a])) & ~weighed.certain & (bits >= _odds(policies.joined))
    if policies.crm_is_named:
        rule[hidden] = RULE["pseudonymous_to_named"]
    rule[_other_number(len(nodes), pairs, facts)] = RULE["another_crm_number"]
    key = pairs.left * len(nodes) + pairs.right
    for decision, x, y in stand:
        at = int(np.searchsorted(key, min(x, y) * len(nodes) + max(x, y)))
        rule[at] = RULE["decided_same" if decision.what == "same" else "decided_different"]
    return rule


def _renumbered(facts: Facts, pairs: Pairs, weighed: Weighed) -> None:
    """One person whose number changed: rows of one CRM of one name that are certainly linked count as one number."""
    crm, site = facts.nodes.is_crm, facts.nodes.site
    alike = (weighed.names == Names.SAME) & weighed.certain & crm[pairs.left] & crm[pairs.right]
    at = np.flatnonzero(alike)
    at = at[[site[int(pairs.left[n])] == site[int(pairs.right[n])] for n in at]] if len(at) else at
    if not len(at):
        return
    label = hang_together(len(facts.nodes), pairs.left[at], pairs.right[at])
    moved = np.isin(facts.number_node, np.concatenate([pairs.left[at], pairs.right[at]])) & (facts.number_crm > 0)
    facts.number[moved] = label[facts.number_node[moved]]


def _other_number(size: int, pairs: Pairs, facts: Facts) -> Bools:
    """Pairs that have numbers of one CRM, and none in common."""
    order = np.lexsort((facts.number, facts.number_crm, facts.number_node))
    node, crm, number = facts.number_node[order], facts.number_crm[order], facts.number[order]
    has = np.zeros(size, np.bool_)
    has[node] = True
    at = np.flatnonzero(has[pairs.left] & has[pairs.right])
    found = np.zeros(len(pairs), np.bool_)
    for n in at.tolist():
        a, b = int(pairs.left[n]), int(pairs.right[n])
        one, two = (slice(*np.searchsorted(node, [x, x + 1])) for x in (a, b))
        shared = set(crm[one].tolist()) & set(crm[two].tolist())
        found[n] = any(set(number[one][crm[one] == c]).isdisjoint(number[two][crm[two] == c]) for c in shared)
    return found


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
    status[bits >= _odds(policies.review)] = STATUS["review"]
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
    many = (values.holders > policies.most_holders) & (values.kind < Kind.ACCOUNT_NAME)
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
