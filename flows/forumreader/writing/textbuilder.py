"""Builds a body's text as a reader sees it: lines, lists and code are kept, other space is collapsed."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

_BLOCKS = """
address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
h6 header hr legend li main nav ol pre section summary table tbody tfoot thead tr ul
"""
BLOCKS = frozenset(_BLOCKS.split())
LONGEST_SMILEY = 32
FILE = re.compile(r"\.(?:gif|png|jpe?g|svg|webp)$", re.IGNORECASE)
SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
UNSEEN = re.compile("[\u200b\u200e\u200f\ufeff]")


class TextBuilder:
    """Collects the pieces of a tree, in order, into one text."""

    def __init__(self) -> None:
        """Begin with an empty text."""
        self._pieces: list[str] = []
        self._is_new = True  # at the beginning of a line
        self._gap = False  # a space is due before the next word

    def say(self, text: str, kept: bool = False) -> None:
        """Add words; `kept` leaves their space as it is (code)."""
        text = UNSEEN.sub("", text)
        if kept:
            self._pieces.append((" " if self._gap and not self._is_new else "") + text)
            self._is_new, self._gap = text.endswith("\n"), False
            return
        words = SPACE.sub(" ", text)
        if not words.strip():
            self._gap |= bool(words)
            return
        lead = " " if (self._gap or words[0] == " ") and not self._is_new else ""
        self._pieces.append(lead + words.strip())
        self._is_new, self._gap = False, words[-1] == " "

    def line(self) -> None:
        """End the line, if there is one."""
        if not self._is_new:
            self.feed()
        self._gap = False

    def feed(self) -> None:
        """End the line, even an empty one."""
        self._pieces.append("\n")
        self._is_new, self._gap = True, False

    def text(self) -> str:
        """All of it, with no more than one empty line in a row and none at the ends."""
        lines = [line.rstrip() for line in "".join(self._pieces).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def enter(self, node: LexborNode) -> None:
        """Say what an element begins with."""
        match node.tag:
            case "br":
                self.feed()
            case "p":
                self.line()
            case "li":
                self.line()
                self.say(_bullet(node), kept=True)
                self._is_new = True
            case "img":
                self.say(_smiley(node))
            case "td" | "th":
                self.say(" ")
            case tag if tag in BLOCKS:
                self.line()

    def leave(self, node: LexborNode) -> None:
        """Say what an element ends with."""
        if node.tag == "p":
            self.line()
            if node.parent is None or node.parent.tag != "li":
                self.feed()
        elif node.tag in BLOCKS:
            self.line()


def _bullet(node: LexborNode) -> str:
    parent, number, at = node.parent, 1, node.prev
    if parent is None or parent.tag != "ol":
        return "- "
    while at is not None and number < 1_000:
        number += at.tag == "li"
        at = at.prev
    return f"{number}. "


def _smiley(node: LexborNode) -> str:
    """What a smiley stands for; nothing for a picture."""
    names = (node.attributes.get("alt"), node.attributes.get("title"))
    said = next((name for name in names if name and not FILE.search(name)), "")
    if not said or len(said) > LONGEST_SMILEY:
        return ""
    return f" {said} " if not said[0].isalnum() and " " not in said and "." not in said[1:] else ""
