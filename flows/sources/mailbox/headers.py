"""What headers say: words and ids, as they are written in the wild. Senders are read in `senders`."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header

from flows.sources.mailbox.charsets import decoded

ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?")
ID = re.compile(r"<([^<>]+)>")
FOLD = re.compile(r"\r?\n[ \t]*|\r")
LONGEST_WORDS = 20_000


def words(value: str, charset: str | None = None) -> str:
    """A header's value as a reader sees it: unfolded, encoded words (RFC 2047) and raw 8-bit text resolved.

    `charset` is that of the mail's text: raw bytes of a header are often in it, too.
    """
    value = unfolded(value[:LONGEST_WORDS], charset)
    if not ENCODED_WORD.search(value):
        return value.strip()
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value.strip()
    return "".join(
        part if isinstance(part, str) else decoded(part, named) if named else _between(part)
        for part, named in parts
    ).strip()


def _between(part: bytes) -> str:
    """What stands between encoded words, as `decode_header` hands it over."""
    try:
        return part.decode("raw-unicode-escape" if b"\\u" in part else "latin-1")
    except UnicodeError:
        return part.decode("latin-1")


def unfolded(value: str, charset: str | None = None) -> str:
    """A header's value on one line; bytes that are not ASCII, which the parser hides, as text."""
    if not value.isascii() or "\x1b" in value:
        value = decoded(value.encode("utf-8", "surrogateescape"), charset)
    return FOLD.sub(" ", value)


def ids(value: str) -> list[str]:
    """Message ids in a header, without their brackets, in order, each once."""
    value = unfolded(value)
    found = ID.findall(value) or [word for word in value.split() if "@" in word]
    return list(dict.fromkeys(one for one in ("".join(text.split()) for text in found) if one))


def message_id(value: str) -> str | None:
    """A mail's own id; one without brackets or @ is taken as it stands."""
    found = ids(value)
    return found[0] if found else "".join(unfolded(value).split()).strip("<>") or None
