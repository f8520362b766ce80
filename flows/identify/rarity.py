"""How much it says that two accounts bear one name: by a shipped list of frequent names, not by the data."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from flows.identify.contract import Floats
from flows.identify.letters import of_letters
from flows.identify.lexicon import Lexicon
from flows.identify.material import lines
from flows.identify.names import Words, folded

RARE_LEAST, RARE_MOST = 9.0, 14.0  # bits of a word that is not listed: between a frequent name and a rare one
RARE_LEARNT = 16.0  # the same where names were learnt
LISTED = 3.0  # bits more than listed that a frequent name may say where it is rare
INITIAL = 4.0
MOST = 26.0  # of a whole name: father and son, and those who name themselves after somebody
MOST_ORDERS = 1.0  # which word came first says nothing


@cache
def listed() -> dict[str, tuple[float, str]]:
    """A name → its bits and whether it is a given (`g`) or a family name (`f`), or both (`gf`)."""
    found: dict[str, tuple[float, str]] = {}
    for line in lines("names.txt"):
        bits, kind, *names = line.split()
        for name in map(folded, names):
            known = found.get(name, (float(bits), ""))
            found[name] = (min(known[0], float(bits)), "".join(sorted({*known[1], kind})))
    return found


def is_given(word: str) -> bool:
    """Whether a word is known as a given name."""
    return "g" in listed().get(word, (0.0, ""))[1]


def of_words(words: Words, lexicon: Lexicon) -> npt.NDArray[np.float32]:
    """Bits of each word, the shape of `words.text`; 0 where there is none."""
    texts, place = np.unique(words.text.astype(str), return_inverse=True)
    known = listed()
    surprising = np.clip(
        of_letters(["".join(c for c in t if "a" <= c <= "z") for t in texts]), RARE_LEAST, RARE_MOST
    )

    def of(word: str, rare: float) -> float:
        if len(word) <= 1:
            return INITIAL * len(word)
        if (
            lexicon.rarest
        ):  # learnt here: what is not in it is rare here; what is frequent elsewhere never is very rare
            here = lexicon.words.get(word, min(max(lexicon.rarest, rare), RARE_LEARNT))
            return min(here, known[word][0] + LISTED) if word in known else here
        return known[word][0] if word in known else rare

    bits = np.array([of(t, float(s)) for t, s in zip(texts, surprising, strict=True)], dtype=np.float32)
    shaped: npt.NDArray[np.float32] = bits[place].reshape(words.text.shape)
    return shaped


def of_names(words: Words, word_bits: Floats) -> Floats:
    """Bits of whole names, of those of their words."""
    bits = word_bits.sum(axis=1) - MOST_ORDERS * (words.count > 1)
    clipped: Floats = np.clip(bits, 0, MOST).astype(np.float32)
    return clipped
