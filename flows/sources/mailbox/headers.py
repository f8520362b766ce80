"""What headers say: words and ids, as they are written in the wild. Senders are read in `senders`."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?")
ID = re.compile(r"<([^<>]+)>")
FOLD = re.compile(r"\r?\n[ \t]*|\r")
# Names that mails give to charsets and that mean another, wider one (WHATWG Encoding).
WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip
LONGEST_WORDS = 20_000
NOT_FOR_MAIL = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})


def decoded(content: bytes, charset: str | None) -> str:
    """Return bytes as text: UTF-8 where it is UTF-8, else in the charset named, else in Windows-1252."""
    try:
        name = codecs.lookup(charset).name if charset and "\0" not in charset else ""
    except (LookupError, UnicodeError, ValueError):
        name = ""
    tries = ["utf-8", WIDER.get(name, name)]
    if name.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz")):
        tries.reverse()  # these are ASCII or hold NUL bytes, and would pass as UTF-8
    for one in tries:
        if one and one not in NOT_FOR_MAIL:
            try:
                return content.decode(one)
            except (UnicodeError, LookupError):
                continue
    return content.decode("cp1252", "replace")


def words(value: str) -> str:
    """A header's value as a reader sees it: unfolded, encoded words (RFC 2047) and raw 8-bit text resolved."""
    value = unfolded(value[:LONGEST_WORDS])
    if not ENCODED_WORD.search(value):
        return value.strip()
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value.strip()
    return "".join(
        part if isinstance(part, str) else decoded(part, charset) if charset else part.decode("latin-1")
        for part, charset in parts
    ).strip()


def unfolded(value: str) -> str:
    """A header's value on one line; bytes that are not ASCII, which the parser hides, as text."""
    if not value.isascii():
        value = decoded(value.encode("utf-8", "surrogateescape"), None)
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
