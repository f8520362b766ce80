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
SHORTENED = 3  # letters of a name that stand for it
MOST_SLIPS = 3


class Names(IntEnum):
    """How the names of two nodes go together."""

    UNKNOWN = 0  # one has none
    SAME = 1
    NEAR = 2  # an initial, a slip of the pen, a second family name left out
    INITIAL = 3  # the family name and the first letter: at one address that can be any of the family
    HALF = 4  # of a compound given name: at one address Marie and Marie-Claire are two
    PARTLY = 5  # the given name of the other, alone
    SURNAME = 6  # the family name of the other, alone
    LIKE = 7  # written like it: shortened, or with more slips than one; it may be another name
    GIVEN = 8  # the given name is the same: another family name
    FAMILY = 9  # the family name is the same: another given name
    DIFFERENT = 10


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
    at = np.flatnonzero(result == Names.NEAR)
    compound = _of_compounds(words, left[at], a_left[at]) | _of_compounds(words, right[at], b_left[at])
    result[at[compound]] = Names.HALF

    open_ = np.flatnonzero(named & ~one_over)
    a_left_, b_left_ = a_left, b_left
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
    unlike = np.flatnonzero(~near)
    like = _written_alike(words, left[open_[unlike]], right[open_[unlike]], a_open[unlike], b_open[unlike])
    result[open_[unlike[like]]] = Names.LIKE
    result[~named & (result > Names.SURNAME)] = Names.UNKNOWN
    # One word may be the given name of the other; several without a space are a handle shown as a name.
    bare = (~words.named[left] & (words.count[left] > 1)) | (~words.named[right] & (words.count[right] > 1))
    result[~known | bare | ~(words.named[left] | words.named[right])] = Names.UNKNOWN
    shown = np.flatnonzero(known & bare & (shared >= 1) & ~one_over)
    result[shown[_says_another(words, left[shown], right[shown])]] = Names.FAMILY
    lone = np.flatnonzero(known & ~bare & ~named & (shared == 0))
    open_words = a_left_[lone], b_left_[lone]
    result[lone] = _alone(words, left[lone], right[lone], result[lone], open_words)
    return result


def _says_another(words: Words, left: Ints, right: Ints) -> Bools:
    """Whether a handle shown as a name says who it is: `james.quill` is not Ada Quill."""
    own = np.where(words.named[left], right, left)
    other = np.where(words.named[left], left, right)
    return np.asarray(_own_given(words, own, other) & words.named[other], dtype=np.bool_)


def _alone(words: Words, left: Ints, right: Ints, result: Small, open_words: tuple[Bools, Bools]) -> Small:
    """What a word alone says of a name that does not have it."""
    like = _written_alike(words, left, right, *open_words, alone=True) & ~_longer(words, left, right)
    result = np.where(like, Names.LIKE, result).astype(np.int8)
    # Two given names, or a given name that is none of the other's: somebody else at that address.
    single = np.flatnonzero(~like & (words.count[left] == 1) & (words.count[right] == 1))
    each = [is_given(words.text[left[n], 0]) and is_given(words.text[right[n], 0]) for n in single.tolist()]
    result[single[np.array(each, dtype=np.bool_)]] = Names.FAMILY
    lone = np.flatnonzero(~like & (words.named[left] ^ words.named[right]))
    word = np.where(words.named[left[lone]], words.text[right[lone], 0], words.text[left[lone], 0])
    result[lone[np.array([is_given(w) for w in word], dtype=np.bool_)]] = Names.FAMILY
    return result


def _longer(words: Words, left: Ints, right: Ints) -> Bools:
    """Whether a word alone begins with one of the other's and goes on: a handle, not a short form."""
    found = np.zeros(len(left), np.bool_)
    for one, two in ((left, right), (right, left)):
        for n in np.flatnonzero(~found & (words.count[one] == 1)).tolist():
            word = words.text[one[n], 0]
            found[n] = any(w and word != w and word.startswith(w) for w in words.text[two[n]])
    return found


