"""The fast analyser: every task by the student alone, thousands of messages a second on one core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Label, Text, Understanding
from flows.understand.models import ngrams, student
from flows.understand.models.evidence import find_evidence
from flows.understand.models.tasks import COLUMNS, VALUES

BATCH = 256  # texts whose n-grams are held at once


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
            found += self._analyze(texts[first : first + BATCH])
        return found

    def probabilities(self, texts: Sequence[str]) -> student.Floats:
        """One row a text, one column a value of each task (`tasks.COLUMNS`)."""
        rows = []
        for first in range(0, len(texts), BATCH):
            grams = ngrams.read(texts[first : first + BATCH])
            rows.append(student.softmax_tasks(self._student.scores(grams, self._student.gather(grams))))
        return np.concatenate(rows) if rows else np.zeros((0, len(self._student.scales)), dtype=np.float32)

    def _analyze(self, texts: Sequence[Text]) -> list[Understanding]:
        grams = ngrams.read([text.text for text in texts])
        weights = self._student.gather(grams)
        chances = student.softmax_tasks(self._student.scores(grams, weights))
        best = {task: chances[:, columns].argmax(axis=1) for task, columns in COLUMNS.items()}
        is_company = np.array([text.is_company for text in texts])
        evidence = {
            task: find_evidence(
                grams, weights, COLUMNS[task].start + best[task], is_company == (task in COMPANY_TASKS)
            )
            for task in COLUMNS
        }
        found = []
        for number, text in enumerate(texts):
            labels = {}
            for task in COMPANY_TASKS if text.is_company else CUSTOMER_TASKS:
                value = int(best[task][number])
                chance = float(chances[number, COLUMNS[task].start + value])
                labels[task] = Label(VALUES[task][value], chance, evidence[task].get(number, ()))
            found.append(Understanding(labels))
        return found
