"""The weight of a pair: what each feature says in bits, nothing of it twice, and what is certain by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, log2

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from flows.identify.contract import Bools, Floats, Ints, Kind, Known, Nodes, Policies, Small, Values
from flows.identify.lexicon import Lexicon
from flows.identify.names import Words, folded, numbered
from flows.identify.pairs import Pairs, Shared
from flows.identify.rarity import of_names, of_words
from flows.identify.relations import Names, relations, two_given
from flows.identify.texts import Texts

SMALLEST_POPULATION = 10  # bits: however few accounts are known here, more will come
CERTAIN = 30.0  # bits above even odds that a deterministic link is given
# Bits above even odds by which a value links the two nodes that hold it, where nothing else is known.
NUMBER_UNVERIFIED, ORDER_UNVERIFIED = 5.0, 6.0
EMAIL_HALF_VERIFIED, EMAIL = 7.5, 5.5
PHONE, WEB_SITE, LINK, AVATAR, EMAIL_PART = 4.0, 3.5, 3.0, 2.0, 2.0
MOST_EMAIL_PART, MOST_EMAIL_NEAR = 9.0, 7.0
MOST_BESIDE_NAME, MOST_OWN_BESIDE_NAME = 4.0, 8.0  # of one that is made of the name, and of one that says more
BIRTH_DATE, NEAR_BIRTH_DATE, OTHER_BIRTH_DATE = 13.0, 5.5, -5.5
BORN_AS_ONE, BIRTH_PARTS = -7.0, 4
SECOND_OF_A_GROUP = 2.0  # what a second address of the same household or the same company adds
TOWN, LIKE_TOWN, OTHER_TOWN, LANGUAGE, OTHER_LANGUAGE = 3.0, 2.2, -1.5, 0.3, -1.0
SAME_CHANNEL = -6.0  # few have two accounts of one platform; impersonators do
COPYABLE = 6.0  # most that what anybody can copy amounts to: a person looks at it
BY_NAME = {Names.GIVEN: -6.0, Names.FAMILY: -10.0, Names.DIFFERENT: -12.0}


@dataclass(slots=True)
class Weighed:
    """Evidence by feature, and what was found beside it."""

    evidence: dict[str, Floats]
    certain: Bools
    own: Bools  # something that nobody copies is in common
    household: Bools
    beside: Bools  # of two who share an address or a telephone: they bear names of different people
    one: Bools  # born on one day, or nearly and with an address in common: another name is no contradiction
    names: Small
    named: Bools  # of nodes: bears a person's name
    by: dict[str, Bools] = field(default_factory=dict)

    @property
    def bits(self) -> Floats:
        """All evidence together."""
        return np.asarray(np.sum(list(self.evidence.values()), axis=0), dtype=np.float32)


def population_bits(nodes: Nodes, policies: Policies) -> float:
    """Prior odds as bits against: by population, in steps, so that a day's growth changes no weight."""
    if policies.population:
        return float(ceil(log2(max(policies.population, 2))))
    return float(max(SMALLEST_POPULATION, ceil(log2(max(int(nodes.can_join.sum()), 2)))))


def weigh(
    nodes: Nodes, values: Values, pairs: Pairs, policies: Policies, lexicon: Lexicon
) -> tuple[Weighed, Words, Ints]:
    """Weigh all pairs; and the names that were read, with each node's row among them."""
    against = population_bits(nodes, policies)
    number, names = numbered(nodes.name)
    used = np.unique(np.concatenate([number[pairs.left], number[pairs.right], [0]]))
    words = Words.of([names[n] for n in used.tolist()])
    row = np.searchsorted(used, number)
    row = np.where(used[np.minimum(row, len(used) - 1)] == number, row, 0)
    left, right = row[pairs.left], row[pairs.right]
    related = np.where(words.named[left], Names.SAME, Names.UNKNOWN).astype(np.int8)
    other = np.flatnonzero(left != right)
    related[other] = relations(words, left[other], right[other])
    # One word is a name where there is no handle that it could be a copy of.
    handle = numbered(nodes.handle)[0]
    bare = (left == right) & (left > 0) & (handle[pairs.left] == 0) & (handle[pairs.right] == 0)
    related[bare & (related == Names.UNKNOWN)] = Names.PARTLY
    named = np.zeros(len(nodes), np.bool_)
    named[:] = words.named[row]
    return (
        _Scale(nodes, values, pairs, related, against, policies.accounts_each, lexicon).weighed(named, words, row),
        words,
        row,
    )


