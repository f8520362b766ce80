"""Names of IMAP folders: as the server writes them (modified UTF-7, RFC 3501 5.1.3) and by use (RFC 6154)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable

LISTED = re.compile(rb"\((?P<flags>[^)]*)\)\s+(?:NIL|\"(?:[^\"\\]|\\.)*\")\s+(?P<name>.*)", re.DOTALL)
RUN = re.compile(r"[^\x20-\x7e]+|&")


def encoded(name: str) -> str:
    """A folder's name as IMAP writes it: `Envoyés` is `Envoy&AOk-s`."""
    return RUN.sub(_shifted, name)


def quoted(name: str) -> str:
    """An encoded name as an argument of a command."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def by_use(answer: Iterable[object]) -> dict[str, str]:
    """Encoded names of folders by what they are for (`\\sent`, in small letters), of a LIST answer."""
    found: dict[str, str] = {}
    for item in answer:
        line = item[0] if isinstance(item, tuple) else item
        match = LISTED.match(line) if isinstance(line, bytes) else None
        if match:
            written = item[1] if isinstance(item, tuple) else match.group("name").strip()
            name = written.decode("utf-8", "replace")
            if name.startswith('"') and name.endswith('"'):
                name = re.sub(r"\\(.)", r"\1", name[1:-1])
            for flag in match.group("flags").decode("ascii", "replace").lower().split():
                found.setdefault(flag, name)
    return found


def _shifted(run: re.Match[str]) -> str:
    text = run.group()
    if text == "&":
        return "&-"
    packed = binascii.b2a_base64(text.encode("utf-16-be", "replace"), newline=False)
    return "&" + packed.decode("ascii").rstrip("=").replace("/", ",") + "-"
