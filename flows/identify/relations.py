"""What two names say of each other: one person, perhaps one, two of a family, two strangers; or nothing."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from flows.identify.contract import Bools, Ints, Small
from flows.identify.names import Words
from flows.identify.rarity import is_given

CHUNK = 1 << 18


class Names(IntEnum):
    """How the names of two nodes go together."""

    UNKNOWN = 0  # one has none
    SAME = 1
    NEAR = 2  # an initial, a slip of the pen, a second family name left out
    INITIAL = 3  # the family name and the first letter: at one address that can be any of the family
    PARTLY = 4  # the given name of the other, alone
    SURNAME = 5  # the family name of the other, alone
    GIVEN = 6  # the given name is the same: another family name
    FAMILY = 7  # the family name is the same: another given name
    DIFFERENT = 8


def _masked(words: Words, rows: Ints) -> tuple[Ints, Ints, Bools]:
    return words.code[rows], words.initial[rows], words.is_initial[rows]


def relations(words: Words, left: Ints, right: Ints) -> Small:
    """The relation of each pair of rows of `words`."""
    parts = [_part(words, left[n : n + CHUNK], right[n : n + CHUNK]) for n in range(0, len(left), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int8)


def _part(words: Words, left: Ints, right: Ints) -> Small:
    (a, ai, a1), (b, bi, b1) = _masked(words, left), _masked(words, right)
    equal = (a[:, :, None] == b[:, None, :]) & (a > 0)[:, :, None]
    a_same, b_same = equal.any(2), equal.any(1)
    a_left, b_left = (a > 0) & ~a_same, (b > 0) & ~b_same
    shared, a_rest, b_rest = a_same.sum(1), a_left.sum(1), b_left.sum(1)
    named = words.named[left] & words.named[right]
    known = (words.count[left] > 0) & (words.count[right] > 0)

    result = np.full(len(left), Names.DIFFERENT, np.int8)
    one_over = (a_rest == 0) | (b_rest == 0)
    result[one_over & (shared >= 2)] = Names.NEAR
    result[one_over & (shared == 1)] = Names.PARTLY
    result[(a_rest == 0) & (b_rest == 0) & (shared >= 1)] = Names.SAME

    open_ = np.flatnonzero(named & ~one_over)
    a_left, b_left = a_left[open_], b_left[open_]
    first = (ai[open_][:, :, None] == bi[open_][:, None, :]) & (a1[open_][:, :, None] | b1[open_][:, None, :])
    first &= a_left[:, :, None] & b_left[:, None, :]
    a_open, b_open = a_left & ~first.any(2), b_left & ~first.any(1)
    near = (shared[open_] >= 1) & (~a_open.any(1) | ~b_open.any(1))
    two = (a_open.sum(1) == b_open.sum(1)) & (a_open.sum(1) <= 2)
    slip = ~near & two & ((shared[open_] >= 1) | (a_open.sum(1) == 2))
    at = np.flatnonzero(slip)
    near[at] = _slips(words, left[open_[at]], right[open_[at]], a_open[at], b_open[at])
    result[open_[near]] = Names.NEAR
    by_letter = open_[near & first.any((1, 2))]
    given = _shares_a_given(words, left[by_letter], right[by_letter])
    result[by_letter[~given]] = Names.INITIAL
    alone = np.flatnonzero(result == Names.PARTLY)
    result[alone[~_shares_a_given(words, left[alone], right[alone])]] = Names.SURNAME
    apart = open_[~near & (shared[open_] >= 1)]
    result[apart] = np.where(_shares_a_given(words, left[apart], right[apart]), Names.GIVEN, Names.FAMILY)
    result[~named & (result > Names.SURNAME)] = Names.UNKNOWN
    # One word may be the given name of the other; several without a space are a handle shown as a name.
    bare = (~words.named[left] & (words.count[left] > 1)) | (~words.named[right] & (words.count[right] > 1))
    result[~known | bare | ~(words.named[left] | words.named[right])] = Names.UNKNOWN
    # A given name alone that is none of the other's: somebody else at that address.
    lone = np.flatnonzero(known & ~bare & (words.named[left] ^ words.named[right]) & (shared == 0))
    word = np.where(words.named[left[lone]], words.text[right[lone], 0], words.text[left[lone], 0])
    result[lone[np.array([is_given(w) for w in word], dtype=np.bool_)]] = Names.FAMILY
    return result


def _slips(words: Words, left: Ints, right: Ints, a_open: Bools, b_open: Bools) -> Bools:
    """Whether the one or two words that differ are slips of the pen, one for one."""
    if not len(left):
        return np.zeros(0, np.bool_)
    ends = [mask.shape[1] - 1 - mask[:, ::-1].argmax(1) for mask in (a_open, b_open)]
    one, last_one = words.text[left, a_open.argmax(1)], words.text[left, ends[0]]
    two, last_two = words.text[right, b_open.argmax(1)], words.text[right, ends[1]]
    straight = _slip(one, two) & _slip(last_one, last_two)
    return np.asarray(straight | (_slip(one, last_two) & _slip(last_one, two)), dtype=np.bool_)


def _slip(one: npt.NDArray[np.object_], two: npt.NDArray[np.object_]) -> Bools:
    """A letter wrong in a longer word, two in a long one; and not two given names."""
    apart = cpdist(one.tolist(), two.tolist(), scorer=OSA.distance, score_cutoff=2)
    longest = np.minimum([len(w) for w in one], [len(w) for w in two])
    slip = (apart == 0) | ((apart <= 1) & (longest >= 4)) | ((apart <= 2) & (longest >= 7))
    at = np.flatnonzero(slip & (apart > 0))
    listed = np.array([is_given(one[n]) + is_given(two[n]) for n in at], dtype=np.int64)
    slip[at] = (listed == 1) | ((listed == 0) & (longest[at] >= 5))
    return np.asarray(slip, dtype=np.bool_)


def _shares_a_given(words: Words, left: Ints, right: Ints) -> Bools:
    """Whether what is shared is the given name: it is known as one, or stands first in both."""
    a, b = words.code[left], words.code[right]
    equal = (a[:, :, None] == b[:, None, :]) & (a > 0)[:, :, None]
    column = equal.any(2).argmax(1) if len(left) else np.zeros(0, np.int64)
    place: npt.NDArray[np.int64] = equal.any(1).argmax(1) if len(left) else np.zeros(0, np.int64)
    word = words.text[left, column]
    listed = np.array([is_given(w) for w in word], dtype=np.bool_)
    return np.asarray((listed & (place == 0)) | ((column == 0) & (place == 0)), dtype=np.bool_)
