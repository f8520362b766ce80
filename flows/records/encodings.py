"""Texts that were read in a wrong encoding somewhere on their way ("rÃ©glÃ©"), and what they should say."""

from __future__ import annotations

import ftfy

REPAIR = ftfy.TextFixerConfig()


def repair(text: str) -> str:
    """Return the text as it was meant; plain ASCII always is as it was meant."""
    return text if text.isascii() else ftfy.fix_encoding(text, REPAIR)
