"""Pairs and their weights, and the rules about a pair that no weight overrules; nothing is put together here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2

import numpy as np

from flows.identify.clusters import RULE
from flows.identify.components import Facts, hang_together
from flows.identify.contract import Bools, Decision, Floats, Nodes, Policies, Small, Values
from flows.identify.lexicon import EMPTY, Lexicon
from flows.identify.names import Words
from flows.identify.outcome import STATUSES, Edges
from flows.identify.pairs import Pairs, found
from flows.identify.relations import Names
from flows.identify.weights import Weighed, weigh

STATUS = {name: number for number, name in enumerate(STATUSES)}


@dataclass(slots=True)
class Judgement:
    """Pairs, what was found of them, and the rules about them; 0 where the weight alone speaks."""

    pairs: Pairs
    weighed: Weighed
    words: Words
    facts: Facts
    stand: list[tuple[Decision, int, int]]
    bits: Floats
    rule: Small


def judge(
    nodes: Nodes, values: Values, decisions: Sequence[Decision], policies: Policies, lexicon: Lexicon
) -> Judgement:
    """Pairs with their weights and the rules about them, before any is put together."""
    place = {node_id: n for n, node_id in enumerate(nodes.node_id)} if decisions else {}
    stand = [(d, place[d.left], place[d.right]) for d in decisions if {d.left, d.right} <= place.keys()]
    asked = np.array([min(a, b) * len(nodes) + max(a, b) for _, a, b in stand], np.int64)
    pairs = found(nodes, values, policies, asked)
    weighed, words, row = weigh(nodes, values, pairs, policies, lexicon)
    facts = Facts.of(nodes, values, weighed.named, row)
    _renumbered(facts, pairs, weighed)
    bits = (np.round(weighed.bits * 64) / 64).astype(np.float32)
    rule = _rules(pairs, weighed, facts, stand, bits, policies=policies)
    return Judgement(pairs, weighed, words, facts, stand, bits, rule)


def judged(
    nodes: Nodes, values: Values, asked: Sequence[tuple[str, str]], policies: Policies, lexicon: Lexicon = EMPTY
) -> Edges:
    """Weigh pairs, asked ones too, without putting anything together: for explaining a pair."""
    nodes, values = in_order(nodes, values)
    decisions = [Decision(f"{n}", "same", 0.0, *pair) for n, pair in enumerate(asked)]
    judgement = judge(nodes, values, decisions, policies, lexicon)
    rule = _rules(judgement.pairs, judgement.weighed, judgement.facts, (), judgement.bits, policies=policies)
    status = np.full(len(rule), STATUS["rejected"], np.int8)
    status[judgement.bits >= odds(policies.review)] = STATUS["review"]
    status[(judgement.bits >= odds(policies.joined)) & (rule == 0)] = STATUS["joined"]
    status[rule == RULE["another_crm_number"]] = STATUS["blocked"]
    status[rule == RULE["household"]] = STATUS["rejected"]
    weighed, pairs = judgement.weighed, judgement.pairs
    return Edges(
        nodes.node_id, pairs.left, pairs.right, judgement.bits, status, rule, weighed.certain, weighed.evidence
    )


def odds(probability: float) -> float:
    """Bits above even odds."""
    return log2(probability / (1 - probability))


def in_order(nodes: Nodes, values: Values) -> tuple[Nodes, Values]:
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
    pairs: Pairs,
    weighed: Weighed,
    facts: Facts,
    stand: Sequence[tuple[Decision, int, int]],
    bits: Floats,
    *,
    policies: Policies,
) -> Small:
    """Rules about a pair that no weight overrules."""
    nodes, rule = facts.nodes, np.zeros(len(pairs), np.int8)
    rule[weighed.household] = RULE["household"]
    crm, bare = nodes.is_crm, facts.pseudonymous
    a, b = pairs.left, pairs.right
    hidden = ((crm[a] & bare[b]) | (crm[b] & bare[a])) & ~weighed.certain & (bits >= odds(policies.joined))
    if policies.crm_is_named:
        rule[hidden] = RULE["pseudonymous_to_named"]
    rule[_other_number(len(nodes), pairs, facts)] = RULE["another_crm_number"]
    key = pairs.left * len(nodes) + pairs.right
    for decision, x, y in stand:
        at = int(np.searchsorted(key, min(x, y) * len(nodes) + max(x, y)))
        rule[at] = RULE["decided_same" if decision.what == "same" else "decided_different"]
    return rule


def _renumbered(facts: Facts, pairs: Pairs, weighed: Weighed) -> None:
    """One person whose number changed: rows of one CRM and one name, certainly linked, count as one number."""
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
    held: dict[int, dict[int, set[int]]] = {}
    for node, crm, number in zip(
        facts.number_node.tolist(), facts.number_crm.tolist(), facts.number.tolist(), strict=True
    ):
        held.setdefault(node, {}).setdefault(crm, set()).add(number)
    has = np.zeros(size, np.bool_)
    has[facts.number_node] = True
    at = np.flatnonzero(has[pairs.left] & has[pairs.right])
    found = np.zeros(len(pairs), np.bool_)
    for n, a, b in zip(at.tolist(), pairs.left[at].tolist(), pairs.right[at].tolist(), strict=True):
        one, two = held[a], held[b]
        found[n] = any(one[crm].isdisjoint(two[crm]) for crm in one.keys() & two.keys())
    return found
