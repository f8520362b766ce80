"""Ids and addresses: what a site is called, an id that fits an index, an address that a browser opens."""

from __future__ import annotations

import hashlib
from urllib.parse import urljoin, urlsplit

LONGEST_KEY = 500  # bytes


def site_of(url: str) -> str:
    """The site of an address: its host, with the port where it has one of its own; ':' becomes '_'."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().rpartition("@")[2].removesuffix(default).replace(":", "_")


def key(text: str) -> str:
    """An id as it is, or its hash where it is too long for an index."""
    return text if len(text.encode("utf-8", "replace")) <= LONGEST_KEY else hashed(text)


def hashed(text: str) -> str:
    """An id made of a text: 40 hexadecimal digits of its SHA-256."""
    return "sha256-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def web(value: object, base: str = "") -> str | None:
    """An http(s) address, made absolute where it is relative to `base`; or None."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        url = urljoin(base, value.strip())
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) else None
