"""The fast analyser: every task by the student alone, thousands of messages a second on one core."""

from __future__ import annotations

from collections.abc import Sequence

from flows.understand.analyzer import Text, Understanding
from flows.understand.models import ngrams, student
from flows.understand.models.labelling import label
from flows.understand.models.learned import Learned
from flows.understand.models.mixing import Floats, log_chances
from flows.understand.models.student import BATCH


class FastAnalyzer:
    """Answers all tasks with calibrated probabilities and the words that weighed most."""

    name = "fast"

    def __init__(self, model: student.Student | None = None, learned: Learned | None = None) -> None:
        """With the student that ships, unless another is given; and what a company's corrections taught."""
        self._student = model or student.load()
        self.base = self._student.version
        self._move = learned.of(self.name, self.base) if learned else None
        self.version = f"{self.base}.{learned.version}" if learned and self._move else self.base

    def analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        """One Understanding a text, in their order."""
        found: list[Understanding] = []
        for first in range(0, len(texts), BATCH):
            batch = texts[first : first + BATCH]
            grams = ngrams.read([text.text for text in batch])
            weights = self._student.gather(grams)
            chances = self._chances(self._student.scores(grams, weights))
            found += label(batch, chances, grams, weights)
        return found

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> Floats:
        """One row a text, one column a value of each task (`tasks.COLUMNS`)."""
        return self._chances(self._student.read(texts))

    def hear(self, texts: Sequence[Text]) -> tuple[Floats, Floats]:
        """What corrections can move: what the student hears of texts, and the probabilities that it gives."""
        scores = self._student.read([text.text for text in texts])
        return log_chances(scores), self._student.mixer.chances(scores)

    def _chances(self, scores: Floats) -> Floats:
        chances = self._student.mixer.chances(scores)
        return self._move.chances(chances, log_chances(scores)) if self._move else chances
