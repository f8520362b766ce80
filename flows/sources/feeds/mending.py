"""Odd characters in feeds: what XML forbids and feeds have all the same costs the character, not the feed.

Halves of characters written as references (`&#55357;&#56842;`, or their bytes) are joined; NUL, control characters
and references to what is no character are left out. A bare `&` is escaped, and `&nbsp;` is what it is in HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import html5

OPENS = re.compile(rb"(?=<(?:[\w.-]+:)?(?:item|entry)[\s>])")
DECLARED = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)""")
# Charsets in which other bytes than ASCII's stand for ASCII: their escapes are no control characters.
OTHER = (b"utf-16", b"utf16", b"utf-32", b"ucs-", b"iso-2022", b"hz-gb", b"ebcdic", b"cp037")
REFERENCE = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,9})|(\d{1,9}));")
PAIR = re.compile(
    rb"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[5-6]\d{3}));&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67]\d{3}));"
)
# Signs that XML wants escaped, where nothing protects them.
AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:([A-Za-z][A-Za-z0-9]{1,31});|(?!#\w{1,9};))", re.DOTALL
)
OF_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")


@dataclass(frozen=True)
class Mended:
    """A feed's bytes as an XML reader takes them, and the numbers of entries that were mended (0: the head)."""

    content: bytes
    entries: frozenset[int]


def mend(content: bytes) -> Mended:
    """Mend a feed, entry by entry."""
    found = DECLARED.match(content)
    declared = found.group(1).lower() if found else b"utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or declared.startswith(OTHER):
        return Mended(content, frozenset())
    pieces = OPENS.split(content)
    mended = [CONTROL.sub(b"", piece) for piece in pieces]
    mended = [_references(piece) if b"&#" in piece else piece for piece in mended]
    if b"<!ENTITY" not in content:
        mended = [AMPERSAND.sub(_ampersand, piece) if b"&" in piece else piece for piece in mended]
    if declared in {b"utf-8", b"utf8", b"us-ascii"} and _is_utf8(b"".join(mended)):
        mended = list(map(_as_utf8, mended))
    changed = frozenset(n for n, (old, new) in enumerate(zip(pieces, mended, strict=True)) if old != new)
    return Mended(b"".join(mended), changed)


def mend_text(text: str) -> str:
    """Mend references in a text that may be HTML: those that were escaped once more than the feed itself."""
    return _references(text.encode("utf-8", "ignore")).decode("utf-8", "ignore") if "&#" in text else text


def _as_utf8(piece: bytes) -> bytes:
    """A piece of a feed that is UTF-8, whatever single bytes in it are."""
    if b"\xed" in piece:
        piece = HALVES.sub(lambda found: _joined(found.group()), piece)
    try:
        piece.decode()
    except UnicodeDecodeError:
        is_other = not _beyond_ascii(piece.decode("utf-8", "ignore"))  # copied from elsewhere, as it was there
        piece = (piece.decode("cp1252", "replace") if is_other else piece.decode("utf-8", "replace")).encode()
    return NO_CHARACTER.sub(b"", piece)


def _references(piece: bytes) -> bytes:
    piece = PAIR.sub(lambda found: _pair(found) or found.group(), piece)
    return REFERENCE.sub(lambda found: found.group() if _is_character(_number(found, 1)) else b"", piece)


def _ampersand(found: re.Match[bytes]) -> bytes:
    """A bare ampersand escaped, and an entity of HTML, which XML does not know, by its number."""
    said = found.group()
    if not said.startswith(b"&") or found[1] in OF_XML:
        return said
    meant = html5.get(f"{found[1].decode()};") if found[1] else None
    return "".join(f"&#{ord(sign)};" for sign in meant).encode() if meant else b"&amp;" + said[1:]


def _pair(found: re.Match[bytes]) -> bytes | None:
    high, low = _number(found, 1), _number(found, 3)
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return b"&#%d;" % (0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)
    return None


def _number(found: re.Match[bytes], group: int) -> int:
    return int(found[group], 16) if found[group] else int(found[group + 1])


def _is_character(number: int) -> bool:
    """XML 1.0 allows it."""
    if number < 0x20:
        return number in {0x9, 0xA, 0xD}
    return number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF and number not in {0xFFFE, 0xFFFF}


def _joined(halves: bytes) -> bytes:
    """The bytes of a character whose halves were encoded one by one; none for a half alone."""
    return (
        halves.decode("utf-8", "surrogatepass")
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "ignore")
        .encode()
    )


def _is_utf8(content: bytes) -> bool:
    """The bytes are UTF-8, but for a few: in another charset hardly any two would be a character of it."""
    text = HALVES.sub(b"", content).decode("utf-8", "replace")
    damaged = text.count("\ufffd") - content.count("\ufffd".encode())
    return not damaged or _beyond_ascii(text) - damaged >= damaged


def _beyond_ascii(text: str) -> int:
    return sum(sign > "\x7f" for sign in text)
