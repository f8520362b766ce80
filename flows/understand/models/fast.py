"""The fast analyser: every task by the student alone, thousands of messages a second on one core."""

from __future__ import annotations

from collections.abc import Sequence

from flows.understand.analyzer import Text, Understanding
from flows.understand.models import ngrams, student
from flows.understand.models.labelling import label
from flows.understand.models.mixing import Floats
from flows.understand.models.student import BATCH


class FastAnalyzer:
    """Answers all tasks with calibrated probabilities and the words that weighed most."""

    name = "fast"

    def __init__(self, model: student.Student | None = None) -> None:
        """With the student that ships, unless another is given."""
        self._student = model or student.load()
        self.version = self._student.version

    def analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        """One Understanding a text, in their order."""
        found: list[Understanding] = []
        for first in range(0, len(texts), BATCH):
            batch = texts[first : first + BATCH]
            grams = ngrams.read([text.text for text in batch])
            weights = self._student.gather(grams)
            chances = self._student.mixer.chances(self._student.scores(grams, weights))
            found += label(batch, chances, grams, weights)
        return found

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> Floats:
        """One row a text, one column a value of each task (`tasks.COLUMNS`)."""
        return self._student.mixer.chances(self._student.read(texts))
