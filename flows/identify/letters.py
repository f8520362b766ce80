"""How surprising a handle is: a model of three letters, and what digits say. Shipped; no data changes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

LETTERS = 26
LONGEST = 32
DIGITS = re.compile(r"\d+")
NO_PLAIN_LETTER = re.compile(r"[^a-z]+")
OTHER_SCRIPT = 4.0  # bits of a letter that the model does not know


@cache
def _model() -> npt.NDArray[np.float32]:
    with (files(__package__) / "material" / "letters.npy").open("rb") as file:
        model: npt.NDArray[np.float32] = (np.load(file) / 8).astype(np.float32)
    return model


def numbered(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Letters as numbers from 1, a row a word, 0 after its end."""
    text = np.array([word[:LONGEST].encode("ascii", "ignore") for word in words], dtype=f"S{LONGEST}")
    letters = text.view(np.uint8).reshape(len(words), LONGEST)
    return np.where(letters > 0, letters - 96, 0).astype(np.uint8)


def cumulated(words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Bits of the first n letters (column n - 1) of words of plain letters, a row a word."""
    third = numbered(words)
    second = np.pad(third, ((0, 0), (1, 0)))[:, :-1]
    first = np.pad(third, ((0, 0), (2, 0)))[:, :-2]
    bits: npt.NDArray[np.float32] = np.where(third > 0, _model()[first, second, third], 0).cumsum(axis=1)
    return bits


def of_letters(words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Bits of words of plain letters."""
    if not len(words):
        return np.zeros(0, np.float32)
    return cumulated(words)[:, -1]


def of_digits(handle: str) -> float:
    """Bits of the digits in a handle: years and short numbers are what everybody adds."""
    bits = 0.0
    for run in DIGITS.findall(handle):
        year = len(run) == 4 and run[:2] in ("19", "20")
        bits += 7.0 if year else (3.5, 5.5, 8.5, 11.0)[len(run) - 1] if len(run) <= 4 else 3.0 * len(run) - 1
    return bits


def beside_letters(handles: Sequence[str]) -> npt.NDArray[np.float32]:
    """Bits of what is no plain letter in bare handles: digits, letters of other scripts."""
    return np.array(
        [
            0.0
            if handle.isascii() and handle.isalpha()
            else of_digits(handle) + OTHER_SCRIPT * sum(not c.isdigit() and not "a" <= c <= "z" for c in handle)
            for handle in handles
        ],
        dtype=np.float32,
    )
