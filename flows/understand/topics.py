"""What a text is about, by the words that a company lists for each topic."""

from __future__ import annotations

from collections.abc import Iterable

from flows.understand.analyzer import Mention
from flows.understand.folding import Folded
from flows.understand.phrases import Hit, Phrases, longest
from flows.understand.profile import Topic

KIND = "topic"
MOST = 3  # mentions of one topic that are told: the first ones
# Share of hits that speak of the topic, counted by hand (docs/enrichments.md).
PRECISION = 0.9


class Topics:
    """Finds topics by words; those of another language than the text's do not count."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        """Take the rows of the seed `topics`."""
        self._phrases: Phrases[tuple[str, str]] = Phrases(
            (word, (topic.topic, topic.language)) for topic in topics for word in topic.words
        )

    def find(self, text: Folded, language: str | None = None) -> list[Mention]:
        """Return where each topic is spoken of, in the order of the text; language None: words of all languages."""
        hits: dict[str, list[Hit[tuple[str, str]]]] = {}
        for hit in self._phrases.find(text):
            topic, of = hit.owner
            if not of or language is None or of == language:
                hits.setdefault(topic, []).append(hit)
        return sorted(
            (
                Mention(KIND, topic, hit.span, PRECISION)
                for topic, found in hits.items()
                for hit in longest(found)[:MOST]
            ),
            key=lambda mention: mention.span,
        )
