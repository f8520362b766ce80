"""The analyser that puts a message's facts together: labels of trained heads, the language, and all that is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flows.understand.analyzer import Label, Mention, Text, Understanding
from flows.understand.folding import fold
from flows.understand.language import Languages
from flows.understand.products import Competitors, Products
from flows.understand.profile import Profile
from flows.understand.topics import Topics

VERSION = "1"  # of what this room finds without trained heads: raise it where answers change


class LabelModel(Protocol):
    """Trained heads: labels by task for each text."""

    name: str
    version: str

    def labels(self, texts: Sequence[Text]) -> Sequence[Mapping[str, Label]]:
        """One mapping a text, in their order."""
        ...


class Reading:
    """An Analyzer: adds the language and the mentions of a company's lists to what a label model says."""

    def __init__(self, profile: Profile, model: LabelModel | None = None) -> None:
        """Take the company's lists, and heads; without heads the language is the only label."""
        self.name = model.name if model else "words"
        self.version = f"{model.version}+{VERSION}" if model else VERSION
        self._model = model
        self._languages = Languages(profile.languages)
        self._topics = Topics(profile.topics)
        self._products = Products(profile.products)
        self._competitors = Competitors(profile.competitors)

    def analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        """Read texts; never raises for what a text holds."""
        labels = self._model.labels(texts) if self._model else [{} for _ in texts]
        return [self._read(text, own) for text, own in zip(texts, labels, strict=True)]

    def _read(self, text: Text, labels: Mapping[str, Label]) -> Understanding:
        language = self._languages.detect(text.text, text.language_hint)
        folded = fold(text.text)
        spoken = language.value if language.probability >= SURE else None
        mentions: list[Mention] = []
        mentions += self._topics.find(folded, spoken)
        mentions += self._products.find(folded)
        mentions += self._competitors.find(folded)
        return Understanding({**labels, "language": language}, tuple(mentions))


SURE = 0.7  # from here on words of other languages do not count
