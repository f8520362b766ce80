"""How soon to look again: often at what is young, rarely at what is old."""

from __future__ import annotations

TENTH = 0.1


def wait(age: float, least: float, share: float = TENTH) -> float:
    """Seconds until what is `age` seconds old is looked at again: a share of its age, `least` at least."""
    return max(least, age * share)
