"""The sweep: stored messages are looked up again, in hundreds; what is gone upstream becomes a tombstone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.records import Tombstone
from flows.sources.reddit.api import PAGE, Api
from flows.sources.reddit.intake import SHAPES, Intake, Taken
from flows.sources.reddit.things import SITE, STREAMS, fullname, split

DOUBT = "sweep"
Chunk = list[tuple[str, list[str]]]


def sweep(api: Api, intake: Intake) -> Iterator[Taken]:
    """Yield what became of messages whose look-up is due, a hundred a request; edits come along.

    An answer in which nothing at all comes back is believed the second time only: the first may be an accident.
    """
    for _ in range(intake.config.sweep_requests):
        chunk = _chunk(intake)
        if not chunk:
            return
        names = [name for _, some in chunk for name in some]
        children = api.info(names)
        taken = intake.take(children, "api/info", watch=False)
        back, is_clear = _names(children)
        missing = set(names) - back if is_clear else set()
        in_doubt = len(missing) == len(names)
        if in_doubt and not intake.memory.get(DOUBT).get("doubt"):
            intake.memory.note(DOUBT, {"doubt": True})
            taken.gap = f"sweep: none of {len(names)} messages came back: believed if it happens again"
            yield taken
            return
        if not in_doubt:
            intake.memory.note(DOUBT, {"doubt": False})
        taken.tombstones += [Tombstone(STREAMS[name[:2]], SITE, name, "gone") for name in sorted(missing)]
        for key, some in chunk:
            intake.known.swept(key, some, missing)
        yield taken
    left = sum(len(names) for _, names in intake.known.due(intake.config.sweep_hours))
    if left:
        yield Taken(gap=f"sweep: {left:,} messages wait for the next run: raise sweep_requests")


def _chunk(intake: Intake) -> Chunk:
    """Take the next hundred from the buckets that wait longest."""
    chunk: Chunk = []
    room = PAGE
    for key, names in intake.known.due(intake.config.sweep_hours):
        if room:
            chunk.append((key, names[:room]))
            room -= len(names[:room])
    return chunk


def _names(children: list[Any]) -> tuple[set[str], bool]:
    """Return which fullnames came back, and whether all could be read: else nobody knows who is missing."""
    found, is_clear = set(), True
    for child in children:
        try:
            found.add(fullname(*split(child)))
        except SHAPES:
            is_clear = False
    return found, is_clear
