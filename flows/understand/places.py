"""Towns, regions, countries and places of business that a text names.

Town names are words and people's names, too ("Nice", "Reading", "Charlotte"): what stands around them decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from flows.understand.analyzer import Mention
from flows.understand.folding import Folded
from flows.understand.gazetteer import HOME, Spot, is_ambiguous, spots
from flows.understand.lists import read
from flows.understand.phrases import Hit, Phrases, longest
from flows.understand.profile import Place

KIND = "place"
MOST = 20  # places of one text that are told
OF_COMPANY, OF_LANGUAGE = 1000.0, 10.0  # as if so many times the people lived there
LARGE = 200_000  # people: smaller towns need more than a capital that any word has there
KNOWN_EVERYWHERE, NEVER = 500_000, 10**9  # people: of a town that is known without a capital letter
SHORTEST = 4  # letters of a town that counts without a cue
LONG = 5  # letters of a name that counts written small
LOOK = 20  # characters before and after that are looked at
ACRONYMS = ("USA", "UK")

AFTER = re.compile(
    r"^(?:,? ?\(\d{2,5}\)| \d{5}\b|, (?:france|belgique|suisse|uk|england|germany|spain|italy|[a-z]{2}\b))"
)
HANDLE = re.compile(r"[@/._]$")
SENTENCE = re.compile(r"(?:^|[.!?\n:]\s*)$")
CERTAIN, LIKELY, POSSIBLE, GUESS = 0.95, 0.9, 0.75, 0.65


@cache
def _cues() -> dict[str, re.Pattern[str]]:
    """What stands before or after a name, as patterns that end or begin there."""
    lists = read("places")
    before = {
        kind: re.compile(rf"(?:^|\b)(?:{'|'.join(lists[kind])})(?:\. |(?<=') ?| )$")
        for kind in ("strong_cues", "weak_cues", "before_people", "before_in_names")
    }
    return before | {"after_in_names": re.compile(rf" (?:{'|'.join(lists['after_in_names'])})\b")}


class Places:
    """Finds places; of several towns of one name the one where the company does business, else the largest."""

    def __init__(self, places: Iterable[Place] = (), countries: Sequence[str] = ()) -> None:
        """Take the rows of the seed `places`, and the countries in which the company does business."""
        self._own = Phrases((name, row) for row in places for name in (row.place, *row.synonyms))
        self._known = Phrases(spots().items())
        self._countries = frozenset(countries)

    def find(self, text: Folded, language: str | None = None) -> list[Mention]:
        """Return the places named, in the order of the text; a text's language tells which Orange it means."""
        own = longest(self._own.find(text))
        mentions = [
            Mention(KIND, hit.owner.place, hit.span, 1.0, {"country": hit.owner.country, "type": "own"})
            for hit in own[:MOST]
        ]
        for hit in longest(self._known.find(text)):
            if len(mentions) == MOST:
                break
            if any(hit.start < other.end and other.start < hit.end for other in own):
                continue
            spot = max(hit.owner, key=lambda spot: spot.people * self._weight(spot.country, language))
            if probability := _probability(text, hit, spot):
                mentions.append(Mention(KIND, spot.name, hit.span, probability, spot.details))
        return sorted(mentions, key=lambda mention: mention.span)

    def _weight(self, country: str, language: str | None) -> float:
        if country in self._countries:
            return OF_COMPANY
        return OF_LANGUAGE if country in HOME.get(language or "", ()) else 1.0


def _probability(text: Folded, hit: Hit[tuple[Spot, ...]], spot: Spot) -> float:
    """How likely the name means the place, from its capital and what stands beside it; 0: it does not."""
    before = text.plain[max(0, hit.start - LOOK) : hit.start]
    after = text.plain[hit.end : hit.end + LOOK]
    cues = _cues()
    name = text.text[slice(*hit.span)]
    is_else = (
        HANDLE.search(before)
        or cues["before_people"].search(before)
        or cues["before_in_names"].search(before)
        or cues["after_in_names"].match(after)
    )
    is_strong = bool(cues["strong_cues"].search(before) or AFTER.match(after))
    is_short = len(name) < SHORTEST and spot.type == "town" and not is_strong
    if is_else or is_short or (len(name) <= 2 and name not in ACRONYMS):  # "us" and "de" are words
        return 0.0
    if is_ambiguous(text.plain[hit.start : hit.end], spot):
        return POSSIBLE if is_strong and name[0].isupper() and not name.isupper() else 0.0
    is_weak = bool(cues["weak_cues"].search(before))
    if name[0].isupper():
        is_known = is_weak or spot.people >= LARGE or not (SENTENCE.search(before) or _is_name(text, hit))
        return _of_capital(name, spot, is_strong, is_known)
    return _of_small_letters(name, spot, is_strong, is_weak)


def _of_capital(name: str, spot: Spot, is_strong: bool, is_known: bool) -> float:
    """A capital tells, unless any word has one there, or the name is shouted or an abbreviation."""
    is_letters = name.isupper() and len(name) < LONG and name not in ACRONYMS
    if is_strong or (spot.type != "town" and not is_letters):
        return CERTAIN
    return LIKELY if is_known and not is_letters else 0.0


def _of_small_letters(name: str, spot: Spot, is_strong: bool, is_weak: bool) -> float:
    """Only what is long or has a cue, and is large enough to be meant."""
    least = 0 if is_strong else LARGE // 2 if is_weak else KNOWN_EVERYWHERE
    if len(name) < LONG:
        least = KNOWN_EVERYWHERE if is_strong else NEVER
    return 0.0 if spot.people < least else POSSIBLE if is_strong else GUESS


def _is_name(text: Folded, hit: Hit[tuple[Spot, ...]]) -> bool:
    """Whether another capital follows or precedes: "Fleetwood Mac", "Ann Blackburn"."""
    start, end = hit.span
    after, before = text.text[end : end + 2], text.text[max(0, start - LOOK) : start]
    return bool((after[:1] == " " and after[1:].isupper()) or re.search(r"(?:^|\s)[A-ZÀ-Þ]\w* $", before))
