"""Bytes in, a mail out: its headers, what a reader would read, and what was attached."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import TypeAlias

from flows.records import Json, Unusable
from flows.sources.mailbox.headers import decoded, unfolded, words
from flows.sources.mailbox.html import to_plain

Part: TypeAlias = "Message[str, str]"
MOST_HEADERS = 2_000
MOST_PARTS = 1_000
LONGEST_TEXT = 1_000_000
TECHNICAL = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})


@dataclass(frozen=True)
class Mail:
    """A mail as it was read. `html` is the markup where the text comes from it; `is_cut`: not all was kept."""

    headers: list[tuple[str, str]]
    content_type: str
    report_type: str
    text: str
    html: str | None
    attachments: list[Json]
    is_cut: bool

    def raw(self, name: str) -> str | None:
        """The first header of a name (small letters) as it stands, encoded words and all."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """Every header of a name, on one line each, the topmost first."""
        return [unfolded(value) for key, value in self.headers if key == name]

    def get(self, name: str) -> str | None:
        """The first header of a name as a reader sees it; None where there is none, or nothing in it."""
        value = self.raw(name)
        return (words(value) or None) if value is not None else None


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
    )


class _Reading:
    """The parts of one mail, as they are gone through."""

    def __init__(self) -> None:
        self.attachments: list[Json] = []
        self.parts = 0
        self._texts: list[tuple[str, str | None]] = []

    def text(self) -> tuple[str, str | None]:
        """All that is to be read, and the markup that it was made of."""
        html = "\n".join(markup for _, markup in self._texts if markup)
        return "\n\n".join(text for text, _ in self._texts), html or None

    def take(self, part: Part) -> None:
        """Go through a part: text is kept, of alternatives the plain one, everything else is an attachment."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            return
        kind = part.get_content_type()
        children = part.get_payload() if part.is_multipart() and kind != "message/rfc822" else None
        if isinstance(children, list):
            inner = [child for child in children if isinstance(child, Message)]
            if kind == "multipart/alternative":
                self._take_one_of(inner)
            else:
                for child in inner:
                    self.take(child)
        elif self._is_text(part, kind):
            content = decoded(_payload(part), part.get_content_charset())
            text = to_plain(content) if kind == "text/html" else _lines(content)
            if text.strip():
                self._texts.append((text, content if kind == "text/html" else None))
        elif kind not in TECHNICAL:
            self._attach(part, kind)

    def _take_one_of(self, alternatives: list[Part]) -> None:
        """The first alternative that has words, plain text before HTML; attachments of all of them."""
        readings = []
        for child in sorted(alternatives, key=lambda one: one.get_content_type() == "text/html"):
            reading = _Reading()
            reading.parts = self.parts
            reading.take(child)
            self.parts = reading.parts
            self.attachments += reading.attachments
            readings.append(reading._texts)
        self._texts += next((texts for texts in readings if texts), [])

    @staticmethod
    def _is_text(part: Part, kind: str) -> bool:
        is_plain = kind in {"text/plain", "text/html", "text/enriched"} or kind.startswith("multipart/")
        return is_plain and part.get_content_disposition() != "attachment" and not part.get_filename()

    def _attach(self, part: Part, kind: str) -> None:
        size = _size(part) if part.is_multipart() else len(_payload(part))
        name = part.get_filename()
        is_inline = part.get_content_disposition() == "inline" or bool(part.get("content-id"))
        given = {"name": words(str(name))[:300] if name else None, "type": kind[:100], "bytes": size}
        self.attachments.append(given | ({"inline": True} if is_inline else {}))


def _payload(part: Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


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
