"""What came back: the answer as a source sees it, and its body read within bounds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import httpx

from flows.records import Json

GZIP = 16 + zlib.MAX_WBITS
LONGEST_VALIDATOR = 1000


class TooLarge(ValueError):
    """A body has more bytes than an answer may have."""


class HalfBody(ValueError):
    """A compressed body ended before its end."""


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask again with: 304 is the answer while nothing changed.

    Keep them with the page that has the rows they stand for: kept before, they would lose those rows.
    """

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, state: Json) -> Validators:
        """Read them from a source's state."""
        return cls(state.get("etag"), state.get("last_modified"))

    @classmethod
    def from_headers(cls, headers: httpx.Headers) -> Validators:
        """Read them from an answer; one too long to be meant is left out."""
        given = (headers.get("etag"), headers.get("last-modified"))
        return cls(*(value if value and len(value) <= LONGEST_VALIDATOR else None for value in given))

    def as_state(self) -> Json:
        """For a source's state."""
        return {"etag": self.etag, "last_modified": self.last_modified}

    def headers(self) -> dict[str, str]:
        """Request headers that ask for news only."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Answer:
    """A page that was read, or that did not change (304, no content); from `send`, of any status.

    `url` is where it was found in the end; `moved_to` the address to ask from now on, where the way there
    began with permanent redirects. `headers` do not say how the content came: it is decoded, and whole.
    """

    url: str
    status: int
    content: bytes
    content_type: str
    validators: Validators
    moved_to: str | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)

    @property
    def not_modified(self) -> bool:
        """Nothing changed since the validators were given."""
        return self.status == httpx.codes.NOT_MODIFIED

    @property
    def charset(self) -> str | None:
        """The charset that the server names, right or wrong."""
        found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", self.content_type, re.IGNORECASE)
        return found.group(1).lower() if found else None

    @property
    def text(self) -> str:
        """The content as text: UTF-8 where it is UTF-8, else as the server says, else Windows-1252."""
        for charset in ("utf-8-sig", self.charset, "cp1252"):
            try:
                if charset:
                    return self.content.decode(charset)
            except (UnicodeDecodeError, LookupError):
                continue
        return self.content.decode("latin-1")


def decode(chunks: Iterable[bytes], encoding: str, most: int) -> bytes:
    """Join a body's chunks and undo its compression, never holding more than `most` bytes of it.

    Raises TooLarge, HalfBody, and ValueError for damage or an encoding that was not asked for.
    """
    if encoding in {"", "identity"}:
        parts: Iterator[bytes] = iter(chunks)
    elif encoding in {"gzip", "x-gzip"}:
        parts = _inflated(chunks, most)
    else:
        raise ValueError(f"it is compressed as {encoding[:40]!r}, which was not asked for")
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > most:
            raise TooLarge(f"it has more than {most:,} bytes")
    return bytes(body)


def _inflated(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Inflate gzip members, a bounded piece at a time: a gzip bomb is over before it is held."""
    inflate = zlib.decompressobj(GZIP)
    begun = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if inflate.eof:
                inflate = zlib.decompressobj(GZIP)
            begun = True
            try:
                yield inflate.decompress(rest, most + 1)
            except zlib.error as error:
                raise ValueError(f"its gzip is damaged ({error})") from error
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if begun and not inflate.eof:
        raise HalfBody("its gzip ended before its end")
