"""Runs one tool on one population in a process of its own: figures, seconds, memory, as a line of JSON."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from dataclasses import asdict
from itertools import count

import numpy as np

from bench.identity.measure import calibrated, labels, measured, pairs_in
from bench.identity.population import Population, part_of, population
from flows.identify.components import hang_together
from flows.identify.contract import Nodes, Policies, Previous
from flows.identify.lexicon import Lexicon, learn
from flows.identify.outcome import STATUSES, Resolution
from flows.identify.resolve import resolve


def clock() -> tuple[float, float]:
    """Wall and processor time, that of processes it started included: on a busy machine the second compares."""
    spent = os.times()
    return time.perf_counter(), spent.user + spent.system + spent.children_user + spent.children_system


def memory() -> int:
    """The most that this process, or one that it started, ever held, in MiB."""
    return (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    )


def vigie(made: Population) -> list[dict[str, object]]:
    """Our engine: a full run, and one on a hundredth of the nodes and all that they touch."""
    numbers = count()
    before, began = memory(), clock()
    lexicon = learn(made.nodes, made.values)
    result = resolve(
        made.nodes,
        made.values,
        [],
        Previous(),
        policies=Policies(),
        draw=lambda: f"c_{next(numbers):016x}",
        lexicon=lexicon,
    )
    ended = clock()
    row = _row("vigie", labels(result.memberships, list(made.nodes.node_id)), made, began, ended)
    row["memory_over_input"] = memory() - before
    row["counts"] = dict(result.counts)
    row |= _candidates(made, result)
    previous = Previous(result.memberships, result.customers, (), len(result.customers))
    return [row, _batch(made, lexicon, previous, _beside(made, result))]


def _candidates(made: Population, result: Resolution) -> dict[str, object]:
    """Share of the true pairs that were weighed at all, and how weights and truth go together."""
    place = {node: n for n, node in enumerate(made.nodes.node_id)}
    person = made.person[[place[node] for node in result.edges.node_id]]
    right = person[result.edges.left] == person[result.edges.right]
    people = np.bincount(np.unique(person, return_inverse=True)[1])
    return {"candidates": right.sum() / pairs_in(people), "calibration": calibrated(result.edges.bits, right)}


def _beside(made: Population, result: Resolution) -> np.ndarray:
    """A label for each node; equal where edges that were not rejected lead from one to the other (closing.py)."""
    place = {node: n for n, node in enumerate(made.nodes.node_id)}
    at = np.array([place[node] for node in result.edges.node_id])
    kept = np.flatnonzero(result.edges.status != STATUSES.index("rejected"))
    return hang_together(len(made.nodes), at[result.edges.left[kept]], at[result.edges.right[kept]])


def _batch(made: Population, lexicon: Lexicon, previous: Previous, label: np.ndarray) -> dict[str, object]:
    """A hundredth of the nodes as if they had just been touched; the rest of the set is closed around them."""
    size = len(made.nodes)
    rng = np.random.default_rng(3)
    chosen = np.zeros(size, np.bool_)
    chosen[rng.choice(size, size // 100, replace=False)] = True
    values = made.values
    few = values.holders <= Policies().most_holders
    keys = values.code[few] * 31 + values.kind[few]
    touched = np.unique(keys[chosen[values.node[few]]])
    chosen[values.node[few][np.isin(keys, touched)]] = True
    chosen |= np.isin(label, label[chosen])
    at = np.flatnonzero(chosen).tolist()
    nodes, held = _some(made.nodes, at), part_of(values, chosen)
    kept = {nodes.node_id[n]: previous.memberships[nodes.node_id[n]] for n in range(len(at))}
    customers = {c: previous.customers[c] for c in set(kept.values())}
    numbers = count(10**9)
    gc.collect()
    began = clock()
    result = resolve(
        nodes,
        held,
        [],
        Previous(kept, customers, (), previous.issued),
        policies=Policies(population=size),
        draw=lambda: f"c_{next(numbers):016x}",
        lexicon=lexicon,
    )
    ended = clock()
    return {
        "tool": "vigie, a batch of 1 %",
        "nodes": len(at),
        "seconds": ended[0] - began[0],
        "cpu": ended[1] - began[1],
        "moved": sum(result.memberships[n] != kept[n] for n in kept),
    }


def _some(nodes: Nodes, at: list[int]) -> Nodes:
    texts = ("node_id", "site", "channel", "name", "handle", "town", "language")
    return Nodes(
        **{c: [getattr(nodes, c)[n] for n in at] for c in texts},
        **{c: getattr(nodes, c)[at] for c in ("is_crm", "can_join", "first_seen")},
    )


def splinked(made: Population) -> list[dict[str, object]]:
    """Splink 5 on DuckDB, at the thresholds that its users take."""
    from bench.identity.frame import table
    from bench.identity.splink_run import splink

    frame = table(made)
    before, began = memory(), clock()
    found, seconds = splink(frame)
    ended = clock()
    rows = []
    for threshold, label in found.items():
        row = _row(f"splink, {threshold}", label, made, began, ended)
        row["seconds"] = seconds
        row["memory_over_input"] = memory() - before
        rows.append(row)
    return rows


def custmatched(made: Population) -> list[dict[str, object]]:
    """custmatch with a thousand labels from the truth, half of them those it is least sure of."""
    from bench.identity.custmatch_run import custmatch

    before, began = memory(), clock()
    label, seconds = custmatch(made)
    row = _row("custmatch", label, made, began, clock())
    row["seconds"] = seconds
    row["memory_over_input"] = memory() - before
    return [row]


def _row(
    tool: str, label: np.ndarray, made: Population, began: tuple[float, float], ended: tuple[float, float]
) -> dict[str, object]:
    figures = asdict(measured(label, made.person))
    return {"tool": tool, **figures, "seconds": ended[0] - began[0], "cpu": ended[1] - began[1], "memory": memory()}


TOOLS = {"vigie": vigie, "splink": splinked, "custmatch": custmatched}

if __name__ == "__main__":
    tool_, size_, seed_ = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for line in TOOLS[tool_](population(size_, seed_)):
        print(json.dumps(line, default=float), flush=True)
