"""Finds whom and which post a quote repeats, by its element's attributes, links and first line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from selectolax.lexbor import LexborNode

from flows.forumreader.writing.rules import QuoteRules

LONGEST_NAME = 80
TAIL = r"(?:\s*(?:[»«↑:]|\s(?:on|le|am|el|il|op|@)\s.*\d|,[^,]*\d.*|\(.*\d.*\)).*)?$"
BY = (
    "originally posted by:?|quote from:?|posted by|citation de ?:?|posté(?:e|\\(e\\))? par|envoyé par|"
    "message de|message original de|écrit (?:initialement )?par|publié par|zitat von:?|"
    "ursprünglich geschrieben von|original von|mensaje original de|iniciado por|citazione da:?|"
    "citaat van:?"
)
WROTE = (
    "a écrit|a dit|dit|a posté|a répondu|a publié|wrote|said|posted|replied|schrieb|hat geschrieben|sagte|escribió|"
    "dijo|ha scritto|ha detto|schreef|zei|escreveu|disse"
)
AUTHORS = (
    re.compile(r"^(?:quote\s+)?author=(?P<who>.+?)\s+(?:link|date)=", re.IGNORECASE),  # BBCode that was not read
    re.compile(rf"^(?:quote|citation|zitat)?[\s:]*(?:{BY})\s+(?P<who>.+?){TAIL}", re.IGNORECASE),
    re.compile(rf"^(?:on|le|am|el|il)\s.*?\d.*?,\s*(?P<who>[^,]+?)\s*,?\s(?:{WROTE})\b.*$", re.IGNORECASE),
    re.compile(rf"^(?P<who>[^:]+?),\s(?:on|le|am|el|il)\s.*\d.*?,?\s(?:{WROTE})\s*:?$", re.IGNORECASE),
    re.compile(rf"^(?:\([^)]*\)\s*)?(?P<who>\S.*?)\s+(?:{WROTE})\b[^.!?]{{0,60}}:$", re.IGNORECASE),
    re.compile(r"^(?:quote|citation)\s*\((?P<who>[^@)]+?)\s*(?:@.*)?\)$", re.IGNORECASE),
)
HEADED = re.compile(rf"^(?:\([^)]*\)\s*)?(?P<who>\S.*?)\s+(?:{WROTE})\b[^.!?]{{0,60}}$", re.IGNORECASE)
EMPTY_HEAD = re.compile(
    rf"^(?:(?:quote|citation|zitat|cita|citaat|citazione|quoted text)\s*:?|(?:{BY})\s*:?|(?:{WROTE})\s*:?|[↑:»]+)$",
    re.IGNORECASE,
)
POSTS = (
    re.compile(r"^(?:post|msg|p|id)?\s*[:#-]?\s*(\d+)$", re.IGNORECASE),
    re.compile(r"#(?:post|msg|p|pid|pid_?|entry|t|message|comment|reply|findcomment)?[-_]?(\d+)$", re.IGNORECASE),
    re.compile(r"[.=]msg(\d+)|[?&;](?:p|pid|post_?id|comment)=(\d+)", re.IGNORECASE),
    re.compile(r"/(?:posts?|comment)/(?:\D*/)?(\d+)|\bpost:\s*(\d+)", re.IGNORECASE),
)


def author_in(line: str, is_head: bool = False) -> str | None:
    """Return whom "Ann wrote:" or "Originally Posted by Ann" names; None where it is no such line.

    With `is_head` it stands where quotes say so, and needs no colon.
    """
    line = " ".join(line.split()).strip(' «»↑"')
    for pattern in (*AUTHORS, HEADED) if is_head else AUTHORS:
        if (found := pattern.match(line)) and (who := found["who"].strip(" :,\"'«»")) and len(who) <= LONGEST_NAME:
            return who
    return None


def post_in(said: str, pattern: re.Pattern[str] | None = None) -> str | None:
    """Return the id of the post that an address or an attribute names."""
    for one in (pattern,) if pattern else POSTS:
        if found := one.search(said.strip()):
            return next((group for group in found.groups() if group), None)
    return None


class QuoteBox:
    """A quote's element, with what stands right before it and belongs to it."""

    def __init__(self, node: LexborNode, rules: QuoteRules, nested: Set[int]) -> None:
        """Take the element and the ids of all other quotes' elements: their insides are not looked at."""
        self.rules = rules
        self.node = node
        self._nested = nested - {node.mem_id}
        self.header = header_before(node, rules)
        self.skip = {found.mem_id for css in rules.drop for found in self._own(css)}
        self.author = self._author()
        self.post_id = self._post()

    def _own(self, css: str) -> Iterator[LexborNode]:
        for root in (self.header, self.node):
            for found in root.css(css) if root is not None else ():
                if not self._is_nested(found):
                    yield found

    def _is_nested(self, node: LexborNode) -> bool:
        at: LexborNode | None = node
        while at is not None and at.mem_id != self.node.mem_id:
            if at.mem_id in self._nested:
                return True
            at = at.parent
        return False

    def _spots(self, spots: tuple[str, ...]) -> Iterator[tuple[LexborNode, bool, str]]:
        for spot in spots:
            css, _, attribute = spot.partition("@")
            for found in self._own(css) if css else [self.node]:
                said = (found.attributes.get(attribute) or "") if attribute else found.text(separator=" ")
                if said.strip():
                    yield found, bool(attribute), " ".join(said.split())

    def _author(self) -> str | None:
        for node, is_attribute, said in self._spots(self.rules.author):
            if self.rules.author_pattern and not is_attribute:
                match = self.rules.author_pattern.search(said)
                who = match[1] if match else None
            else:
                who = said if is_attribute else author_in(said, is_head=True) or said.strip(" :«»↑")
            if not is_attribute and node is not self.node:
                self.skip.add(node.mem_id)
            if who and len(who) <= LONGEST_NAME and not EMPTY_HEAD.match(who):
                return who.strip()
        return author_in(self.header.text(separator=" "), is_head=True) if self.header is not None else None

    def _post(self) -> str | None:
        for _, _, said in self._spots(self.rules.post):
            if (found := post_in(said, self.rules.post_pattern)) is not None:
                return found
        return None


def header_before(node: LexborNode, rules: QuoteRules) -> LexborNode | None:
    """Return the element right before a box that one of the rules' `before` finds."""
    at = node.prev
    while at is not None and (at.tag == "br" or (at.is_text_node and not (at.text_content or "").strip())):
        at = at.prev
    if at is None or not at.is_element_node:
        return None
    return at if any(found.mem_id == at.mem_id for css in rules.before for found in at.css(css)) else None


def strip_attribution(text: str, author: str | None) -> tuple[str, str | None]:
    """Remove the leading lines of a quote that only name its author; returns the text and that author."""
    lines = text.split("\n")
    while lines and len(lines[0]) <= LONGEST_NAME + 60:
        head = lines[0].strip()
        who = author_in(head) if len(lines) > 1 and (author is None or author in head) else None
        is_name = author is not None and head.strip(" :") == author and len(lines) > 1
        if head and not (EMPTY_HEAD.match(head) or who or is_name):
            break
        author = author or who
        lines.pop(0)
    return "\n".join(lines).strip("\n"), author
