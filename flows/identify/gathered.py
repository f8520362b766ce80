"""What all accounts of two customers share together: pairs that are likely, but none of them likely enough.

One account shares the birth date with the other side, another the address; each pair alone is a question. Of each
feature the best pair counts once, so nothing is counted twice; where no pair speaks for it, the one that speaks
against it most. Only pairs that are likely by themselves are gathered: a run on a part looks at these, too.
"""

from __future__ import annotations

import numpy as np

from flows.identify.contract import Floats, Ints
from flows.identify.pairs import Pairs
from flows.identify.weights import COPYABLE, Weighed

# Features that tell the same thing: of these that of one pair counts.
TOLD_TWICE = (
    ("handle", "name"),
    ("customer_number", "order_number", "email", "phone", "email_part"),
    ("handle_declared",),
    ("link", "site"),
    ("avatar",),
    ("town",),
    ("language",),
    ("birth_date",),
    ("same_channel",),
    ("prior",),
)


def gathered(pairs: Pairs, weighed: Weighed, label: Ints, open_: Ints, joined: float) -> tuple[Ints, Floats]:
    """Of pairs (places) between two customers: those that together suffice to join these, and their bits together.

    The strongest pair stands for all of its two customers.
    """
    one, two = label[pairs.left[open_]], label[pairs.right[open_]]
    open_ = open_[one != two]
    one, two = label[pairs.left[open_]], label[pairs.right[open_]]
    key = np.minimum(one, two) * (int(label.max(initial=0)) + 1) + np.maximum(one, two)
    order = np.lexsort((pairs.right[open_], pairs.left[open_], key))
    at, key = open_[order], key[order]
    if not len(at):
        return at, np.zeros(0, np.float32)
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    sizes = np.diff(np.r_[begins, len(key)])
    total = np.zeros(len(begins), np.float64)
    for names in TOLD_TWICE:
        bits = np.sum([weighed.evidence[name][at] for name in names], axis=0)
        best, worst = np.maximum.reduceat(bits, begins), np.minimum.reduceat(bits, begins)
        total += np.where(best > 0, best, worst)
    own = np.logical_or.reduceat(weighed.own[at], begins)
    total = np.where(own, total, np.minimum(total, COPYABLE))
    # The strongest pair of each group, of equally strong ones the first.
    strongest = np.lexsort((np.arange(len(at)), -weighed.bits[at], np.repeat(np.arange(len(begins)), sizes)))
    enough = np.flatnonzero((sizes > 1) & (total >= joined))
    return at[strongest[begins[enough]]], (np.round(total[enough] * 64) / 64).astype(np.float32)
