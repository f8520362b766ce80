"""A customer being put together: what it holds so far, and which rule forbids to unite it with another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from flows.identify.contract import Policies


@dataclass(slots=True)
class Part:
    """Nodes that are one customer so far."""

    members: list[int]
    channels: Counter[int]  # accounts of each platform
    numbers: dict[int, set[int]]  # a CRM → the customer numbers in it
    accounts: int
    crm: int
    pseudonymous: int  # accounts without a person's name
    names: set[int] = field(default_factory=set)  # rows of persons' names
    apart: set[int] = field(default_factory=set)  # nodes that a person said are somebody else
    beside: set[int] = field(default_factory=set)  # nodes of others who share an address or a telephone with these


def forbidden(one: Part, two: Part, certain: bool, policies: Policies) -> str:
    """The rule that a union would break, or nothing."""
    if one.apart and not one.apart.isdisjoint(two.members):
        return "never_together"
    for crm in one.numbers.keys() & two.numbers.keys():
        if len(one.numbers[crm] | two.numbers[crm]) > policies.most_crm:
            return "most_crm"
    if one.accounts + two.accounts > policies.most_accounts:
        return "most_accounts"
    if any(one.channels[c] + n > policies.most_of_a_channel for c, n in two.channels.items()):
        return "most_of_a_channel"
    if certain:
        return ""
    return _unsure(one, two, policies)


def _unsure(one: Part, two: Part, policies: Policies) -> str:
    """The rule that only certain evidence overrules."""
    if not one.beside.isdisjoint(two.members):
        return "household"
    if policies.crm_is_named and ((one.crm and two.pseudonymous) or (two.crm and one.pseudonymous)):
        return "pseudonymous_to_named"
    return ""


def strangers(one: Part, two: Part, different: set[tuple[int, int]]) -> bool:
    """Whether the two sides bear names, and none of the one can be a form of one of the other."""
    pairs = [(min(a, b), max(a, b)) in different for a in one.names for b in two.names]
    return bool(pairs) and all(pairs)


def united(one: Part, two: Part) -> Part:
    """Both as one."""
    numbers = {
        crm: one.numbers.get(crm, set()) | two.numbers.get(crm, set())
        for crm in one.numbers.keys() | two.numbers.keys()
    }
    return Part(
        one.members + two.members,
        one.channels + two.channels,
        numbers,
        one.accounts + two.accounts,
        one.crm + two.crm,
        one.pseudonymous + two.pseudonymous,
        one.names | two.names,
        one.apart | two.apart,
        one.beside | two.beside,
    )
