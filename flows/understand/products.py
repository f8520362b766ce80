"""Products of the company's list that a text names, also misspelt: the family, with the SKU as a candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.understand.analyzer import Mention, Span
from flows.understand.folding import Folded, fold
from flows.understand.phrases import ANY_ENDING, AS_WRITTEN, Phrases, longest
from flows.understand.profile import Competitor, Product
from flows.understand.vocabulary import common_words

KIND = "product"
MOST = 20  # mentions of products in one text that are told
WORD = re.compile(r"\w+")
NO_FIGURE = re.compile(r"\D+")
SHORTEST, SHORT, LONG = 4, 6, 8  # letters: of a word that is compared, of a name with one typo, with two
LONG_WORD = 10  # letters of a name of one word with two typos: "couvert" is not "découvert"
MOST_TYPOS = 2
# Families named rightly at no, one and two typos, measured on 2,000 drawn misspellings (docs/enrichments.md).
PROBABILITY = (1.0, 0.95, 0.73)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a product as it is compared, and what it may stand for."""

    words: tuple[str, ...]
    owners: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """A stretch of `Folded.plain` that names a product, or several alike."""

    typos: int
    start: int
    end: int
    owners: tuple[Product, ...]

    def says_more_than(self, other: _Named) -> bool:
        """Whether it holds the other one, of the same family, and tells the product that the other leaves open."""
        return (
            self.start <= other.start
            and other.end <= self.end
            and not any(owner.product for owner in other.owners)
            and self.owners[0].family == other.owners[0].family
        )


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
        self._exact = Phrases((name, tuple(dict.fromkeys(named))) for name, named in owners.items())
        self._by_word: dict[str, list[_Name]] = {}
        for name, named in owners.items():
            if name.startswith(AS_WRITTEN) or ANY_ENDING in name:
                continue
            words = tuple(WORD.findall(fold(name).plain))
            for word in words:
                self._by_word.setdefault(word, []).append(_Name(words, tuple(dict.fromkeys(named))))
        self._words = [word for word in self._by_word if len(word) >= SHORTEST]
        self._near = lru_cache(maxsize=50_000)(self._find_near)

    def find(self, text: Folded) -> list[Mention]:
        """Return the products named, in the order of the text."""
        named = [_Named(0, hit.start, hit.end, hit.owner) for hit in longest(self._exact.find(text))[:MOST]]
        if self._words:
            for guess in self._misspelt(text):
                there = [one for one in named if guess.start < one.end and one.start < guess.end]
                if all(guess.says_more_than(one) for one in there):
                    named = [one for one in named if one not in there] + [guess]
        named.sort(key=lambda one: one.start)
        return [_mention(one, text.span(one.start, one.end)) for one in named[:MOST]]

    def _find_near(self, word: str) -> tuple[str, ...]:
        """Words of names that this one may be meant for; a word that people use is itself."""
        if word in common_words():
            return ()
        most = 1 if len(word) < SHORT else MOST_TYPOS
        near = process.extract(word, self._words, scorer=OSA.distance, processor=None, score_cutoff=most, limit=5)
        return tuple(name for name, _, _ in near)

    def _misspelt(self, text: Folded) -> list[_Named]:
        """Names that the text comes near to, those with the fewest typos first, of these the longest."""
        words = list(WORD.finditer(text.plain))
        found: dict[tuple[int, int, int], list[Product]] = {}
        for at, word in enumerate(words):
            if len(word[0]) >= SHORTEST and (near := self._near(word[0])):
                for name in (name for other in near for name in self._by_word[other]):
                    for key in _aligned(words, at, name):
                        found.setdefault(key, []).extend(name.owners)
        return [
            _Named(typos, start, end, tuple(dict.fromkeys(found[typos, start, end])))
            for typos, start, end in sorted(found, key=lambda key: (key[0], key[1] - key[2]))
        ]


def allowed_typos(name: Sequence[str]) -> int:
    """How many typos a name of these words may have: more would make another word of it."""
    letters = len(" ".join(name))
    if letters < SHORT:
        return 0
    return MOST_TYPOS if letters >= (LONG if len(name) > 1 else LONG_WORD) else 1


def _aligned(words: Sequence[re.Match[str]], at: int, name: _Name) -> Iterator[tuple[int, int, int]]:
    """Lay a name over the text, one of its words on this one; yield typos, start and end of what fits."""
    size = len(name.words)
    whole = " ".join(name.words)
    most = allowed_typos(name.words)
    for first in range(max(0, at - size + 1), min(at, len(words) - size) + 1):
        there = words[first : first + size]
        typos = OSA.distance(" ".join(word[0] for word in there), whole, score_cutoff=most)
        # A figure is no typo: an S12 is another product than the S21.
        if 0 < typos <= most and all(_figures(a[0]) == _figures(b) for a, b in zip(there, name.words, strict=True)):
            yield typos, there[0].start(), there[-1].end()


def _figures(word: str) -> str:
    return NO_FIGURE.sub("", word)


def _mention(named: _Named, span: Span) -> Mention:
    typos = {"typos": named.typos} if named.typos else {}
    family, *others = dict.fromkeys(owner.family for owner in named.owners)
    probability = PROBABILITY[named.typos] / (1 + len(others))
    if len(named.owners) == 1:
        owner = named.owners[0]
        own = {"product": owner.product, "sku": owner.sku}
        return Mention(KIND, family, span, probability, {k: v for k, v in own.items() if v} | typos)
    candidates = [owner.sku or owner.product for owner in named.owners if owner.sku or owner.product]
    return Mention(KIND, family, span, probability, {"candidates": candidates} | typos)


class Competitors:
    """Finds other companies by name and synonym, as they are written in the seed `competitors`."""

    def __init__(self, competitors: Iterable[Competitor]) -> None:
        """Take the rows of the seed."""
        self._phrases: Phrases[str] = Phrases(
            (name, row.competitor) for row in competitors for name in (row.competitor, *row.synonyms)
        )

    def find(self, text: Folded) -> list[Mention]:
        """Return the competitors named, in the order of the text."""
        return [Mention("competitor", hit.owner, hit.span) for hit in longest(self._phrases.find(text))[:MOST]]
