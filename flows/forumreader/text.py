"""Decodes pages, and limits how deep they nest, as browsers do."""

from __future__ import annotations

import codecs
import contextlib
import re

HEAD = 4096  # bytes in which a page names its charset
NAMED = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
MAX_DEPTH = 512  # open elements, as browsers have it: parsers take time by the square of the depth
MAX_DEPTH_STYLE = 64  # open formatting elements: parsers reopen them in every paragraph
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
# Their end need not be said.
LEFT_OPEN = frozenset(["p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option"])
NEVER_OPEN = frozenset(VOID | LEFT_OPEN)
STYLE = frozenset(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"])
LATIN = frozenset(("iso8859-1", "ascii"))  # browsers read both as Windows' charset


def decode(content: bytes, content_type: str = "") -> str:
    """Decode a page: what is UTF-8 and no mere ASCII is that; else by the header's charset, its own, or cp1252."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", errors="replace")
    with contextlib.suppress(UnicodeDecodeError):
        if not content.isascii():
            return content.decode("utf-8")
    for said in (content_type, content[:HEAD].decode("latin-1")):
        if found := NAMED.search(said):
            with contextlib.suppress(LookupError, UnicodeDecodeError):
                name = codecs.lookup(found[1]).name
                return content.decode("cp1252" if name in LATIN else name)
    return content.decode("cp1252", errors="replace")


def limit_depth(html: str) -> str:
    """Drop opening tags that nest deeper than browsers allow; the text stays whole."""
    depth = style = 0
    cuts: list[int] = []
    for tag in TAG.finditer(html):
        name = tag[2].lower()
        if name in NEVER_OPEN:
            continue
        step = -1 if tag[1] else 1
        if step > 0 and (depth >= MAX_DEPTH or (name in STYLE and style >= MAX_DEPTH_STYLE)):
            cuts.append(tag.start())
            continue
        depth = max(0, depth + step)
        if name in STYLE:
            style = max(0, style + step)
    if not cuts:
        return html
    pieces, last = [], 0
    for cut in cuts:
        end = html.find(">", cut)
        pieces.append(html[last:cut])
        last = max(last, end + 1 if end >= 0 else cut)
    return "".join([*pieces, html[last:]])
