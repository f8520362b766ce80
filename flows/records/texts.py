"""HTML in, text out: paragraphs stay paragraphs, markup goes, nothing runs."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

TAG = re.compile(r"<[a-zA-Z!/?]")
# In a title only what stands within a line is markup, and only where it is closed.
IN_TITLES = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "mark", "nobr", "p", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
     "var")
)  # fmt: skip
VOID = frozenset({"br", "img", "wbr", "hr"})
NAMED_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][\w:.-]*)(?:\s[^<>]*|/)?>")
ANY_TAG = re.compile(r"<[^<>]*>")
DROPPED = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "head", "title"})
PARAGRAPHS = frozenset(
    ("p", "ul", "ol", "dl", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "article", "section",
     "figure", "hr", "address", "details")
)  # fmt: skip
LINES = frozenset(
    ("div", "li", "tr", "dt", "dd", "header", "footer", "main", "aside", "nav", "figcaption", "caption")
)
# Where blocks begin and end, until it is known what stands between them.
LINE, PARAGRAPH, BULLET = "\x1e", "\x1d", "\x1f"
EDGES = re.compile(rf"[ {LINE}{PARAGRAPH}]*[{LINE}{PARAGRAPH}][ {LINE}{PARAGRAPH}]*")
# The parser's time grows with the square of how deep tags nest: 5,000 take 0.1 s, 200,000 take minutes.
MOST_TAGS = 5_000


def to_text(html: str) -> str:
    """Return what a reader would see: blocks on lines of their own, entities resolved."""
    if not TAG.search(html):
        return _tidy(unescape(html))
    if html.count("<") > MOST_TAGS:
        return _tidy(unescape(ANY_TAG.sub(" ", html)))
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    text = EDGES.sub(lambda run: "\n\n" if PARAGRAPH in run[0] else "\n", "".join(_pieces(body)))
    return _tidy(re.sub(rf"{BULLET}\s*", "- ", text))


def to_title(text: str) -> str:
    """Return a title that is plain text by rule, and HTML by habit: what is not clearly a tag stays as written."""
    found = list(NAMED_TAG.finditer(text))
    opened, closed = (
        {one["name"].lower() for one in found if bool(one["close"]) is close} for close in (False, True)
    )
    markup = (IN_TITLES & opened & closed) | VOID
    at, pieces = 0, []
    for one in found:
        if one["name"].lower() in markup:
            pieces += [text[at : one.start()].replace("<", "&lt;"), one.group()]
            at = one.end()
    return to_text("".join([*pieces, text[at:].replace("<", "&lt;")]))


def _pieces(root: LexborNode) -> list[str]:
    """Walk the tree without recursion, however deep it nests."""
    pieces: list[str] = []
    stack: list[LexborNode | str] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
        elif item.is_text_node:
            text = item.text_content or ""
            pieces.append(text if _is_preformatted(item) else re.sub(r"\s+", " ", text))
        elif item.is_element_node and item.tag not in DROPPED:
            edge = PARAGRAPH if item.tag in PARAGRAPHS else LINE if item.tag in LINES else ""
            pieces.append("\n" if item.tag == "br" else edge + (BULLET if item.tag == "li" else ""))
            stack.append(" " if item.tag in {"td", "th"} else edge)
            stack.extend(reversed(list(item.iter(include_text=True))))
    return pieces


def _is_preformatted(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag in {"pre", "textarea"}


def _tidy(text: str) -> str:
    """Trim lines, keep at most one empty line between paragraphs."""
    lines = "\n".join(line.strip() for line in text.replace("\xa0", " ").splitlines())
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]{2,}", " ", lines)).strip()
