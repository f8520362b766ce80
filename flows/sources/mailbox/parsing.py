"""Bytes in, a mail out: its headers, what a reader would read, and what was attached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import TypeAlias

from flows.records import Json, Unusable
from flows.sources.mailbox.charsets import decoded
from flows.sources.mailbox.headers import unfolded, words
from flows.sources.mailbox.html import to_plain
from flows.sources.mailbox.unreadable import Missing, clear_text, is_armoured, is_blank, sealed

Part: TypeAlias = "Message[str, str]"
MOST_HEADERS = 2_000
MOST_PARTS = 1_000
MOST_MENDED = 20  # parts among which boundaries are looked for: each look reads the text once more
LONGEST_TEXT = 1_000_000
TECHNICAL = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/markdown"})
META_CHARSET = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
PICTURE = re.compile(r"<(?:img|v:imagedata)\b", re.IGNORECASE)
BOUNDARY = re.compile(r"^--([^\s].{0,69})\r?\n(?=[\w-]+:)", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """A mail as it was read. `html` is the markup where the text comes from it; `is_cut`: not all was kept.

    `missing` says why there is no text, where there should be one.
    """

    headers: list[tuple[str, str]]
    content_type: str
    report_type: str
    text: str
    html: str | None
    attachments: list[Json]
    is_cut: bool
    missing: Missing | None
    charset: str | None

    def raw(self, name: str) -> str | None:
        """The first header of a name (small letters) as it stands, encoded words and all."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """Every header of a name, on one line each, the topmost first."""
        return [unfolded(value) for key, value in self.headers if key == name]

    def get(self, name: str) -> str | None:
        """The first header of a name as a reader sees it; None where there is none, or nothing in it."""
        value = self.raw(name)
        return (words(value, self.charset) or None) if value is not None else None


def parse(content: bytes) -> Mail:
    """Read a mail. Raises Unusable for what is no mail, and whatever a hostile one does to the parser."""
    message = BytesParser(policy=compat32).parsebytes(content)
    headers = [(name.lower(), str(value)) for name, value in message.raw_items()]
    if not headers:
        raise Unusable("not a mail", "it does not begin with headers")
    if len(headers) > MOST_HEADERS:
        raise Unusable("not a mail", f"it has {len(headers):,} headers")
    reading = _Reading()
    reading.take(message)
    text, html = reading.text()
    report_type = message.get_param("report-type")
    return Mail(
        headers,
        message.get_content_type(),
        report_type.lower() if isinstance(report_type, str) else "",
        text[:LONGEST_TEXT],
        html[:LONGEST_TEXT] if html else None,
        reading.attachments,
        len(text) > LONGEST_TEXT or len(html or "") > LONGEST_TEXT or reading.parts > MOST_PARTS,
        reading.missing() if is_blank(text) else None,
        reading.charset,
    )


@dataclass(frozen=True)
class _Text:
    """A text that was read, the markup it was made of, and the part if it is named as a file is."""

    text: str
    html: str | None
    named: Part | None


class _Reading:
    """The parts of one mail, as they are gone through."""

    def __init__(self) -> None:
        self.attachments: list[Json] = []
        self.parts = 0
        self.charset: str | None = None
        self._texts: list[_Text] = []
        self._missing: list[Missing] = []

    def text(self) -> tuple[str, str | None]:
        """All that is to be read, and the markup that it was made of.

        A text with a file's name is an attachment beside others; where there is no other, the first is the body.
        """
        shown = [one for one in self._texts if not one.named] or self._texts[:1]
        for one in self._texts:
            if one.named and one not in shown:
                self._attach(one.named, one.named.get_content_type())
        self._texts = shown
        html = "\n".join(one.html for one in shown if one.html)
        return "\n\n".join(one.text for one in shown), html or None

    def missing(self) -> Missing | None:
        """Why there is no text: the gravest reason found; None where nobody wrote one."""
        found = [*self._missing, "attachments"] if self.attachments else self._missing
        return min(found, key=ORDER.index, default=None)

    def take(self, part: Part) -> None:
        """Go through a part: text is kept, of alternatives the plain one, everything else is an attachment."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            return
        kind = part.get_content_type()
        if reason := sealed(kind, _words_of(part.get_filename()), str(part.get_param("smime-type") or "").lower()):
            self._missing.append(reason)
        children = _children(part, kind, mend=self.parts < MOST_MENDED)
        if children is not None:
            if kind == "multipart/alternative":
                self._take_one_of(children)
            else:
                for child in children:
                    self.take(child)
        elif self._is_text(part, kind):
            self._read(part, kind)
        elif kind not in TECHNICAL:
            self._attach(part, kind)

    def _read(self, part: Part, kind: str) -> None:
        content = _payload(part)
        charset = part.get_content_charset()
        if charset is None and kind == "text/html" and (meta := META_CHARSET.search(content[:2_000])):
            charset = meta.group(1).decode("ascii")
        self.charset = self.charset or charset
        said = decoded(content, charset)
        is_html = kind == "text/html"
        text = to_plain(said) if is_html else clear_text(_lines(said))
        if is_armoured(text):
            self._missing.append("encrypted")
        elif not is_blank(text):
            self._texts.append(_Text(text, said if is_html else None, part if part.get_filename() else None))
        elif is_html and PICTURE.search(said):
            self._missing.append("pictures")
        elif not content.strip() and str(part.get_payload() or "").strip():
            self._missing.append("damaged")

    def _take_one_of(self, alternatives: list[Part]) -> None:
        """The first alternative that has words, plain text before HTML; attachments of all of them."""
        readings = []
        for child in sorted(alternatives, key=lambda one: one.get_content_type() == "text/html"):
            reading = _Reading()
            reading.parts, reading.charset = self.parts, self.charset
            reading.take(child)
            self.parts, self.charset = reading.parts, reading.charset
            self.attachments += reading.attachments
            self._missing += reading._missing
            readings.append(reading._texts)
        self._texts += next((texts for texts in readings if texts), [])

    def _is_text(self, part: Part, kind: str) -> bool:
        """Of a mail that has one part only, this is the body, whatever it calls itself."""
        if kind not in TEXTS and not kind.startswith("multipart/"):
            return False
        return part.get_content_disposition() != "attachment" or self.parts == 1

    def _attach(self, part: Part, kind: str) -> None:
        size = _size(part) if part.is_multipart() else len(_payload(part))
        name = part.get_filename()
        is_inline = part.get_content_disposition() == "inline" or bool(part.get("content-id"))
        given = {"name": _words_of(name)[:300] if name else None, "type": kind[:100], "bytes": size}
        self.attachments.append(given | ({"inline": True} if is_inline else {}))