def _of_compounds(words: Words, rows: Ints, open_: Bools) -> Bools:
    """Whether what is left is joined by a hyphen with a given name: Marie-Claire may be Marie, or her daughter."""
    found: Bools = np.asarray((open_ & words.joined[rows]).any(1), dtype=np.bool_)
    for n in np.flatnonzero(found).tolist():
        found[n] = any(map(is_given, words.text[rows[n]][~open_[n] & words.joined[rows[n]]]))
    return found


def _written_alike(
    words: Words, left: Ints, right: Ints, a_open: Bools, b_open: Bools, *, alone: bool = False
) -> Bools:
    """Whether each word that is left of the side that has fewer is written like another of the other side.

    A word that stands `alone` has its first letter: else it may be a handle that a family name is part of.
    """
    found = np.zeros(len(left), np.bool_)
    few = np.minimum(a_open.sum(1), b_open.sum(1))
    at = np.flatnonzero((few >= 1) & (few <= 2) & (np.maximum(a_open.sum(1), b_open.sum(1)) <= 2))
    if not len(at):
        return found
    (a1, a2), (b1, b2) = (_ends(words, side[at], mask[at]) for side, mask in ((left, a_open), (right, b_open)))
    one, two = _alike(a1, b1, alone), _alike(a2, b2, alone)
    cross, back = _alike(a1, b2, alone), _alike(a2, b1, alone)
    both = (one & two) | (cross & back)
    found[at] = np.where(few[at] == 2, both, one | two | cross | back)
    return found


def _ends(words: Words, rows: Ints, mask: Bools) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """The first and the last word of those that a mask leaves."""
    last = mask.shape[1] - 1 - mask[:, ::-1].argmax(1)
    return words.text[rows, mask.argmax(1)], words.text[rows, last]


def _alike(one: npt.NDArray[np.object_], two: npt.NDArray[np.object_], alone: bool) -> Bools:
    """The first letters of the other, or a few letters wrong of many; and not two given names."""
    short, long = (
        np.array([f(len(a), len(b)) for a, b in zip(one, two, strict=True)], np.int64) for f in (min, max)
    )
    begins = np.array([a.startswith(b) or b.startswith(a) for a, b in zip(one, two, strict=True)], np.bool_)
    apart = cpdist(one.tolist(), two.tolist(), scorer=OSA.distance, score_cutoff=MOST_SLIPS)
    first = np.array([a[:1] == b[:1] for a, b in zip(one, two, strict=True)], np.bool_)
    written = apart <= np.minimum(1 + (long >= 6) + (long >= 8), MOST_SLIPS)
    alike = (short >= SHORTENED) & (begins | (written & (first | ((short > SHORTENED) & (not alone)))))
    at = np.flatnonzero(alike & (apart > 0))
    alike[at] = [not (is_given(one[n]) and is_given(two[n])) for n in at]
    return np.asarray(alike, dtype=np.bool_)


def two_given(words: Words, left: Ints, right: Ints) -> Bools:
    """Whether each of two names has a given name that the other has not: of twins, not of one person."""
    return np.asarray(_own_given(words, left, right) & _own_given(words, right, left), dtype=np.bool_)


def _own_given(words: Words, rows: Ints, others: Ints) -> Bools:
    """Whether a name has a given name that the other has not."""
    code = words.code[rows]
    own = (code > 0) & ~(code[:, :, None] == words.code[others][:, None, :]).any(2)
    texts = words.text[rows]
    return np.array([any(map(is_given, text[mask])) for text, mask in zip(texts, own, strict=True)], dtype=np.bool_)


def _slips(words: Words, left: Ints, right: Ints, a_open: Bools, b_open: Bools) -> Bools:
    """Whether the one or two words that differ are slips of the pen, one for one."""
    if not len(left):
        return np.zeros(0, np.bool_)
    (one, last_one), (two, last_two) = _ends(words, left, a_open), _ends(words, right, b_open)
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
