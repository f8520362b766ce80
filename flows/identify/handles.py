"""How much it says that two accounts bear one handle, and how much of that the name says already."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from flows.identify.contract import Floats, Ints
from flows.identify.letters import LONGEST, NO_PLAIN_LETTER, beside_letters, cumulated, of_digits
from flows.identify.lexicon import LEAST, Lexicon, hashes, looked_up
from flows.identify.material import lines
from flows.identify.names import short_forms_of
from flows.identify.rarity import listed

MOST = 60.0
MOST_OTHERS = 40
WORD = 10.0  # bits of a word that handles are often put together from
PIECES = 1.0  # that it is put together, and how
MADE = 2.0  # bits of the way in which a name was made into a handle
LETTER = 4.0  # of a letter that is left over
AFFIX = 5.0  # of a word that people put around their names
AFFIXES = (
    "official",
    "officiel",
    "thereal",
    "real",
    "iam",
    "its",
    "the",
    "mr",
    "mrs",
    "miss",
    "pro",
    "xx",
    "fr",
    "uk",
    "us",
)
SHORTEST_WORD = 3
FURTHER = 2.0  # bits of further words of one name: Anne seldom stands alone beside Sophie


@cache
def _shipped() -> Lexicon:
    """Frequent names and words as pieces of handles, whichever way round."""
    bits = dict.fromkeys((word for line in lines("words.txt") for word in line.split()), WORD)
    bits |= {name: weight + 1 for name, (weight, _) in listed().items() if name.isascii() and len(name) >= LEAST}
    words = sorted(bits)
    whole = hashes(words)[0][:, -1]
    backward = hashes(["a" + word for word in words])[1][:, 0]
    weights = np.array([bits[word] for word in words], np.float32)
    one, two = np.argsort(whole), np.argsort(backward)
    return Lexicon(whole[one], weights[one], backward[two], weights[two])


def of_stems(stems: Sequence[str], lexicon: Lexicon) -> Floats:
    """Bits of letters: as letters, or as two pieces of which either may be a frequent one."""
    if not stems:
        return np.zeros(0, np.float32)
    begin, end = hashes(stems)
    cumulated_ = cumulated(stems)
    before, after = cumulated_, cumulated_[:, -1:] - cumulated_
    for known in (lexicon, _shipped()):
        before = np.minimum(before, looked_up(known.begin, known.begin_bits, begin) + PIECES)
        after = np.minimum(after, looked_up(known.end, known.end_bits, end))
    length = np.array([min(len(s), LONGEST) for s in stems])[:, None]
    column = np.arange(1, LONGEST + 1)[None]
    after = np.where(column >= length, 0, after)
    bits: Floats = np.where(column <= length, before + after, np.inf).min(axis=1).astype(np.float32)
    return bits


def of_handles(
    handles: Sequence[str], others: Ints, population_bits: float, lexicon: Lexicon
) -> tuple[Floats, Floats]:
    """Bits of bare handles, and of their letters alone. `others` bear the same letters with other digits."""
    letters = of_stems([NO_PLAIN_LETTER.sub("", handle) for handle in handles], lexicon)
    others = np.minimum(others, MOST_OTHERS)  # beyond, nobody is told that there is one more
    popular = np.where(others >= 2, population_bits - np.log2(others + 1.0), MOST)
    limit = np.minimum(letters, np.maximum(popular, 0))
    whole = np.minimum(limit + beside_letters(handles), MOST)
    return whole.astype(np.float32), np.minimum(limit, MOST).astype(np.float32)


def made_of(handle: str, words: list[str], bits: list[float]) -> tuple[float, float]:
    """A handle made of a name: its bits, and those left where the name is known; MOST where it is not."""
    rest, said, left = NO_PLAIN_LETTER.sub("", handle), 0.0, []
    for word, weight in sorted(zip(words, bits, strict=True), key=lambda pair: -len(pair[0])):
        if len(word) >= SHORTEST_WORD and word in rest:
            rest, said = rest.replace(word, "", 1), said + weight
        elif word:
            left.append(word[0])
    if not said:
        return _of_initials(handle, words, bits)
    extra = MADE + of_digits(handle)
    for affix in AFFIXES:
        if affix in rest:
            rest, extra = rest.replace(affix, "", 1), extra + AFFIX
            break
    for initial in left:
        if initial in rest:
            rest, extra = rest.replace(initial, "", 1), extra + 1.0
    beside = extra + LETTER * len(rest)
    return said + beside, beside


def _of_initials(handle: str, words: list[str], bits: list[float]) -> tuple[float, float]:
    """A handle of a short name and first letters of the others: `dvo` of Dung Vo; MOST where it is none."""
    plain = NO_PLAIN_LETTER.sub("", handle)
    for n, (word, weight) in enumerate(zip(words, bits, strict=True)):
        rest = plain.replace(word, "", 1)
        if (
            len(word) > 1
            and word in plain
            and sorted(rest) == sorted(w[0] for w in words[:n] + words[n + 1 :] if w)
        ):
            beside = MADE + of_digits(handle) + len(rest)
            return weight + beside, beside
    return MOST, MOST


def name_in(handle: str, words: Sequence[str], bits: Sequence[float]) -> float:
    """Bits of a name that stands in a handle, short forms too: of several given names that of one counts."""
    rest, said = NO_PLAIN_LETTER.sub("", handle), [0.0] * len(words)
    for n in sorted(range(len(words)), key=lambda n: -len(words[n])):
        plain = NO_PLAIN_LETTER.sub("", words[n])
        for one in (plain, *short_forms_of().get(words[n], ())):
            if len(one) > 1 and one in rest:
                rest, said[n] = rest.replace(one, "", 1), bits[n]
                break
    largest = sorted(said, reverse=True)
    return sum(largest[:2]) + min(sum(largest[2:]), FURTHER)
