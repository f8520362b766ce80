"""Towns, regions, countries and places of business that a text names.

Town names are words and people's names, too ("Nice", "Reading", "Charlotte"): what stands around them decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flows.understand.analyzer import Mention
from flows.understand.folding import Folded
from flows.understand.gazetteer import HOME, Spot, is_ambiguous, spots
from flows.understand.phrases import Hit, Phrases, longest
from flows.understand.profile import Place

KIND = "place"
MOST = 20  # places of one text that are told
OF_COMPANY, OF_LANGUAGE = 100.0, 10.0  # as if so many times the people lived there
LARGE = 200_000  # people: smaller towns need more than a capital that any word has there
KNOWN_EVERYWHERE = 500_000  # people: a town that is known without a capital letter
LONG = 5  # letters of a name that counts written small

# Before a place, never before a person or a thing; and words that say less.
STRONG = re.compile(
    r"(?:\b(?:a|au|aux|in|near|habite|vers|pres de|gare de|gare d'|agence de|agence d'|magasin de|boutique de|ville de|city of"
    r"|region de|aeroport de|centre de|quartier de|airport of|branch in|store in|living in|based in|direction de|destination de"
    r"|entre|depuis|\d{5})|d'origine de) $"
)
WEAK = re.compile(r"\b(?:de|d'|en|from|to|at|sur|for|pour|via|et|and|ou|or|of)\s?$")
AFTER = re.compile(
    r"^(?:,? ?\(\d{2,5}\)| \d{5}\b|, (?:france|belgique|suisse|uk|england|germany|spain|italy|[a-z]{2}\b))"
)
PERSON = re.compile(
    r"\b(?:m|mr|mme|mlle|monsieur|madame|mademoiselle|mrs|ms|miss|dr|hello|hey|hi|bonjour|dear|cher|chere|merci|thanks|thank you)\.? $"
)
HANDLE = re.compile(r"[@/._]$")
# Companies and teams that carry a place in their name.
COMPANY_BEFORE = re.compile(
    r"\b(?:air|bank of|banque de|radio|credit|credit du|british|royal|american|real|inter|fc|us|as|stade) $"
)
COMPANY_AFTER = re.compile(
    r"^ (?:\d|telecom|travail|inter|info|bleu|televisions?|tv|connect|services|billet|saint germain|sg|airlines?|airways|fc"
    r"|united|city fc|times|hilton|bank|mutuelle|habitation|loisirs|abonnements)\b"
)
SENTENCE = re.compile(r"(?:^|[.!?\n:]\s*)$")
CERTAIN, LIKELY, POSSIBLE = 0.95, 0.9, 0.75


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
    """How likely it is that the name means the place, from its capital and what stands beside it; 0: it does not."""
    before = text.plain[max(0, hit.start - 20) : hit.start]
    after = text.plain[hit.end : hit.end + 20]
    if (
        HANDLE.search(before)
        or PERSON.search(before)
        or COMPANY_BEFORE.search(before)
        or COMPANY_AFTER.match(after)
    ):
        return 0.0
    is_capital = text.text[hit.span[0]].isupper()
    is_strong = bool(STRONG.search(before)) or bool(AFTER.match(after))
    name = text.text[slice(*hit.span)]
    if len(name) <= 2:  # "UK", not "de" or "us"
        return LIKELY if name == "UK" else 0.0
    if is_ambiguous(text.plain[hit.start : hit.end], spot):
        return POSSIBLE if is_capital and is_strong and not name.isupper() else 0.0
    if is_capital:
        if name.isupper() and len(name) < LONG and not is_strong:
            return 0.0
        if is_strong or spot.type != "town":
            return CERTAIN
        if spot.people < LARGE and not WEAK.search(before) and (SENTENCE.search(before) or _is_name(text, hit)):
            return 0.0
        return LIKELY
    if len(name) < LONG:
        return POSSIBLE if is_strong and spot.people >= KNOWN_EVERYWHERE else 0.0
    if is_strong:
        return POSSIBLE
    return (
        POSSIBLE - 0.1 if spot.people >= KNOWN_EVERYWHERE or (WEAK.search(before) and spot.people >= 100_000) else 0.0
    )


def _is_name(text: Folded, hit: Hit[tuple[Spot, ...]]) -> bool:
    """Whether another capital follows or precedes: "Fleetwood Mac", "Ann Blackburn"."""
    after, before = text.text[hit.span[1] : hit.span[1] + 2], text.text[: hit.span[0]]
    return bool(
        (re.match(r" [^\W\d_]", after)
        and after[1].isupper())
        or (re.search(r"[^\W\d_]+ $", before[-30:])
        and before.split()[-1][0].isupper())
    )
