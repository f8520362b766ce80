"""How much it says that two accounts bear one name: by a shipped list of frequent names, not by the data."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from flows.identify.contract import Floats
from flows.identify.letters import of_letters
from flows.identify.material import lines
from flows.identify.names import Words, folded

RARE_LEAST, RARE_MOST = 10.0, 14.0  # bits of a word that is not listed: between a frequent name and a rare one
INITIAL = 4.0
MOST = 26.0  # of a whole name: father and son, and those who name themselves after somebody
MOST_ORDERS = 1.0  # which word came first says nothing


@cache
def _listed() -> dict[str, tuple[float, str]]:
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
    return "g" in _listed().get(word, (0.0, ""))[1]


def of_words(words: Words) -> npt.NDArray[np.float32]:
    """Bits of each word, the shape of `words.text`; 0 where there is none."""
    texts, place = np.unique(words.text.astype(str), return_inverse=True)
    listed = _listed()
    surprising = np.clip(
        of_letters(["".join(c for c in t if "a" <= c <= "z") for t in texts]), RARE_LEAST, RARE_MOST
    )
    bits = np.array(
        [
            0.0 if not t else INITIAL if len(t) == 1 else listed[t][0] if t in listed else float(s)
            for t, s in zip(texts, surprising, strict=True)
        ],
        dtype=np.float32,
    )
    shaped: npt.NDArray[np.float32] = bits[place].reshape(words.text.shape)
    return shaped


def of_names(words: Words) -> Floats:
    """Bits of whole names."""
    bits = of_words(words).sum(axis=1) - MOST_ORDERS * (words.count > 1)
    return np.clip(bits, 0, MOST).astype(np.float32)
