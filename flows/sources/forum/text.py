"""Bytes of a page as text, as browsers decide it."""

from __future__ import annotations

import codecs
import re

HEAD = 4096  # bytes in which a page names its charset
NAMED = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
LATIN = frozenset(("iso8859-1", "ascii"))  # browsers read both as Windows' charset


def decode(content: bytes, content_type: str = "") -> str:
    """Decode a page: by its byte order mark, the header's charset, its own, UTF-8 if it is that, cp1252 else."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", errors="replace")
    for said in (content_type, content[:HEAD].decode("latin-1")):
        if found := NAMED.search(said):
            try:
                name = codecs.lookup(found[1]).name
                return content.decode("cp1252" if name in LATIN else name)
            except (LookupError, UnicodeDecodeError):
                continue
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
