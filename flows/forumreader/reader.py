"""Reads a forum's page by its engine's profile, else by the page's structure, or says why it cannot be read."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Reading, is_layout_change
from flows.forumreader.profiles.addresses import View
from flows.forumreader.profiles.detection import SURE, Guess, detect
from flows.forumreader.profiles.lists import read_list
from flows.forumreader.profiles.picking import MAX_DEPTH, nests_too_deep
from flows.forumreader.profiles.reading import read_profiled
from flows.forumreader.structure.reading import read_generic

MIN_CONFIDENCE = 0.2  # a profile below this confidence is not tried
NO_STRUCTURE = "nothing on it repeats with an author, a date and a text"
BARRIERS = (
    (
        "a check against robots stands before it",
        re.compile(r"just a moment\.\.\.|cf-challenge|captcha|attention required", re.I),
    ),
    ("it asks for a login", re.compile(r"<input[^>]+type=[\"']?password", re.I)),
    ("it is empty without JavaScript", re.compile(r"enable javascript|javascript is (?:required|disabled)", re.I)),
)


def read_page(page: ForumPage, *, profiles: bool = True, zone: tzinfo = UTC) -> Reading:
    """Read posts or threads off a page; `refusal` says why where there are none.

    Dates without a zone are in `zone`, the forum's, unless the page names one. Without `profiles` the page is read
    by its structure alone.
    """
    if nests_too_deep(page.tree):
        return Reading(page.url, "other", refusal=f"its elements stand in each other more than {MAX_DEPTH} deep")
    guesses = detect(page) if profiles else []
    if guesses and guesses[0].confidence >= SURE:
        reading = _by_profile(page, guesses, zone)
        if is_layout_change(reading):
            reading = _by_lost_ids(page, reading, zone)
    else:
        reading = _by_structure(page, guesses, zone)
    if reading.engine is None and guesses:
        return _with_engine(guesses[0], reading)
    return reading


def read_activity(page: ForumPage, *, zone: tzinfo = UTC) -> Reading | None:
    """Read a page of the newest activity as a list of threads; None without any, or where no engine is recognised.

    Engines make such pages with their search, so `read_page` takes them for search results.
    """
    for guess in detect(page)[:1]:
        reading = Reading(page.url, "list", guess.engine, guess.confidence, "profile", guess.confidence)
        if guess.confidence >= SURE:
            read_list(View(page, guess.profile), zone, reading)
        return reading if reading.threads else None
    return None


def _by_profile(page: ForumPage, guesses: list[Guess], zone: tzinfo) -> Reading:
    """Read by the surest profile; if that finds nothing, by another profile of the same family that does."""
    surest = guesses[0]
    reading = _with_engine(surest, read_profiled(page, surest.profile, zone))
    for other in guesses[1:]:
        if not is_layout_change(reading) or other.confidence < MIN_CONFIDENCE:
            break
        if other.profile.family is not None and other.profile.family == surest.profile.family:
            second = _with_engine(other, read_profiled(page, other.profile, zone))
            reading = second if second.posts or second.threads else reading
    return reading


def _by_lost_ids(page: ForumPage, profiled: Reading, zone: tzinfo) -> Reading:
    """Read by structure where that finds exactly the posts whose ids the profile saw and could not read."""
    generic = read_generic(page, zone) if profiled.lost else None
    if generic is not None and generic.posts and {post.id for post in generic.posts} == set(profiled.lost):
        return generic
    return profiled


def _by_structure(page: ForumPage, guesses: list[Guess], zone: tzinfo) -> Reading:
    """Read a page of an unknown engine by its structure, else by a profile that is only a guess."""
    generic = read_generic(page, zone)
    if generic is not None and generic.refusal is None:
        return generic
    for guess in guesses:
        if guess.confidence >= MIN_CONFIDENCE:
            reading = _with_engine(guess, read_profiled(page, guess.profile, zone))
            if reading.posts or reading.threads:
                reading.sure = round(reading.sure * guess.confidence, 3)
                return reading
    why = barrier(page)
    if generic is not None:
        generic.refusal = f"{generic.refusal}; {why}" if why else generic.refusal
        return generic
    return Reading(page.url, "other", refusal=f"no engine that is known, and {why or NO_STRUCTURE}")


def _with_engine(guess: Guess, reading: Reading) -> Reading:
    reading.engine, reading.confidence = guess.engine, guess.confidence
    return reading


def barrier(page: ForumPage) -> str | None:
    """Say what keeps guests from the page (a login, a robot check, JavaScript); None where nothing is seen."""
    return next((says for says, pattern in BARRIERS if pattern.search(page.text)), None)
