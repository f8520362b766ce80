"""Words that people use: what is one of them is neither a misspelt product nor, in small letters, a town."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

from flows.understand.folding import fold

MATERIAL = Path(__file__).parent / "material"
FILES = ("messages.csv", "replies.csv")
SMALL = re.compile(r"(?<!\w)[^\W\d_A-Z]{2,}(?!\w)")  # words that do not begin with a capital
OFTEN = 2  # a word that stands once may be a slip


@cache
def common_words() -> frozenset[str]:
    """Words written small, twice at least, in the training messages; folded."""
    counts: Counter[str] = Counter()
    for name in FILES:
        with (MATERIAL / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                counts.update(fold(word).plain for word in SMALL.findall(row["text"]) if word.islower())
    return frozenset(word for word, often in counts.items() if often >= OFTEN)
