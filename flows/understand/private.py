"""Whom a text names and how to reach them, where signs alone tell it: addresses, links, handles, long numbers."""

from __future__ import annotations

import re

PRIVATE = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+\.[\w.]+)|(?P<link>https?://\S+|www\.\S+)|(?P<person>(?<!\w)@\w+)"
    r"|(?P<number>(?<!\w)[A-Z]{0,4}\+?\d(?:[ .\-/]?\d){5,})"
)