@dataclass(slots=True)
class _Scale:
    nodes: Nodes
    values: Values
    pairs: Pairs
    names: Small
    against: float
    each: float
    lexicon: Lexicon

    def linked(self, kind: Kind, strength: float | Floats) -> Floats:
        """Bits of a shared value: less where more hold it, and where they bear several names."""
        shared = self.pairs.shared.get(kind)
        if shared is None:
            return np.zeros(len(self.pairs), np.float32)
        many = np.log2(np.maximum(shared.holders - 1, 1)) + np.log2(np.maximum(shared.names, 1))
        return np.where(shared.holders > 0, self.against + strength - many, 0).astype(np.float32)

    def of(self, kind: Kind) -> Shared:
        none = np.zeros(len(self.pairs), np.int64)
        small = none.astype(np.int8)
        return self.pairs.shared.get(kind, Shared(none, none, small, small))

    def weighed(self, named: Bools, words: Words, row: Ints) -> Weighed:
        related = self.names
        alike = (related != Names.UNKNOWN) & (related <= Names.HALF)
        apart = (related == Names.FAMILY) | (related == Names.DIFFERENT)
        mail, phone, order = self.of(Kind.EMAIL), self.of(Kind.PHONE), self.of(Kind.ORDER_NUMBER)
        crm, handle, link = self.of(Kind.CUSTOMER_NUMBER), self.of(Kind.HANDLE), self.of(Kind.LINK)
        here = self._same_channel()
        certain = {
            "customer_number": (crm.holders > 0) & (crm.known >= Known.DECLARED),
            "email": (mail.holders > 0) & (mail.known == Known.VERIFIED) & self._of_one(named, here) & ~apart,
            "order_number": (order.holders > 0) & (order.known >= Known.DECLARED) & ~apart,
            "handle_declared": (handle.holders > 0) & (handle.known >= Known.DECLARED),
            "link": self.pairs.two_way | ((link.holders > 0) & (link.known == Known.VERIFIED)),
        }
        half = (mail.other == Known.VERIFIED) & (mail.known >= Known.DECLARED)
        evidence = {
            "customer_number": self.linked(Kind.CUSTOMER_NUMBER, NUMBER_UNVERIFIED),
            "order_number": self.linked(Kind.ORDER_NUMBER, ORDER_UNVERIFIED),
            "email": self.linked(Kind.EMAIL, np.where(half, EMAIL_HALF_VERIFIED, EMAIL).astype(np.float32)),
            "phone": self.linked(Kind.PHONE, PHONE),
            "email_part": self._email_part(mail.holders == 0),
            "handle_declared": self.linked(Kind.HANDLE, ORDER_UNVERIFIED),
            "link": self.linked(Kind.LINK, LINK),
            "site": self.linked(Kind.SITE, WEB_SITE),
            "avatar": self.linked(Kind.AVATAR, AVATAR),
        }
        _largest(evidence, "customer_number", "order_number", "email", "phone", "email_part")
        _largest(evidence, "link", "site")
        evidence |= self._small()
        contact = (
            np.maximum.reduce([evidence[k] for k in ("customer_number", "order_number", "email", "phone")]) > 0
        )
        # Who shares an address lives in one town.
        evidence["town"] = np.where(contact, np.minimum(evidence["town"], 0), evidence["town"])
        texts = Texts(
            self.nodes, self.values, self.pairs, words, row, related, self.against, self.each, self.lexicon
        )
        word_bits = of_words(words, self.lexicon)
        evidence |= texts.evidence(of_names(words, word_bits), word_bits, alike, contact)
        one, same_day = self._names_apart(evidence, words, row)
        one_named = named[self.pairs.left] ^ named[self.pairs.right]
        lone = here & (~contact | (one_named & (related != Names.PARTLY)))
        evidence["same_channel"] = np.where(lone, SAME_CHANNEL, 0).astype(np.float32)
        evidence["prior"] = np.full(len(self.pairs), log2(self.each) - self.against, np.float32)
        total = np.sum(list(evidence.values()), axis=0)
        own = contact | self._own(evidence) | (texts.rare & ~here)
        evidence["copyable"] = np.where(~own & (total > COPYABLE), COPYABLE - total, 0).astype(np.float32)
        total = total + evidence["copyable"]
        sure = np.zeros(len(self.pairs), np.bool_)
        for kind, is_certain in certain.items():
            evidence[kind] += np.where(is_certain & ~sure, np.maximum(CERTAIN - total, 1.0), 0).astype(np.float32)
            sure |= is_certain
        shared = ((mail.holders > 0) | (phone.holders > 0)) & ~sure
        household = (related == Names.FAMILY) & shared & ~one
        beside = (
            (apart | (related == Names.HALF)) & shared & ~one & named[self.pairs.left] & named[self.pairs.right]
        )
        return Weighed(
            evidence,
            sure,
            own,
            household,
            beside,
            (one & contact) | (same_day & (evidence["name"] > 0)),
            related,
            named,
            certain,
        )

    def _names_apart(self, evidence: dict[str, Floats], words: Words, row: Ints) -> tuple[Bools, Bools]:
        """Write down what another name says; pairs born on one day or nearly, not as twins, and those on one day.

        There another name is rather a slip.
        """
        one = evidence["birth_date"] > 0
        twins = np.flatnonzero(one & (self.names == Names.FAMILY))
        one[twins] = ~two_given(words, row[self.pairs.left[twins]], row[self.pairs.right[twins]])
        for relation, bits in BY_NAME.items():
            evidence["name"][self.names == relation] = bits
        same_day = one & (evidence["birth_date"] == BIRTH_DATE)
        evidence["name"][same_day] = np.maximum(evidence["name"][same_day], BORN_AS_ONE)
        return one, same_day

    def _own(self, evidence: dict[str, Floats]) -> Bools:
        """Whether something is in common that nobody copies; a name and a town that stand in files are no copy."""
        shows = np.array([bool(handle) for handle in self.nodes.handle], dtype=np.bool_)
        in_files = ~(shows[self.pairs.left] | shows[self.pairs.right])
        linked = ((evidence["link"] > 0) | (evidence["site"] > 0)) & ~self._same_channel()
        private = (evidence["birth_date"] > 0) | (evidence["email_part"] > 0)
        return np.asarray(linked | private | (in_files & (evidence["town"] > 0)), dtype=np.bool_)

    def _of_one(self, named: Bools, here: Bools) -> Bools:
        """Whether who holds an address can be one person only.

        Somebody seldom has two accounts of one platform with one address; two who share it have one each.
        """
        related, names = self.names, self.of(Kind.EMAIL).names
        left, right = named[self.pairs.left], named[self.pairs.right]
        single = (names <= 1) & ~(here & (left ^ right) & (related != Names.PARTLY))
        either = np.isin(related, (Names.INITIAL, Names.HALF, Names.GIVEN)) & (names <= 2) & ~here
        return np.asarray(single | either | (related == Names.SAME) | (related == Names.NEAR))

    def _email_part(self, other: Bools) -> Floats:
        """What stands before the @ of another address, or nearly: mostly made of the name, so it says it again."""
        equal = np.minimum(self.linked(Kind.EMAIL_PART, EMAIL_PART), MOST_EMAIL_PART)
        near = np.minimum(self.linked(Kind.EMAIL_NEAR, EMAIL_PART), MOST_EMAIL_NEAR)
        found = np.maximum(equal, near)
        said = (self.names != Names.UNKNOWN) & (self.names < Names.GIVEN)
        own = np.maximum(self.of(Kind.EMAIL_PART).known, self.of(Kind.EMAIL_NEAR).known) >= Known.DECLARED
        found = np.where(said, np.minimum(found, np.where(own, MOST_OWN_BESIDE_NAME, MOST_BESIDE_NAME)), found)
        return np.asarray(np.where(other, found, 0), dtype=np.float32)

    def _same_channel(self) -> Bools:
        channel = numbered(self.nodes.channel)[0]
        crm = self.nodes.is_crm
        left, right = self.pairs.left, self.pairs.right
        return np.asarray((channel[left] == channel[right]) & (channel[left] > 0) & ~crm[left] & ~crm[right])

    def _small(self) -> dict[str, Floats]:
        """Town, language, birth date: what many share."""
        left, right = self.pairs.left, self.pairs.right
        found = {}
        for name, column, same, other in (
            ("town", self.nodes.town, TOWN, OTHER_TOWN),
            ("language", self.nodes.language, LANGUAGE, OTHER_LANGUAGE),
        ):
            number = numbered(column)[0]
            a, b = number[left], number[right]
            found[name] = np.where((a > 0) & (b > 0), np.where(a == b, same, other), 0).astype(np.float32)
        found["town"][(found["town"] < 0) & self._town_alike()] = LIKE_TOWN
        born = np.zeros(len(self.nodes), np.int64)
        is_born = self.values.kind == Kind.BIRTH_DATE
        born[self.values.node[is_born]] = self.values.code[is_born]
        a, b = born[left], born[right]
        unlike = np.where(self._near_birth(), NEAR_BIRTH_DATE, OTHER_BIRTH_DATE)
        born_alike = np.where((a != 0) & (b != 0), np.where(a == b, BIRTH_DATE, unlike), 0)
        found["birth_date"] = born_alike.astype(np.float32)
        return found

    def _near_birth(self) -> Bools:
        """Whether two parts of the birth dates are equal; however many share them."""
        at = np.flatnonzero(self.values.kind == Kind.BIRTH_PART)
        at = at[np.lexsort((self.values.code[at], self.values.node[at]))]
        node = self.values.node[at]
        nth = np.arange(len(at)) - np.searchsorted(node, node)
        kept = nth < BIRTH_PARTS
        parts = np.zeros((len(self.nodes), BIRTH_PARTS), np.int64)
        parts[node[kept], nth[kept]] = self.values.code[at[kept]]
        a, b = parts[self.pairs.left], parts[self.pairs.right]
        return np.asarray(((a[:, :, None] == b[:, None, :]) & (a[:, :, None] != 0)).any((1, 2)), dtype=np.bool_)

    def _town_alike(self) -> Bools:
        """Whether towns are written nearly alike: a slip, or a part left out."""
        number, towns = numbered([folded(town) for town in self.nodes.town])
        a, b = number[self.pairs.left], number[self.pairs.right]
        key, place = np.unique(a * len(towns) + b, return_inverse=True)
        one, two = [towns[n] for n in key // len(towns)], [towns[n] for n in key % len(towns)]
        apart = cpdist(one, two, scorer=OSA.distance, score_cutoff=2)
        short = np.array([min(len(x), len(y)) for x, y in zip(one, two, strict=True)], np.int64)
        alike = (short >= 4) & (apart <= 1 + (short >= 7))
        return np.asarray(alike[place], dtype=np.bool_)


def _largest(evidence: dict[str, Floats], *features: str) -> None:
    """Of features that tell the same thing the largest counts, and a second one a little."""
    stacked = np.stack([evidence[name] for name in features])
    best = stacked.argmax(axis=0)
    further = (stacked > 0).sum(axis=0) > 1
    for n, name in enumerate(features):
        evidence[name] = np.where(best == n, stacked[n] + SECOND_OF_A_GROUP * further, 0).astype(np.float32)
