"""A whole made-up population: accounts, what they hold, who is behind them. All of it follows from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.identity.accounts import CRM, MAIL, PLATFORMS, REVIEWS, Accounts, accounts
from bench.identity.people import People, people
from flows.identify.contract import Kind, Known, Nodes, Values
from flows.identify.values import counted, derived, rows, together, uncounted


@dataclass
class Population:
    """Nodes, their values (counted, the made ones with them), and the person behind each node."""

    nodes: Nodes
    given: Values  # what they hold, not counted
    values: Values
    person: np.ndarray
    groups: dict[
        str, np.ndarray
    ]  # what pairs of a kind are about: households, shared boxes, impersonators, languages


def _code(kind: Kind, number: np.ndarray) -> np.ndarray:
    """Numbers spread over 64 bits (splitmix), another sequence for each kind."""
    x = number.astype(np.uint64) + np.uint64(int(kind) << 40)
    x = (x + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).view(np.int64)


class _Holding:
    def __init__(self) -> None:
        self.parts: list[Values] = []

    def add(
        self, kind: Kind, node: np.ndarray, number: np.ndarray, known: int | np.ndarray = Known.UNVERIFIED
    ) -> None:
        size = len(node)
        self.parts.append(
            uncounted(
                node.astype(np.int64),
                np.full(size, kind, np.int8),
                _code(kind, number),
                np.broadcast_to(np.asarray(known, np.int8), size).copy(),
            )
        )


def population(size: int, seed: int) -> Population:
    """Make a population of so many accounts."""
    rng = np.random.default_rng(seed)
    crowd = people(rng, max(10, int(size / 2.5)))
    held = accounts(rng, crowd, size)
    values, boxes = _values(rng, crowd, held)
    nodes = _nodes(rng, crowd, held)
    counts = counted(nodes, together([values, derived(nodes)]))
    who = np.maximum(held.person, 0)
    groups = {
        "household": np.where(held.person >= 0, crowd.household[who], -1),
        "box": boxes,
        "impersonator": held.is_impersonator,
        "language": np.where(held.person >= 0, crowd.language[who], ""),
    }
    return Population(nodes, values, counts, held.person, groups)


def _nodes(rng: np.random.Generator, crowd: People, held: Accounts) -> Nodes:
    size, who = len(held.person), np.maximum(held.person, 0)
    says_town = rng.random(size) < np.where(held.platform == CRM, 0.9, 0.2)
    town = np.where(says_town & ~held.is_impersonator, crowd.town[who], 0)
    language = np.where(rng.random(size) < 0.95, crowd.language[who], "en")
    channel = [PLATFORMS[p] for p in held.platform.tolist()]
    return Nodes(
        node_id=[f"{'crm:shop' if c == 'crm' else c}:{n:07d}" for n, c in enumerate(channel)],
        site=["shop" if c == "crm" else c for c in channel],
        channel=channel,
        is_crm=held.platform == CRM,
        can_join=np.ones(size, np.bool_),
        name=held.name.tolist(),
        handle=held.handle.tolist(),
        town=[f"t{t}" if t else "" for t in town.tolist()],
        language=language.tolist(),
        first_seen=rng.integers(1_500_000_000, 1_790_000_000, size).astype(np.float64),
    )


def _values(rng: np.random.Generator, crowd: People, held: Accounts) -> tuple[Values, np.ndarray]:
    """E-mails, phones, numbers, orders, declared handles, links, sites, pictures."""
    size, holding = len(held.person), _Holding()
    node, who, real = np.arange(size), np.maximum(held.person, 0), ~held.is_impersonator
    is_crm, is_mail = held.platform == CRM, held.platform == MAIL
    home = crowd.household[who]

    mail_of = who * 4 + (rng.random(size) < 0.2)  # a second address now and then
    family = crowd.in_family[who] & (_pick(rng, crowd.household, home) < 0.2)
    mail_of = np.where(family & (rng.random(size) < 0.7), home * 4 + 2, mail_of)
    boxes = np.where(rng.random(size) < 0.006, 1 + rng.zipf(1.6, size) % max(3, size // 400), 0)
    boxes = np.where(is_mail | is_crm, boxes, 0)
    mail_of = np.where(boxes > 0, boxes * 4 + 3, mail_of)
    has = rng.random(size) < np.select([is_crm, is_mail, held.platform == REVIEWS], [0.8, 1.0, 0.2], 0.03)
    known = np.select([is_mail, is_crm], [Known.VERIFIED, np.where(rng.random(size) < 0.5, 2, 1)], Known.UNVERIFIED)
    at = np.flatnonzero(has & real)
    holding.add(Kind.EMAIL, at, mail_of[at], known[at])

    landline = crowd.in_family[who] & (_pick(rng, crowd.household, home) < 0.6)
    phone_of = np.where(landline, home * 2 + 1, who * 2)
    at = np.flatnonzero((rng.random(size) < np.select([is_crm, is_mail], [0.7, 0.15], 0.03)) & real)
    holding.add(Kind.PHONE, at, phone_of[at], Known.DECLARED)

    at = np.flatnonzero(is_crm)
    holding.add(Kind.CUSTOMER_NUMBER, at, at, Known.VERIFIED)
    row = np.full(len(crowd), -1)
    row[held.person[at]] = at
    has_row = (row[who] >= 0) & real & ~is_crm
    at = np.flatnonzero(has_row & (rng.random(size) < np.where(is_mail, 0.1, 0.01)))
    holding.add(Kind.CUSTOMER_NUMBER, at, row[who[at]], Known.DECLARED)
    at = np.flatnonzero(has_row & (rng.random(size) < np.where(is_mail, 0.15, 0.01)))
    holding.add(
        Kind.ORDER_NUMBER,
        np.r_[at, row[who[at]]],
        np.tile(row[who[at]], 2),
        Known.DECLARED,
    )

    own = np.flatnonzero(~is_crm & ~is_mail & (held.handle != ""))
    holding.add(Kind.HANDLE, own, own, Known.VERIFIED)
    at = own[has_row[own] & (rng.random(len(own)) < 0.05)]
    holding.add(Kind.HANDLE, row[who[at]], at, Known.DECLARED)
    _links(rng, holding, held, own, real)
    at = np.flatnonzero((crowd.born[who] % 33 == 0) & (rng.random(size) < 0.4) & real & (held.handle != ""))
    holding.add(Kind.SITE, at, np.where(rng.random(len(at)) < 0.1, who[at] // 40 * 2, who[at] * 2 + 1))
    _pictures(rng, holding, held, node)
    return together(holding.parts), boxes


def _pick(rng: np.random.Generator, household: np.ndarray, home: np.ndarray) -> np.ndarray:
    """One number between 0 and 1 a household."""
    return rng.random(int(household.max()) + 1)[home]


def _links(rng: np.random.Generator, holding: _Holding, held: Accounts, own: np.ndarray, real: np.ndarray) -> None:
    """Links to one's own other account, one way or both; and to a star's."""
    order = own[np.lexsort((rng.random(len(own)), held.person[own]))]
    a, b = order[:-1], order[1:]
    mine = (held.person[a] == held.person[b]) & real[a] & (rng.random(len(a)) < 0.06)
    a, b = a[mine], b[mine]
    both = rng.random(len(a)) < 0.25
    holding.add(Kind.LINK, np.r_[a, b[both]], np.r_[b, a[both]])
    fans = own[rng.random(len(own)) < 0.01]
    stars = own[np.minimum(rng.zipf(1.3, len(fans)), len(own)) - 1]
    holding.add(Kind.LINK, fans[fans != stars], stars[fans != stars])


def _pictures(rng: np.random.Generator, holding: _Holding, held: Accounts, node: np.ndarray) -> None:
    """Default pictures, pictures of one account, pictures that people use again and others copy."""
    shown = np.flatnonzero((held.platform < MAIL) & (rng.random(len(node)) < 0.7))
    roll = rng.random(len(shown))
    who = held.person[shown]
    picture = np.where(roll < 0.4, held.platform[shown], np.where(roll < 0.75, 100 + shown, 2**32 + np.abs(who)))
    picture = np.where((roll >= 0.98), 50 + shown % 40, picture)  # popular pictures: flags, footballers
    # An impersonator copies the picture that the name's owner uses: the first account of that name.
    fake = held.is_impersonator[shown]
    first: dict[str, int] = {}
    for n, name in zip(shown[~fake].tolist(), held.name[shown[~fake]], strict=True):
        if name:
            first.setdefault(name, n)
    copied = [first.get(name, -1) for name in held.name[shown[fake]]]
    picture[fake] = [2**32 + abs(int(held.person[n])) if n >= 0 else 2**33 + i for i, n in enumerate(copied)]
    holding.add(Kind.AVATAR, shown, picture)


def part_of(values: Values, chosen: np.ndarray) -> Values:
    """Rows of the nodes chosen (a mask over nodes), with their places moved."""
    place = np.cumsum(chosen) - 1
    kept: Any = rows(values, np.flatnonzero(chosen[values.node]))
    return Values(place[kept.node], *(getattr(kept, c) for c in list(Values.__dataclass_fields__)[1:]))