ORDER: tuple[Missing, ...] = ("encrypted", "smime", "tnef", "calendar", "damaged", "attachments", "pictures")


def _children(part: Part, kind: str, *, mend: bool) -> list[Part] | None:
    """The parts of a part; where it names no boundary, or a wrong one, by the one that stands there."""
    if part.is_multipart() and kind != "message/rfc822":
        payload = part.get_payload()
        return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else None
    content = part.get_payload() if mend and kind.startswith("multipart/") else None
    if isinstance(content, str) and (found := BOUNDARY.search(content)):
        head = f'Content-Type: {kind}; boundary="{found.group(1).strip()}"\n\n'
        raw = f"{head}{content}".encode("utf-8", "surrogateescape")
        again = BytesParser(policy=compat32).parsebytes(raw).get_payload()
        return [child for child in again if isinstance(child, Message)] if isinstance(again, list) else None
    return None


def _payload(part: Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _words_of(name: str | None) -> str:
    return words(str(name)) if name else ""


def _size(part: Part) -> int:
    """About how many bytes a mail within a mail has: to write it out again fails for those that are damaged."""
    size = 0
    for inner in part.walk():
        size += sum(len(name) + len(value) + 4 for name, value in inner.raw_items())
        content = inner.get_payload()
        size += len(content) if isinstance(content, str) else 0
    return size


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
