"""Which engine wrote a page: what speaks for each, what against, and how sure that makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flows.forumreader.page import ForumPage
from flows.forumreader.profiles.model import MARKS, Mark, Profile, profiles

SURE = 0.55  # from here on a profile is read by
HEAD, FOOT = 60_000, 40_000  # characters of a page that patterns look through: scripts and footers stand there


@dataclass(slots=True, frozen=True)
class Guess:
    """An engine, how sure it is (0 to 1), and the marks that say so (those against it begin with `not:`)."""

    profile: Profile
    confidence: float
    evidence: tuple[str, ...]

    @property
    def engine(self) -> str:
        """The engine's name in `Reading.engine`."""
        return self.profile.engine


def detect(page: ForumPage, among: Iterable[Profile] | None = None) -> list[Guess]:
    """Weigh every engine's marks; the surest first, none that nothing speaks for."""
    found = []
    for profile in profiles() if among is None else among:
        guess = weigh(page, profile)
        if guess.confidence > 0:
            found.append(guess)
    return sorted(found, key=lambda guess: (-guess.confidence, guess.engine))


def weigh(page: ForumPage, profile: Profile) -> Guess:
    """Combine an engine's marks as independent witnesses: each leaves the doubt of those before it its share."""
    doubt, against, evidence = 1.0, 1.0, []
    for mark in profile.marks:
        if (seen := _seen(page, mark)) is None:
            continue
        if mark.weight > 0:
            doubt *= 1 - mark.weight
            evidence.append(seen)
        else:
            against *= 1 + mark.weight
            evidence.append(f"not: {seen}")
    return Guess(profile, round((1 - doubt) * against, 4), tuple(evidence))


def _seen(page: ForumPage, mark: Mark) -> str | None:
    """Return what a mark found, in words; None where it found nothing."""
    kind = next(name for name in MARKS if getattr(mark, name) is not None)
    if mark.has is not None:
        return f"{kind} {mark.has}" if page.tree.css_first(mark.has) is not None else None
    pattern = getattr(mark, kind)
    for text in _texts(page, kind):
        if found := pattern.search(text):
            return f"{kind} {' '.join(found[0].split())[:80]}"
    return None


def _texts(page: ForumPage, kind: str) -> Iterable[str]:
    match kind:
        case "generator":
            nodes = page.tree.css('meta[name="generator" i]')
            return [node.attributes.get("content") or "" for node in nodes]
        case "header":
            return [f"{name}: {value}" for name, value in page.headers.items()]
        case "cookie":
            return [value for name, value in page.headers.items() if name.lower() == "set-cookie"]
        case "url":
            return [page.url]
        case _:
            return [page.text] if len(page.text) <= HEAD + FOOT else [page.text[:HEAD], page.text[-FOOT:]]
