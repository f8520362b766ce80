"""Separates what a post's author wrote from quotes, signatures, attachments and the engine's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.forumreader.dates.moments import date_in
from flows.forumreader.posts import Quote
from flows.forumreader.writing.quoting import QuoteBox, author_in, header_before, strip_attribution
from flows.forumreader.writing.rules import USUAL_DROP, USUAL_QUOTES, BodyRules, QuoteRules
from flows.forumreader.writing.textbuilder import TextBuilder

__all__ = ["Body", "BodyRules", "QuoteRules", "read_body", "read_html"]

MAX_DEPTH = 25  # of nested quotes: a deeper one is part of the quote around it
CODE = frozenset(("pre", "textarea"))
EDITED = re.compile(
    r"^[\W_]*(?:(?:this (?:post|message) (?:was|has been) )?last (?:edit(?:ed)?|modified)|edited\W+\w|"
    r"(?:ce )?(?:message|sujet)? ?(?:a été )?(?:édité|modifié)(?:e|\(e\))? (?:par|le|pour)|"
    r"dernière (?:édition|modification)|zuletzt (?:bearbeitet|geändert)|(?:última|ultima) (?:edición|modifica))",
    re.IGNORECASE,
)


@dataclass(slots=True, frozen=True)
class Body:
    """A post's text, what it quotes (an outer quote before those in it), and which post it answers, where said.

    `edited_said` is the date of the last edit as written in the body; `html` the body's element as it stood.
    """

    text: str
    quotes: tuple[Quote, ...] = ()
    reply_to: str | None = None
    html: str = ""
    edited_said: str = ""


def read_body(node: LexborNode, rules: BodyRules) -> Body:
    """Read the element of a post's body; its tree is not changed."""
    reader = _Reader(node, rules)
    reader.read()
    text, edited = reader.own.text(), reader.edited
    if rules.cut and (found := rules.cut.search(text)):
        text = text[: found.start()].rstrip()
    if rules.usual and not edited:
        text, edited = _strip_edit_note(text)
    quotes = tuple(quote for quote in reader.quotes if quote and (quote.text or quote.author or quote.post_id))
    reply_to = next((quote.post_id for quote in quotes if quote.post_id), None)
    return Body(text.strip("\n"), quotes, reply_to, node.html or "", edited)


def read_html(html: str, rules: BodyRules) -> Body:
    """Read the markup of one post's body, as APIs send it."""
    node = LexborHTMLParser(f"<body><div>{html}</div></body>").css_first("body > div")
    return read_body(node, rules) if node is not None else Body("", html=html)


class _Reader:
    """One walk through a body: words go to the author, or to the innermost quote that they stand in."""

    def __init__(self, node: LexborNode, rules: BodyRules) -> None:
        self.node = node
        self.own = TextBuilder()
        self.quotes: list[Quote | None] = []
        self.edited = ""
        every = (*rules.quotes, *USUAL_QUOTES) if rules.usual else rules.quotes
        self._boxes = self._found_boxes(every)
        self._skip = self._ids((*rules.drop, *(USUAL_DROP if rules.usual else ())))
        self._edits = self._ids(rules.edited)
        self._skip |= {h.mem_id for b, r in self._boxes.values() if (h := header_before(b, r)) is not None}
        self._open: list[tuple[int, QuoteBox, TextBuilder]] = []  # place in quotes, box, words

    def _ids(self, selectors: tuple[str, ...]) -> set[int]:
        return {found.mem_id for css in selectors for found in self.node.css(css)} - {self.node.mem_id}

    def _found_boxes(self, every: tuple[QuoteRules, ...]) -> dict[int, tuple[LexborNode, QuoteRules]]:
        boxes: dict[int, tuple[LexborNode, QuoteRules]] = {}
        for rules in every:
            for css in rules.box:
                for found in self.node.css(css):
                    if found.mem_id != self.node.mem_id:
                        boxes.setdefault(found.mem_id, (found, rules))
        return boxes

    def read(self) -> None:
        """Walk without recursion: pages can nest deeply."""
        code = 0
        for node, is_end in self._walk():
            words = self._open[-1][2] if self._open else self.own
            if node.is_text_node:
                words.say(node.text_content or "", kept=code > 0)
            elif node.is_element_node and not is_end:
                code += node.tag in CODE
                words.enter(node)
                self._enter_box(node)
            elif node.is_element_node:
                code -= node.tag in CODE
                self._leave_box(node)
                (self._open[-1][2] if self._open else self.own).leave(node)

    def _walk(self) -> Iterator[tuple[LexborNode, bool]]:
        """Yield every node at its beginning and elements at their end, too; nothing of what is left out."""
        stack: list[tuple[LexborNode, bool]] = [(child, False) for child in _children(self.node)]
        while stack:
            node, is_end = stack.pop()
            if is_end:
                yield node, True
                continue
            if node.mem_id in self._edits:
                self.edited = self.edited or _edit_date(node)
            if node.mem_id in self._edits or node.mem_id in self._skip or self._is_of_box(node):
                continue
            yield node, False
            if node.is_element_node:
                stack.append((node, True))
                stack.extend((child, False) for child in _children(node))

    def _is_of_box(self, node: LexborNode) -> bool:
        return bool(self._open) and node.mem_id in self._open[-1][1].skip

    def _enter_box(self, node: LexborNode) -> None:
        if node.mem_id in self._boxes and len(self._open) < MAX_DEPTH:
            _, rules = self._boxes[node.mem_id]
            self._open.append((len(self.quotes), QuoteBox(node, rules, self._boxes.keys()), TextBuilder()))
            self.quotes.append(None)

    def _leave_box(self, node: LexborNode) -> None:
        if self._open and self._open[-1][1].node.mem_id == node.mem_id:
            place, box, words = self._open.pop()
            text, author = strip_attribution(words.text(), box.author)
            inner = self.quotes[place + 1] if place + 1 < len(self.quotes) else None
            if inner and "\n" not in text and (who := author_in(text)):
                text, author = "", author or who
            if inner and not text and None in (author, inner.author):  # one quote in two elements
                self.quotes[place + 1] = None
                self.quotes[place] = Quote(inner.text, author or inner.author, box.post_id or inner.post_id)
            else:
                self.quotes[place] = Quote(text, author, box.post_id)


def _children(node: LexborNode) -> list[LexborNode]:
    """The children in reverse order."""
    found, at = [], node.last_child
    while at is not None:
        found.append(at)
        at = at.prev
    return found


def _edit_date(node: LexborNode) -> str:
    for css, attribute in (
        ("time[datetime]", "datetime"),
        ("[data-time]", "data-time"),
        ("[data-timestamp]", "data-timestamp"),
    ):
        if (found := node.css_first(css)) is not None and (said := found.attributes.get(attribute)):
            return said
    return date_in(node.text(separator=" "))


def _strip_edit_note(text: str) -> tuple[str, str]:
    """Remove a last line that only says who edited the post and when."""
    lines = text.rstrip().split("\n")
    if len(lines[-1]) <= 200 and EDITED.match(lines[-1]) and (said := date_in(lines[-1])):
        return "\n".join(lines[:-1]).rstrip(), said
    return text, ""
