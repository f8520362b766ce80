"""The labelled texts that models are trained on: our own material, and tweets whose licence grants it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH

MATERIAL = Path(__file__).parents[1] / "material"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts with what is known of them; `writers` are kept whole when it is split."""

    texts: list[str]
    writers: NDArray[np.str_]
    languages: NDArray[np.str_]
    is_own: NDArray[np.bool_]  # of our own material
    labels: dict[str, NDArray[np.int64]]  # of each task: the number of the value, -1 where it is not known

    def __add__(self, other: Corpus) -> Corpus:
        """Both, one after the other."""
        return Corpus(
            self.texts + other.texts,
            np.concatenate([self.writers, other.writers]),
            np.concatenate([self.languages, other.languages]),
            np.concatenate([self.is_own, other.is_own]),
            {task: np.concatenate([self.labels[task], other.labels[task]]) for task in TASKS},
        )

    def targets(self, task: str) -> NDArray[np.float32]:
        """One row a text: 1 at its value, nothing where it is not known."""
        rows = np.zeros((len(self.texts), WIDTH), dtype=np.float32)[:, COLUMNS[task]]
        known = np.flatnonzero(self.labels[task] >= 0)
        rows[known, self.labels[task][known]] = 1
        return rows


def material() -> Corpus:
    """Our own messages and answers."""
    return _read(
        MATERIAL / "messages.csv", "sectors", {task: task for task in VALUES if task != "reply_kind"}
    ) + _read(MATERIAL / "replies.csv", "sectors", {"reply_kind": "kind"})


def tweets(data: Path, split: str = "train") -> Corpus:
    """Tweets of six languages with their sentiment (Apache-2.0); only `train` may be trained on."""
    return _read(data / "tweets_sentiment" / "tweets.csv", "lang", {"sentiment": "label"}, split)


def fold(corpus: Corpus) -> NDArray[np.int64]:
    """The part with which each text is held out: a writer of the material whole, other texts by chance."""
    writers = sorted(set(corpus.writers[corpus.is_own].tolist()))
    folds = np.random.default_rng(0).integers(0, len(writers), len(corpus.texts))
    for number, writer in enumerate(writers):
        folds[corpus.is_own & (corpus.writers == writer)] = number
    return folds


def _read(file: Path, writer: str, columns: dict[str, str], split: str | None = None) -> Corpus:
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if split is None or row["split"] == split]
    labels = {task: np.full(len(rows), -1) for task in TASKS}
    for task, column in columns.items():
        labels[task] = np.array([VALUES[task].index(row[column]) for row in rows])
    return Corpus(
        [row["text"] for row in rows],
        np.array([row[writer] for row in rows]),
        np.array([row.get("language") or row["lang"][:2] for row in rows]),
        np.full(len(rows), file.parent == MATERIAL),
        labels,
    )
