"""The waterfall of a pair: the prior, then what speaks most; it adds up, and says by which rules."""

from __future__ import annotations

import pytest

from flows.identify.contract import RULES
from flows.identify.explain import explain
from flows.identify.lexicon import Lexicon, learn
from flows.identify.steps import probability, steps
from tests.identify.world import World, edge


def _world() -> tuple[World, str, str]:
    world = World()
    a = world.account("x:1", "Ada Quill", "adaquill", phone="p", avatar="face")
    b = world.account("mail:1", "Quill Ada", phone="p")
    world.account("forum:1", "Ben Quill", "benq", phone="p", avatar="face")
    return world, a, b


def test_the_waterfall_adds_up_to_the_weight_of_the_link():
    world, a, b = _world()
    nodes, values = world.input()
    told = explain(nodes, values, (b, a), world.policies)
    assert told is not None
    assert told.steps[0].feature == "prior"
    assert told.steps[-1].sum == pytest.approx(told.bits, abs=0.05)
    assert told.bits == edge(world.run(), a, b)["bits"]
    assert {step.feature for step in told.steps} == {"prior", "phone", "name"}
    assert (told.status, told.rule_version) == ("joined", RULES)


def test_a_household_is_told():
    world, a, _ = _world()
    nodes, values = world.input()
    told = explain(nodes, values, (a, "forum:1"), world.policies)
    assert told is not None
    assert (told.status, told.rule) == ("rejected", "household")
    assert next(s for s in told.steps if s.feature == "name").bits < 0


def test_two_that_share_nothing_are_told_too():
    world = World()
    a, b = world.account("x:1", handle="one"), world.account("forum:1", handle="two")
    nodes, values = world.input()
    told = explain(nodes, values, (a, b), world.policies)
    assert told is not None
    assert [step.feature for step in told.steps] == ["prior"]
    assert told.probability < 0.01


def test_a_lexicon_is_kept_and_says_the_same():
    world = World()
    for n in range(40):
        world.account(
            f"x:{n}", f"Ada Quill{'abcdefghij'[n % 10]}", f"shopfan{'abcdefghijklmnopqrstuvwxyz'[n % 26]}{n}"
        )
    nodes, values = world.input()
    lexicon = learn(nodes, values)
    again = Lexicon.loads(lexicon.dumps())
    assert again.words == lexicon.words
    assert "ada" in again.words
    one, two = (explain(nodes, values, ("x:0", "x:26"), world.policies, lex) for lex in (lexicon, again))
    assert one == two
    none = explain(nodes, values, ("x:0", "x:26"), world.policies)
    assert one is not None
    assert none is not None
    assert one.bits < none.bits  # `shopfan` is what handles here begin with


def test_the_prior_comes_first_what_is_taken_off_last_and_what_says_nothing_is_left_out():
    told = steps(
        {"town": 3.0, "copyable": -9.0, "name": 17.0, "language": 0.004, "prior": -10.0, "same_channel": -6.0}
    )
    assert [step.feature for step in told] == ["prior", "name", "same_channel", "town", "copyable"]
    assert [step.sum for step in told] == [-10.0, 7.0, 1.0, 4.0, -5.0]
    assert (probability(0), probability(10_000)) == (0.5, pytest.approx(1))
