"""HTML mails to plain text in which what is quoted is marked as plain mails mark it, by `>`."""

from __future__ import annotations

from html import escape

from selectolax.lexbor import LexborHTMLParser

from flows.records.texts import MOST_TAGS, to_text

QUOTES = "blockquote"


def to_plain(html: str) -> str:
    """Return what a reader would see; lines of quotes begin with `> `."""
    if "<blockquote" not in html.lower() or html.count("<") > MOST_TAGS:
        return to_text(html)
    tree = LexborHTMLParser(html)
    for quote in tree.css(QUOTES):
        parent = quote.parent
        while parent is not None and parent.tag != QUOTES:
            parent = parent.parent
        if parent is None:  # the outermost has the inner ones in it
            lines = to_text(quote.inner_html or "").splitlines()
            marked = LexborHTMLParser(f"<pre>{escape(chr(10).join(f'> {line}' for line in lines))}</pre>")
            if (node := marked.css_first("pre")) is not None:
                quote.replace_with(node)
    return to_text(tree.html or "")
