"""Text as it is compared: small letters without accents, and where each character stood in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from flows.understand.analyzer import Span

# Marks upon letters (also those that a decomposed é or a heap of "zalgo" is made of) and characters without width.
DROPPED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u00ad\u200b\u200c\u200e\u200f\u2060-\u2064\ufeff]"
)
APOSTROPHES = "\u2018\u2019\u02bc\u00b4\u0060\uff07"
LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ﬁ": "fi", "ﬂ": "fl", "…": "..."}
# Latin, Greek, Latin and Greek again with several accents, "mathematical" and full-width letters.
BLOCKS = ((0x80, 0x250), (0x370, 0x400), (0x1E00, 0x2000), (0x2070, 0x2190), (0x1D400, 0x1D800), (0xFF01, 0xFF5F))
LIGATURE = re.compile("[œæßﬁﬂ…ŒÆ]")


@cache
def _letters() -> dict[int, str]:
    """One character for one: small, without its accent; full-width and "mathematical" letters become plain ones."""
    table = {ord(mark): "'" for mark in APOSTROPHES}
    for code in (code for block in BLOCKS for code in range(*block) if code not in table):
        base = unicodedata.normalize("NFKD", chr(code))
        plain = "".join(letter for letter in base if not unicodedata.combining(letter)).lower()
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    return table


@dataclass(frozen=True, slots=True)
class Folded:
    """A text beside its folded form: `plain` for reading, `words` with a space for all that is no letter or digit.

    `words` begins and ends with a space, so that it is one character ahead of `plain`.
    """

    text: str
    plain: str
    words: str
    places: Sequence[int] | None = field(
        default=None, repr=False
    )  # where a character of `plain` stood; None: there

    def span(self, start: int, end: int) -> Span:
        """Return where a stretch of `plain` stands in the text, marks on its last letter included."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end]


NO_WORD = re.compile(r"[^\w]|_")


def fold(text: str) -> Folded:
    """Fold a text; its length hardly ever changes, and where it does each character's place is kept."""
    if text.isascii():
        plain = text.lower()
        return Folded(text, plain, f" {NO_WORD.sub(' ', plain)} ")
    places: list[int] | None = None
    kept = text
    if DROPPED.search(text) or LIGATURE.search(text):
        characters, places = [], []
        for at, character in enumerate(text):
            if DROPPED.match(character):
                continue
            for letter in LIGATURES.get(character.lower(), character):
                characters.append(letter)
                places.append(at)
        places.append(len(text))
        kept = "".join(characters)
    plain = kept.translate(_letters()).lower()
    if len(plain) != len(kept):  # a capital with two small letters, such as the Turkish İ, outside of the table
        plain = "".join(
            small if len(small := letter.lower()) == 1 else letter for letter in kept.translate(_letters())
        )
    return Folded(text, plain, f" {NO_WORD.sub(' ', plain)} ", places)
