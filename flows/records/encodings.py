"""Texts that were read in a wrong encoding somewhere on their way ("rÃ©glÃ©"), and what they should say."""

from __future__ import annotations

import re

import ftfy

REPAIR = ftfy.TextFixerConfig()
# Whatever ftfy takes for damaged has one of these: two signs beyond ASCII side by side, a control sign, or one of
# four letters. Looking for them takes a small part of the time that ftfy's own look takes; a test compares both.
# A pattern that begins with one set of signs is searched for several times as fast as one of alternatives.
SUSPICIOUS = re.compile("[^\x00-\x7f](?:(?=[^\x00-\x7f])|(?<=[\x80-\x9f\u0152\u0153\u00c2\u00c3]))")


def repair(text: str) -> str:
    """Return the text as it was meant; plain ASCII always is as it was meant."""
    return ftfy.fix_encoding(text, REPAIR) if not text.isascii() and SUSPICIOUS.search(text) else text
