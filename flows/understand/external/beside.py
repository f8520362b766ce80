"""An analyser of a company's own beside a shipped one: it answers some tasks, the shipped one the others.

The words that prove an answer are those that weigh most for it in the student's table, whoever answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from flows.errors import VigieError
from flows.understand import speeds
from flows.understand.analyzer import COMPANY_TASKS, Label, Text
from flows.understand.models import ngrams, student
from flows.understand.models.labelling import label
from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS, WIDTH

Base = Literal["fast", "cascade", "standard"]
UNSURE = 0.55  # of what could not be read: below `tasks.UNSURE_BELOW`, so that it is shown as unsure


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities of the first texts that were given: NaN where a task was not asked, or its answer not readable.

    `stopped` says why there are fewer than texts: no more may be read in this run.
    """

    chances: Floats
    unreadable: NDArray[np.bool_]  # a row a text, a column a task of `tasks.TASKS`
    stopped: str | None = None


class Other(Protocol):
    """A model of others."""

    name: str
    version: str
    page: int  # texts that are given at once, and written before the next are read

    def read(self, texts: Sequence[Text]) -> Answers:
        """Answer what it can of these texts, in their order."""
        ...


class Beside:
    """A label model: the other's answers, and the shipped analyser's where it has none."""

    one_process = True  # a budget is one, and so is a large model's memory

    def __init__(self, other: Other, base: Base) -> None:
        """`base` answers what the other is not asked."""
        self._other, self._base, self._student = other, speeds.open_analyzer(base), student.load()
        self.name, self.page, self.stopped = other.name, other.page, None
        self.version = hashlib.sha256(f"{other.version}+{self._base.version}".encode()).hexdigest()[:12]

    stopped: str | None

    def labels(self, texts: Sequence[Text]) -> list[Mapping[str, Label]]:
        """Labels by task; of fewer texts where no more may be read in this run: `stopped` says why."""
        chances = self._chances(texts)
        found: list[Mapping[str, Label]] = []
        for first in range(0, len(chances), student.BATCH):
            batch = texts[first : min(first + student.BATCH, len(chances))]
            grams = ngrams.read([text.text for text in batch])
            told = label(batch, chances[first : first + len(batch)], grams, self._student.gather(grams))
            found += [one.labels for one in told]
        return found

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> Floats:
        """One row a text, one column a value of each task (`tasks.COLUMNS`).

        Raises VigieError where not all may be read in this run.
        """
        pages = [texts[first : first + self.page] for first in range(0, len(texts), self.page)]
        found = [np.zeros((0, WIDTH), dtype=np.float32)]
        for page in pages:
            chances = self._chances([Text(text, is_company) for text in page])
            if len(chances) < len(page):
                raise VigieError(f"{self.name} read {sum(map(len, found)):,} of {len(texts):,}: {self.stopped}")
            found.append(chances)
        return np.concatenate(found)

    def _chances(self, texts: Sequence[Text]) -> Floats:
        answers = self._other.read(texts)
        self.stopped = answers.stopped
        read = texts[: len(answers.chances)]
        is_company = np.array([text.is_company for text in read], dtype=bool)
        base = np.zeros((len(read), WIDTH), dtype=np.float32)
        for side in (False, True):
            rows = np.flatnonzero(is_company == side)
            if len(rows):
                base[rows] = self._base.probabilities([read[row].text for row in rows.tolist()], side)
        for number, task in enumerate(TASKS):
            unread = answers.unreadable[:, number] & (is_company == (task in COMPANY_TASKS))
            base[unread, COLUMNS[task]] = doubt(base[unread, COLUMNS[task]])
        return np.where(np.isnan(answers.chances), base, answers.chances)


def doubt(chances: Floats) -> Floats:
    """The same likeliest values, said so that they are shown as unsure."""
    return spread(chances.argmax(axis=1), np.full(len(chances), UNSURE), chances.shape[1])


def spread(values: NDArray[np.int64], sure: NDArray[np.float64], width: int) -> Floats:
    """A probability for one value of each row; the others share the rest, and none has more than it."""
    sure = np.clip(sure, 1.01 / width, 0.999)
    found = np.repeat((1 - sure)[:, None] / (width - 1), width, axis=1).astype(np.float32)
    found[np.arange(len(values)), values] = sure
    return found
