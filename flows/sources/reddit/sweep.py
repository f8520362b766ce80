"""The sweep: stored messages are looked up again, in hundreds; what does not come back is missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.sources.reddit.api import PAGE, Api
from flows.sources.reddit.intake import PARSE_ERRORS, Intake, IntakeResult
from flows.sources.reddit.things import fullname, split

Chunk = list[tuple[str, list[str]]]


def sweep(api: Api, intake: Intake) -> Iterator[IntakeResult]:
    """Yield what became of messages whose look-up is due, a hundred a request; edits come along.

    Those that are awaited are looked up first.
    """
    awaited = intake.absences.due()
    for _ in range(intake.config.sweep_requests):
        chunk = [] if awaited else _chunk(intake)
        if not (awaited or chunk):
            return
        listed = [name for _, some in chunk for name in some if intake.absences.may_ask(name)]
        names, awaited = awaited[:PAGE] or listed, awaited[PAGE:]
        taken = look_up(api, intake, names) if names else IntakeResult()
        for key, some in chunk:
            intake.known.swept(key, some)
        yield taken
    left = sum(len(names) for _, names in intake.known.due(intake.config.sweep_hours))
    if left:
        yield IntakeResult(gap=f"sweep: {left:,} messages wait for the next run: raise sweep_requests")


def look_up(api: Api, intake: Intake, names: list[str]) -> IntakeResult:
    """Take what became of a hundred messages; those that an answer lacks, all of it readable, are missed."""
    children = api.info(names)
    taken = intake.take(children, "api/info", watch=False)
    back, is_clear = _names(children)
    for name in names:
        if name in back:
            intake.absences.found(name)
        elif is_clear:
            intake.absences.miss(name)
    return taken


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
        except PARSE_ERRORS:
            is_clear = False
    return found, is_clear
