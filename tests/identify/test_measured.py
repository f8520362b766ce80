"""How right the engine is on people made up and real: what docs/identity.md says, with room for chance."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from bench.identity.measure import labels, measured
from bench.identity.population import Population, population
from bench.identity.real import DATA, fake_1000, legislators, recognised
from flows.identify.contract import Policies, Previous
from flows.identify.lexicon import learn
from flows.identify.resolve import resolve
from flows.identify.selfcheck import self_check

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="VIGIE_DATA has no folder identity")


@pytest.fixture(scope="module")
def made() -> Population:
    return population(10_000, seed=21)


@pytest.fixture(scope="module")
def found(made):
    numbers = count()
    result = resolve(
        made.nodes,
        made.values,
        [],
        Previous(),
        policies=Policies(),
        draw=lambda: f"c_{next(numbers):016x}",
        lexicon=learn(made.nodes, made.values),
    )
    return result, labels(result.memberships, list(made.nodes.node_id))


def test_a_population_follows_from_its_seed(made):
    again = population(10_000, seed=21)
    assert again.nodes.name == made.nodes.name
    assert np.array_equal(again.values.code, made.values.code)
    assert population(10_000, seed=22).nodes.name != made.nodes.name


def test_customers_are_people(made, found):
    figures = measured(found[1], made.person)
    assert figures.precision >= 0.99
    assert figures.recall >= 0.07
    assert figures.wrongly_merged <= 0.01
    assert figures.largest <= 12


def test_every_account_has_one_customer(made, found):
    result, _ = found
    assert sorted(result.memberships) == sorted(made.nodes.node_id)
    assert set(result.memberships.values()) <= set(result.customers)


def test_shared_boxes_merge_nobody(made, found):
    box, label = made.groups["box"], found[1]
    inside = np.flatnonzero(box > 0)
    a, b = np.triu_indices(len(inside), 1)
    a, b = inside[a], inside[b]
    strangers = (box[a] == box[b]) & (made.person[a] != made.person[b])
    assert strangers.sum() > 20
    assert (label[a] == label[b])[strangers].mean() <= 0.01


@needs_data
def test_legislators_by_their_handles():
    nodes, person = legislators(named=False)
    figures = recognised(nodes, [], person)
    assert figures.precision >= 0.99
    assert figures.recall >= 0.45


@needs_data
def test_rows_full_of_slips():
    nodes, values, person = fake_1000()
    figures = recognised(nodes, values, person, population=1000, each=3.0)
    assert figures.precision >= 0.99
    assert figures.recall >= 0.4


def test_the_check_that_needs_no_labels(made):
    checked = self_check(made.nodes, made.values, Policies(), learn(made.nodes, made.values))
    assert checked.hidden > 20
    assert 0 < checked.found < checked.hidden
    assert checked.found + checked.asked + checked.denied <= checked.hidden
    assert checked.denied <= checked.hidden * 0.05
