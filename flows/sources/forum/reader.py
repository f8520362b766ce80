"""Reading any forum's page: the ways in, in their order, or why none of them is taken."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo

from flows.sources.base import LAYOUT_CHANGED
from flows.sources.forum.pages import ForumPage
from flows.sources.forum.posts import Reading
from flows.sources.forum.profiles.detection import SURE, Guess, detect
from flows.sources.forum.profiles.picking import DEEPEST, nests_too_deep
from flows.sources.forum.profiles.reading import read_profiled
from flows.sources.forum.schema.reading import read_structured
from flows.sources.forum.structure.reading import read_generic

WHOLE = 0.9  # how sure schema.org's words must be to be taken for all that the page says
MAYBE = 0.2  # a profile with less confidence isn't tried
NOTHING = "nothing on it repeats with an author, a date and a text"
WALLS = (
    (
        "a check against robots stands before it",
        re.compile(r"just a moment\.\.\.|cf-challenge|captcha|attention required", re.I),
    ),
    ("it asks for a login", re.compile(r"<input[^>]+type=[\"']?password", re.I)),
    ("it is empty without JavaScript", re.compile(r"enable javascript|javascript is (?:required|disabled)", re.I)),
)


def read(page: ForumPage, *, profiles: bool = True, zone: tzinfo = UTC) -> Reading:
    """Read what stands on a page; without `profiles` only what needs no knowledge of its engine.

    Dates without a zone are in `zone`, the forum's, unless the page says which.
    """
    if nests_too_deep(page.tree):
        return Reading(page.url, "other", refusal=f"its elements stand in each other more than {DEEPEST} deep")
    guesses = detect(page) if profiles else []
    structured = read_structured(page, zone)
    if guesses and guesses[0].confidence >= SURE:
        reading = _fuller(structured, _by_profile(page, guesses, zone))
        return _named(_confirmed(page, reading, zone) if _alarming(reading) else reading, guesses)
    if structured is not None and structured.sure >= WHOLE:
        return _named(structured, guesses)
    reading = _unknown(page, guesses, zone)
    if structured is not None and _much(structured) > _much(reading):
        return _named(structured, guesses)
    return _named(reading, guesses)


def _much(reading: Reading) -> tuple[int, int]:
    return len(reading.posts), len(reading.threads)


def _by_profile(page: ForumPage, guesses: list[Guess], zone: tzinfo) -> Reading:
    """Read by the surest profile; where it does not read, by another one of the family that does."""
    surest = guesses[0]
    reading = _with(surest, read_profiled(page, surest.profile, zone))
    for other in guesses[1:]:
        if not _alarming(reading) or other.confidence < MAYBE:
            break
        if other.profile.family is not None and other.profile.family == surest.profile.family:
            again = _with(other, read_profiled(page, other.profile, zone))
            reading = again if again.posts or again.threads else reading
    return reading


def _fuller(structured: Reading | None, profiled: Reading) -> Reading:
    """Take schema.org's words where the profile finds no posts: they say no quotes, edits or deletions."""
    if structured is None or structured.refusal is not None or not structured.posts:
        return profiled
    return structured if _alarming(profiled) else profiled


def _confirmed(page: ForumPage, profiled: Reading, zone: tzinfo) -> Reading:
    """Take what repeats on the page where its ids are just those that the engine gave to posts its profile lost."""
    generic = read_generic(page, zone) if profiled.lost else None
    if generic is not None and generic.posts and {post.id for post in generic.posts} == set(profiled.lost):
        return generic
    return profiled


def _alarming(reading: Reading) -> bool:
    return (reading.refusal or "").startswith(LAYOUT_CHANGED)


def _unknown(page: ForumPage, guesses: list[Guess], zone: tzinfo) -> Reading:
    """Read a page of an unknown engine by what repeats on it, else by a profile that is a mere guess."""
    generic = read_generic(page, zone)
    if generic is not None and generic.refusal is None:
        return generic
    for guess in guesses:
        if guess.confidence >= MAYBE:
            reading = _with(guess, read_profiled(page, guess.profile, zone))
            if reading.posts or reading.threads:
                reading.sure = round(reading.sure * guess.confidence, 3)
                return reading
    if generic is not None:
        stands = wall(page)
        generic.refusal = f"{generic.refusal}; {stands}" if stands else generic.refusal
        return generic
    return Reading(page.url, "other", refusal=f"no engine that is known, and {wall(page) or NOTHING}")


def _with(guess: Guess, reading: Reading) -> Reading:
    reading.engine, reading.confidence = guess.engine, guess.confidence
    return reading


def _named(reading: Reading, guesses: list[Guess]) -> Reading:
    """Say which engine it likely is, whichever way in was taken."""
    if reading.engine is None and guesses:
        return _with(guesses[0], reading)
    return reading


def wall(page: ForumPage) -> str | None:
    """Say what stands between us and the page; None where nothing is seen."""
    return next((says for says, pattern in WALLS if pattern.search(page.text)), None)
