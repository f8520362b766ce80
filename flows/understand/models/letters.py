"""Tables of characters: what each is folded to, and whether it is a letter, a sign or a space."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]

SPACE, LETTER, SIGN = 0, 1, 2
DROPPED = 0
# Code points of the private use area that stand for what was replaced; a text's own ones read as spaces.
EDGE, NUMBER, ADDRESS = range(0xE000, 0xE003)

_BEYOND = 0x110000
_STYLED = ((0, 0x3100), (0xFB00, 0xFB50), (0xFF00, 0xFFF0), (0x1D400, 0x1D800), (0x1F100, 0x1F200))
_ALIKE = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "…": ".",
}
_INVISIBLE = {"Mn", "Me", "Cf", "Cs", "Sk"}


@cache
def folds() -> Codes:
    """Accents, capitals and styled letters to plain small ones; combining marks and invisible signs to nothing."""
    table = np.arange(_BEYOND, dtype=np.uint32)
    for first, last in _STYLED:
        for code in range(first, last):
            letter = chr(code)
            if unicodedata.category(letter) in _INVISIBLE and letter not in _ALIKE:
                table[code] = DROPPED
                continue
            plain = unicodedata.normalize("NFKD", _ALIKE.get(letter, letter)).strip()[:1].lower()[:1]
            table[code] = ord(plain or " ")
    for first, last in ((0xD800, 0xE000), (0xFE00, 0xFE10), (0x1F3FB, 0x1F400), (0xE0000, 0xE0200)):
        table[first:last] = DROPPED  # lone surrogates, variants and skin tones of emoji, tags
    table[0xE000:0xF900] = ord(" ")
    return table


@cache
def kinds() -> NDArray[np.uint8]:
    """Letters and digits make words, other signs stand alone, the apostrophe parts words."""
    table = np.full(_BEYOND, LETTER, dtype=np.uint8)
    for code in range(0x10000):
        letter = chr(code)
        if letter.isalnum():
            continue
        table[code] = SPACE if letter in "'_" or unicodedata.category(letter)[0] in "ZC" else SIGN
    table[EDGE : ADDRESS + 1] = SIGN
    table[0x1F000:0x20000] = SIGN
    return table
