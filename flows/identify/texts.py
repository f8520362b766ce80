"""What handles and names say together: a handle made of the name, a name that copies the handle count once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flows.identify.contract import Bools, Floats, Ints, Kind, Nodes, Small, Values
from flows.identify.handles import made_of, name_in, of_handles
from flows.identify.lexicon import Lexicon
from flows.identify.names import Words, account_name, numbered
from flows.identify.pairs import Pairs
from flows.identify.rarity import MOST
from flows.identify.relations import Names

REUSED, VARIED = -1.5, -4.0  # bits: not everybody keeps a handle, and few change its digits
RARE = 18.0  # bits of a handle below which it joins nobody by itself
RARE_WITH_NAME = 20.0  # of an equal handle and an equal name together
RARE_BESIDE_NAME = 14.0  # of a handle's letters beside an equal name that does not say them
NAME_REUSED, NAME_NEAR, NAME_PARTLY, NAME_LIKE = -1.0, -3.0, -2.0, -6.0
NAME_PARTLY_LIKE, LIKE_AT_HOME = -4.0, 3.5
MOST_PARTLY, MOST_PARTLY_IN_FILES, MOST_PARTLY_AT_HOME, FAMILY_AT_HOME = (
    8.0,
    12.0,
    6.5,
    1.0,
)  # a family shares its address and its name
RARE_FORM, FORM_REUSED, NAMESAKES = 12.0, -2.0, 4.0  # of a handle that is a name
FREE_HOLDERS = 3  # accounts of one name that may well be one person's


@dataclass(slots=True)
class Texts:
    """Handles and names of the pairs."""

    nodes: Nodes
    values: Values
    pairs: Pairs
    words: Words
    row: Ints  # of nodes: the row of their name in `words`
    related: Small
    against: float
    each: float
    lexicon: Lexicon
    rare: Bools = field(init=False)  # the handle is one that nobody has by chance

    def holders(self, kind: Kind) -> Ints:
        """How many nodes hold what a node holds of a kind; 0 where it holds none."""
        found = np.zeros(len(self.nodes), np.int64)
        chosen = self.values.kind == kind
        found[self.values.node[chosen]] = self.values.holders[chosen]
        return found

    def evidence(self, name_bits: Floats, word_bits: Floats, alike: Bools, contact: Bools) -> dict[str, Floats]:
        """Bits of `handle` and `name`; together no more than both say jointly."""
        name = self._name(name_bits, alike, contact)
        equal, varied = self._equal(Kind.ACCOUNT_NAME), self._equal(Kind.STEM)
        varied &= ~equal
        at = np.flatnonzero(equal | varied)
        handle = np.zeros(len(self.pairs), np.float32)
        whole, beside = self._handles(at, equal[at], word_bits)
        reused = np.where(equal[at], REUSED, VARIED)
        handle[at] = np.maximum(whole + reused, 0)
        alone = equal & (handle >= RARE)
        # Of a handle made of the name only what the name leaves open counts; the larger of the two stays.
        both = (alike | _partly(self.related) | (self.related == Names.LIKE))[at]
        joint = np.maximum(beside + reused, whole + reused - name[at])
        handle[at] = np.where(both, np.maximum(joint, 0), handle[at])
        self.rare = alone | (alike & ((equal & (handle + name >= RARE_WITH_NAME)) | (handle >= RARE_BESIDE_NAME)))
        formed = self._formed(word_bits)
        self.rare |= formed >= RARE_FORM
        # What the name says by itself is in the handle, too.
        return {"handle": np.maximum(handle, formed), "name": np.where(formed > 0, 0, name).astype(np.float32)}

    def _formed(self, word_bits: Floats) -> Floats:
        """Bits of a handle that is the name of a row without one: what the name says, less where many hold it."""
        found = np.zeros(len(self.pairs), np.float32)
        shared = self.pairs.shared.get(Kind.NAME_FORM)
        at = np.flatnonzero(shared.holders > 0) if shared is not None else np.zeros(0, np.int64)
        for n, a, b in zip(at.tolist(), self.pairs.left[at].tolist(), self.pairs.right[at].tolist(), strict=True):
            one, two = int(self.row[a]), int(self.row[b])
            if bool(self.words.named[one]) == bool(self.words.named[two]):
                continue
            row, handle = (one, self.nodes.handle[b]) if self.words.named[one] else (two, self.nodes.handle[a])
            said = name_in(account_name(handle), self.words.text[row].tolist(), word_bits[row].tolist())
            found[n] = said + FORM_REUSED
        if shared is not None:
            many = np.log2(np.maximum(shared.names, 1)) * NAMESAKES
            found = np.where(found > 0, np.maximum(found - many, 0), 0).astype(np.float32)
        return found

    def _equal(self, kind: Kind) -> Bools:
        shared = self.pairs.shared.get(kind)
        return np.zeros(len(self.pairs), np.bool_) if shared is None else shared.holders > 0

    def _name(self, bits: Floats, alike: Bools, contact: Bools) -> Floats:
        holders = self.holders(Kind.NAME)
        free = FREE_HOLDERS * max(self.each, 1.0)
        limit = self.against - np.log2(np.maximum(np.minimum(holders, 40) - free, 1.0))
        limit[holders <= free] = np.inf
        by_node = np.minimum(bits[self.row], np.maximum(limit, 0))
        least = np.minimum(by_node[self.pairs.left], by_node[self.pairs.right])
        partly = np.minimum(bits[self.row[self.pairs.left]], bits[self.row[self.pairs.right]])
        shows = np.array([bool(handle) for handle in self.nodes.handle], dtype=np.bool_)
        in_files = ~(shows[self.pairs.left] | shows[self.pairs.right])  # there a word alone is no pseudonym
        alone = np.where(in_files, MOST_PARTLY_IN_FILES, MOST_PARTLY)
        partly = np.minimum(partly, np.where(contact, MOST_PARTLY_AT_HOME, alone))
        found = np.zeros(len(self.pairs), np.float32)
        found[alike] = (least + np.where(self.related == Names.SAME, NAME_REUSED, NAME_NEAR))[alike]
        is_partly = _partly(self.related)
        found[is_partly] = np.maximum(partly + NAME_PARTLY, 0)[is_partly]
        # Written like it: a family shares the rest, and strangers have names that are alike, too.
        like = self.related == Names.LIKE
        full = self.words.named[self.row[self.pairs.left]] & self.words.named[self.row[self.pairs.right]]
        bits_like = np.where(full, least + NAME_LIKE, np.minimum(partly, least) + NAME_PARTLY_LIKE)
        found[like] = np.clip(bits_like, 0, np.where(contact, LIKE_AT_HOME, MOST))[like]
        anyone = contact & np.isin(self.related, (Names.INITIAL, Names.HALF, Names.SURNAME))
        found[anyone] = np.minimum(found[anyone], FAMILY_AT_HOME)
        return found

    def _handles(self, at: Ints, equal: Bools, word_bits: Floats) -> tuple[Floats, Floats]:
        """Bits of the handles of some pairs; and what they say beside the name."""
        left, right = self.pairs.left[at], self.pairs.right[at]
        nodes = np.unique(np.concatenate([left, right]))
        bare = [account_name(self.nodes.handle[n]) for n in nodes.tolist()]
        # A handle without letters has no stem, so nobody bears it with other digits.
        others = np.maximum(self.holders(Kind.STEM) - self.holders(Kind.ACCOUNT_NAME), 0)[nodes]
        whole, letters = of_handles(bare, others, self.against, self.lexicon)
        place = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
        bits = np.where(equal, np.minimum(whole[place[0]], whole[place[1]]), letters[place[0]])
        beside = bits.copy()
        total, open_ = self._made(nodes, bare, word_bits)
        for side in place:
            bits, beside = np.minimum(bits, total[side]), np.minimum(beside, open_[side])
        return bits.astype(np.float32), beside.astype(np.float32)

    def _made(self, nodes: Ints, bare: list[str], word_bits: Floats) -> tuple[Floats, Floats]:
        rows = self.row[nodes]
        pair_number, different = numbered(
            [f"{r}/{h}" if r else "" for r, h in zip(rows.tolist(), bare, strict=True)]
        )
        total, beside = np.full(len(different), np.inf, np.float32), np.full(len(different), np.inf, np.float32)
        for n, text in enumerate(different[1:], 1):
            r, _, handle = text.partition("/")
            total[n], beside[n] = made_of(handle, self.words.text[int(r)].tolist(), word_bits[int(r)].tolist())
        return total[pair_number], beside[pair_number]


def _partly(related: Small) -> Bools:
    return np.asarray((related == Names.PARTLY) | (related == Names.SURNAME))
