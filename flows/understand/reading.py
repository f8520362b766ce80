"""The analyser that puts a message's facts together: labels of trained heads, the language, what it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flows.understand import lists, noise
from flows.understand.analyzer import Label, Mention, Text, Understanding
from flows.understand.aspects import find as find_aspects
from flows.understand.dates import Dates
from flows.understand.folding import fold
from flows.understand.language import Languages
from flows.understand.places import Places
from flows.understand.products import Competitors, Products
from flows.understand.profile import Profile
from flows.understand.topics import Topics

VERSION = "2"  # of what is found without trained heads: raise it where code changes answers
LISTS = ("dates", "language", "noise", "places")  # what is read by: other content is another version by itself
SURE_LANGUAGE = 0.7  # from here on words of other languages do not count
SURE_NOISE = 0.8  # from here on a reason makes noise of a message, whatever the head says


class LabelModel(Protocol):
    """Trained heads: labels by task for each text."""

    name: str
    version: str

    def labels(self, texts: Sequence[Text]) -> Sequence[Mapping[str, Label]]:
        """One mapping a text, in their order; of the first texts alone where it may read no more (`Analyzer`)."""
        ...


class Reading:
    """An Analyzer: adds the language and the mentions of a company's lists to what a label model says."""

    def __init__(
        self,
        profile: Profile,
        model: LabelModel | None = None,
        clauses: LabelModel | None = None,
        learned: str | None = None,
    ) -> None:
        """Take the company's lists, and heads; without heads language and noise are the only labels.

        `learned` names what the heads were taught by corrections, for who opens the same again.
        `clauses` judges clauses in place of the heads where these take long for what is only indicative.
        """
        self.name = model.name if model else "words"
        versions = [own.version for own in (model, clauses) if own]
        self.version = "+".join([*versions, f"{VERSION}.{lists.version(*LISTS)}"])
        self._model, self._clauses = model, clauses or model
        self.learned = learned
        self.page: int | None = getattr(model, "page", None)
        self.one_process: bool = getattr(model, "one_process", False)
        self._languages = Languages(profile.languages)
        self._topics = Topics(profile.topics)
        self._products = Products(profile.products)
        self._competitors = Competitors(profile.competitors)
        self._dates = Dates(profile.zone, profile.english_day_first)
        self._places = Places(profile.places, profile.countries)

    @property
    def stopped(self) -> str | None:
        """Why the heads read no more in this run."""
        return getattr(self._model, "stopped", None)

    def analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        """Read texts; never raises for what a text holds."""
        labels: list[dict[str, Label]] = [{} for _ in texts]
        if self._model:
            labels = [dict(own) for own in self._model.labels(texts)]
            texts = texts[: len(labels)]
        mentions = [self._read(text, own) for text, own in zip(texts, labels, strict=True)]
        of_clauses = self._aspects(texts, labels, mentions)
        return [
            Understanding(own, (*named, *aspects))
            for own, named, aspects in zip(labels, mentions, of_clauses, strict=True)
        ]

    def _read(self, text: Text, labels: dict[str, Label]) -> list[Mention]:
        """Return what a text names; its language, and noise for which there is a reason, become labels."""
        labels["language"] = self._languages.detect(text.text, text.language_hint)
        language = labels["language"].value if labels["language"].probability >= SURE_LANGUAGE else None
        folded = fold(text.text)
        mentions = [
            *self._topics.find(folded, language),
            *self._products.find(folded),
            *self._competitors.find(folded),
            *self._dates.find(folded, text.posted_at, language),
            *self._places.find(folded, language),
        ]
        if not text.is_company and (reasons := noise.find(folded)):
            mentions += reasons
            labels["noise"] = _noise(labels.get("noise"), reasons)
        return mentions

    def _aspects(
        self,
        texts: Sequence[Text],
        labels: Sequence[Mapping[str, Label]],
        mentions: Sequence[Sequence[Mention]],
    ) -> list[list[Mention]]:
        """Judge customers' clauses that name topics, all at once, where the heads tell a sentiment."""
        whole = [own.get("sentiment") for own in labels]
        topics = [
            [mention for mention in named if mention.kind == "topic"] if sentiment and not text.is_company else []
            for text, named, sentiment in zip(texts, mentions, whole, strict=True)
        ]
        return find_aspects([text.text for text in texts], topics, whole, self._sentiments)

    def _sentiments(self, clauses: Sequence[str]) -> list[Label]:
        assert self._clauses is not None  # noqa: S101 - a sentiment of the whole came from heads
        return [own["sentiment"] for own in self._clauses.labels([Text(clause) for clause in clauses])]


def _noise(told: Label | None, reasons: Sequence[Mention]) -> Label:
    """What heads and reasons say together: a sure reason makes noise of it, others are evidence of a head's yes."""
    best = max(reason.probability for reason in reasons)
    spans = tuple(reason.span for reason in reasons)
    if told and told.value == "yes":
        return Label("yes", max(told.probability, best), told.evidence + spans)
    if best >= SURE_NOISE or told is None:
        return Label("yes", best, spans)
    return told
