"""Products of the company's list that a text names, also misspelt: the family, with the SKU as a candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.understand.analyzer import Mention
from flows.understand.folding import Folded, fold
from flows.understand.phrases import ANY_ENDING, AS_WRITTEN, Hit, Phrases, longest
from flows.understand.profile import Competitor, Product
from flows.understand.vocabulary import common_words

KIND = "product"
MOST = 20  # mentions of products in one text that are told
WORD = re.compile(r"\w+")
LETTERS_A_TYPO = 5  # a name of 5 letters may have one typo, of 10 two
MOST_TYPOS = 2
# Families named rightly at no, one and two typos, measured on 2,000 drawn misspellings (docs/enrichments.md).
PROBABILITY = (1.0, 0.95, 0.73)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a product as it is compared, and what it may stand for."""

    words: tuple[str, ...]
    owners: tuple[Product, ...]


class Products:
    """Finds products by name, SKU and synonym; a misspelt name is compared with all that share a word with it."""

    def __init__(self, products: Iterable[Product]) -> None:
        """Take the rows of the seed `products`."""
        owners: dict[str, list[Product]] = {}
        for product in products:
            own = (product.product, product.sku, *product.synonyms)
            for name in filter(None, own):
                owners.setdefault(name, []).append(product)
            if product.family not in own:
                owners.setdefault(product.family, []).append(Product(product.family))
        self._exact = Phrases((name, tuple(dict.fromkeys(own))) for name, own in owners.items())
        self._by_word: dict[str, list[_Name]] = {}
        for name, own in owners.items():
            if name.startswith(AS_WRITTEN) or ANY_ENDING in name:
                continue
            words = tuple(WORD.findall(fold(name).plain))
            for word in words:
                self._by_word.setdefault(word, []).append(_Name(words, tuple(dict.fromkeys(own))))
        self._words = [word for word in self._by_word if allowed_typos(len(word))]
        self._near = lru_cache(maxsize=50_000)(self._find_near)

    def find(self, text: Folded) -> list[Mention]:
        """Return the products named, in the order of the text."""
        exact = longest(self._exact.find(text))
        mentions = [_mention(hit.owner, hit.span, 0) for hit in exact[:MOST]]
        if self._words:
            mentions += self._misspelt(text, exact)
        return sorted(mentions, key=lambda mention: mention.span)[:MOST]

    def _find_near(self, word: str) -> tuple[str, ...]:
        """Words of names that this one may be meant for; a word that people use is itself."""
        if word in common_words():
            return ()
        most = allowed_typos(len(word))
        near = process.extract(word, self._words, scorer=OSA.distance, processor=None, score_cutoff=most, limit=5)
        return tuple(name for name, typos, _ in near if 0 < typos <= allowed_typos(len(name)))

    def _misspelt(self, text: Folded, exact: Sequence[Hit[tuple[Product, ...]]]) -> list[Mention]:
        words = list(WORD.finditer(text.plain))
        taken = [(hit.start, hit.end) for hit in exact]
        found: list[tuple[int, int, int, tuple[Product, ...]]] = []
        for at, word in enumerate(words):
            if len(word[0]) < LETTERS_A_TYPO - 1 or not (near := self._near(word[0])):
                continue
            for name in (name for other in near for name in self._by_word[other]):
                found.extend(_aligned(words, at, name))
        mentions: list[Mention] = []
        for typos, start, end, owners in sorted(found, key=lambda f: (f[0], f[1] - f[2])):
            if all(end <= first or last <= start for first, last in taken):
                taken.append((start, end))
                mentions.append(_mention(owners, text.span(start, end), typos))
        return mentions


def allowed_typos(letters: int) -> int:
    """How many typos a name of so many letters may have: more would make another word of it."""
    return min(MOST_TYPOS, letters // LETTERS_A_TYPO)


def _aligned(
    words: Sequence[re.Match[str]], at: int, name: _Name
) -> Iterable[tuple[int, int, int, tuple[Product, ...]]]:
    """Lay a name over the text so that one of its words lies on this one; yield what fits with few typos."""
    size = len(name.words)
    whole = " ".join(name.words)
    most = allowed_typos(len(whole))
    for first in range(max(0, at - size + 1), min(at, len(words) - size) + 1):
        there = words[first : first + size]
        typos = OSA.distance(" ".join(word[0] for word in there), whole, score_cutoff=most)
        if typos <= most and all(a[0] == b for a, b in zip(there, name.words, strict=True) if b.isdigit()):
            yield typos, there[0].start(), there[-1].end(), name.owners


def _mention(owners: Sequence[Product], span: tuple[int, int], typos: int) -> Mention:
    families = {owner.family for owner in owners}
    details = {"typos": typos} if typos else {}
    probability = PROBABILITY[typos] / len(families)
    if len(owners) == 1:
        owner = owners[0]
        named = {"product": owner.product, "sku": owner.sku}
        return Mention(KIND, owner.family, span, probability, {k: v for k, v in named.items() if v} | details)
    candidates = [owner.sku or owner.product for owner in owners if owner.sku or owner.product]
    return Mention(KIND, owners[0].family, span, probability, {"candidates": candidates} | details)


class Competitors:
    """Finds other companies by name and synonym, as they are written in the seed `competitors`."""

    def __init__(self, competitors: Iterable[Competitor]) -> None:
        """Take the rows of the seed."""
        self._phrases: Phrases[str] = Phrases(
            (name, row.competitor)
            for row in competitors
            for name in (row.competitor, *row.synonyms)
        )

    def find(self, text: Folded) -> list[Mention]:
        """Return the competitors named, in the order of the text."""
        return [Mention("competitor", hit.owner, hit.span) for hit in longest(self._phrases.find(text))[:MOST]]
