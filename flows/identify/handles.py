"""How much it says that two accounts bear one handle, and how much of that the name says already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flows.identify.contract import Floats, Ints
from flows.identify.letters import NO_PLAIN_LETTER, of_digits, surprisal

MOST = 60.0
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


def of_handles(handles: Sequence[str], others: Ints, population_bits: float) -> tuple[Floats, Floats]:
    """Bits of bare handles, and of their letters alone. `others` bear the same letters with other digits."""
    all_, letters = surprisal(handles), surprisal([NO_PLAIN_LETTER.sub("", handle) for handle in handles])
    popular = np.where(others >= 2, population_bits - np.log2(others + 1.0), MOST)
    limit = np.minimum(letters, np.maximum(popular, 0))
    whole = np.minimum(limit + (all_ - letters), MOST)
    return whole.astype(np.float32), np.minimum(limit, MOST).astype(np.float32)


def made_of(handle: str, words: Sequence[str], bits: Sequence[float]) -> tuple[float, float]:
    """A handle made of a name: its bits when nothing is known, and those of the words it repeats (0: not made)."""
    rest, said, left = NO_PLAIN_LETTER.sub("", handle), 0.0, []
    for word, weight in sorted(zip(words, bits, strict=True), key=lambda pair: -len(pair[0])):
        if len(word) >= SHORTEST_WORD and word in rest:
            rest, said = rest.replace(word, "", 1), said + weight
        elif word:
            left.append(word[0])
    if not said:
        return MOST, 0.0
    extra = MADE + of_digits(handle)
    for affix in AFFIXES:
        if affix in rest:
            rest, extra = rest.replace(affix, "", 1), extra + AFFIX
            break
    for initial in left:
        if initial in rest:
            rest, extra = rest.replace(initial, "", 1), extra + 1.0
    return said + extra + LETTER * len(rest), said
