"""What there is to ask about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last day that have messages, every channel there is, and every tag of sources."""

    first: date
    last: date
    channels: tuple[str, ...]
    panels: tuple[str, ...] = ()
