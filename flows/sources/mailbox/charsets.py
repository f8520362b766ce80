"""Bytes of mails as text: in the charset named where that can be, else in the one that the bytes speak for."""

from __future__ import annotations

import codecs
import re

# Names that mails give to charsets and that mean another, wider one (WHATWG Encoding).
WIDER = {
    "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-11": "cp874", "tis-620": "cp874", "big5": "big5hkscs",
}  # fmt: skip
# Names that no codec has here, and pages as programs number them: `win-1251`, `windows1251`, `cp-1251`.
OTHER_NAMES = {
    "iso-8859-8-i": "cp1255", "iso-8859-8-e": "cp1255", "windows-31j": "cp932", "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "x-mac-roman": "mac-roman", "iso-2022-jp-ms": "iso2022_jp_ext", "unicode": "utf-16",
    "cp50220": "iso2022_jp_ext", "koi8-ru": "koi8-u", "iso88591": "iso8859-1",
}  # fmt: skip
PAGE = re.compile(r"^(?:cp|win|windows)[-_]?(?=\d)")
NOT_FOR_MAIL = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
SEVEN_BITS = (
    "utf-16",
    "utf-32",
    "utf-7",
    "iso2022",
    "hz",
)  # these are ASCII or hold NUL bytes: would pass as UTF-8
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Escape sequences of ISO 2022 switch the charset within a text of seven bits: no other text has them.
JAPANESE = re.compile(rb"\x1b(?:\$[@B]|\$\(D|\([IJ])")
KOREAN = re.compile(rb"\x1b\$\)C")
# Charsets of a text that is Latin letters mostly: the ones sure enough to be taken before Windows-1252.
EASTERN = frozenset({"cp1250", "cp1254", "cp1257", "iso8859-2", "iso8859-9"})
WESTERN = frozenset({"iso8859-1", "cp1252", "iso8859-15"})
MANY = 8
SURE = 0.07
LOOKED_AT = 10_000  # bytes


def decoded(content: bytes, charset: str | None) -> str:
    """Return bytes as text: UTF-8 where it is UTF-8, else in the charset named, else in the likeliest."""
    marked = next((name for mark, name in MARKS if content.startswith(mark)), None)
    if marked:
        return content.decode(marked, "replace")
    name = _known(charset)
    if b"\x1b" in content and content.isascii() and not name.startswith("iso2022"):
        name = "iso2022_jp_ext" if JAPANESE.search(content) else "iso2022_kr" if KOREAN.search(content) else name
    if name == "ascii" or (name in WESTERN and _high(content) >= MANY and not _is_latin(content)):
        name = ""  # a default of the program that sent it, and not what stands there
    tries = ["utf-8", WIDER.get(name, name)]
    if name.startswith(SEVEN_BITS):
        tries.reverse()
    for one in filter(None, tries):
        try:
            return content.decode(one)
        except (UnicodeError, LookupError):
            continue
    # All but a few bytes may be in it: of a mail that was cut, or with a damaged letter.
    for one in filter(None, (WIDER.get(name, name), "utf-8")):
        if len(text := content.decode(one, "replace")) > 50 * text.count("\ufffd"):
            return text
    return content.decode(_likely(content), "replace")


def _known(charset: str | None) -> str:
    """The codec of a charset's name; nothing where there is none that a mail may use."""
    said = (charset or "").strip(" '\"").lower()
    said = OTHER_NAMES.get(said) or PAGE.sub("cp", said.removeprefix("x-"))
    try:
        b"".decode(said)  # refuses what is no charset, as zlib
        name = codecs.lookup(said).name
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if name in NOT_FOR_MAIL else name


def _likely(content: bytes) -> str:
    """The charset that bytes speak for. Among Latin letters a few signs tell little: Windows-1252 then."""
    import chardet

    content = content[:LOOKED_AT]
    found = chardet.detect(content)
    name = _known(found["encoding"]) or "cp1252"
    if _is_latin(content) and not (name in EASTERN and (found["confidence"] or 0) >= SURE):
        return "cp1252"
    return WIDER.get(name, name)


def _high(content: bytes) -> int:
    return sum(byte > 0x7F for byte in content)


def _is_latin(content: bytes) -> bool:
    """Most letters are ASCII: a text in Latin letters, some of them with accents."""
    return 2 * _high(content) < sum(byte > 0x7F or chr(byte).isalpha() for byte in content)
