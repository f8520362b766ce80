"""The standard analyser: encoder and heads beside the student, whose sure answers may be kept as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flows.understand.analyzer import COMPANY_TASKS, Text, Understanding
from flows.understand.models import heads, ngrams, student
from flows.understand.models.encoder import embedder
from flows.understand.models.labelling import label
from flows.understand.models.learned import Learned
from flows.understand.models.mixing import Floats, log_chances
from flows.understand.models.tasks import COLUMNS, WIDTH

BATCH = 256

# A text of which the student answers these tasks with this probability does not go through the encoder: where it
# is right of them it is right of the others. On writers and texts held out this costs .006 of any task at most.
DECIDING = ("intent", "sentiment", "reply_kind")
ALL_READ = 1.01
CASCADE = 0.75


class StandardAnalyzer:
    """Answers all tasks by both models; with `sure` below 1 by the student alone what it is that sure of."""

    def __init__(self, folder: Path | None = None, sure: float = ALL_READ, learned: Learned | None = None) -> None:
        """Convert or load the encoder in a folder: `models` in VIGIE_HOME unless another is given.

        `learned` is what a company's corrections taught.
        """
        if folder is None:
            from flows.settings import settings

            folder = settings().home_path / "models"
        self._student, self._heads = student.load(), heads.load()
        self._embedder = embedder.load(folder)
        self._sure = sure
        self.name = "cascade" if sure <= 1 else "standard"
        parts = (self._student.version, self._heads.version, self._embedder.version)
        self.base = _checksum(*parts)
        self.version = _checksum(*parts, str(sure))
        self._move = learned.of("standard", self.base) if learned else None
        self._fast_move = learned.of("fast", self._student.version) if learned and sure <= 1 else None
        if learned and (self._move or self._fast_move):
            self.version += f".{learned.version}"

    def analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        """One Understanding a text, in their order."""
        found: list[Understanding] = []
        for first in range(0, len(texts), BATCH):
            batch = texts[first : first + BATCH]
            grams = ngrams.read([text.text for text in batch])
            weights = self._student.gather(grams)
            is_company = np.array([text.is_company for text in batch])
            scores = self._student.scores(grams, weights)
            found += label(batch, self._chances([text.text for text in batch], scores, is_company), grams, weights)
        return found

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> Floats:
        """One row a text, one column a value of each task (`tasks.COLUMNS`)."""
        chances = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for first in range(0, len(texts), BATCH):
            batch = texts[first : first + BATCH]
            grams = ngrams.read(batch)
            scores = self._student.scores(grams, self._student.gather(grams))
            chances[first : first + BATCH] = self._chances(batch, scores, np.full(len(batch), is_company))
        return chances

    def hear(self, texts: Sequence[Text]) -> tuple[Floats, Floats]:
        """What corrections can move: what both models hear of texts, and the probabilities that they give."""
        bodies = [text.text for text in texts]
        scores, vectors = self._student.read(bodies), self._embedder.embed(bodies)
        of_heads = self._heads.scores(vectors)
        return _heard(of_heads, scores, vectors), self._heads.mixer.chances(of_heads, scores)

    def _chances(self, texts: Sequence[str], scores: Floats, is_company: np.typing.NDArray[np.bool_]) -> Floats:
        chances = self._student.mixer.chances(scores)
        if self._fast_move:
            chances = self._fast_move.chances(chances, log_chances(scores))
        unsure = np.zeros(len(texts), dtype=bool)
        for task in DECIDING:
            asked = is_company == (task in COMPANY_TASKS)
            unsure |= asked & (chances[:, COLUMNS[task]].max(axis=1) < self._sure)
        read = np.flatnonzero(unsure)
        if len(read):
            vectors = self._embedder.embed([texts[number] for number in read.tolist()])
            of_heads = self._heads.scores(vectors)
            chances[read] = self._heads.mixer.chances(of_heads, scores[read])
            if self._move:
                chances[read] = self._move.chances(chances[read], _heard(of_heads, scores[read], vectors))
        return chances


def _heard(of_heads: Floats, of_student: Floats, vectors: Floats) -> Floats:
    return np.concatenate([log_chances(of_heads), log_chances(of_student), vectors], axis=1)


def _checksum(*parts: str) -> str:
    return hashlib.sha256("+".join(parts).encode()).hexdigest()[:12]
