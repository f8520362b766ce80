"""The labelled texts that models are trained on: our own material, and texts of others whose licence grants it.

Of those that our readers labelled only checksums and labels stand here; the texts are read from `VIGIE_DATA`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH
from flows.understand.training import pools

MATERIAL = Path(__file__).parents[1] / "material"
OF_CUSTOMERS = {task: task for task in VALUES if task != "reply_kind"}  # the column of each task
OF_COMPANIES = {"reply_kind": "kind"}
MOST = 450  # texts of one sentiment that a source may teach
Kind = Literal["invented", "real", "tweets"]  # our material; real texts that we labelled; tweets with a sentiment


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts with what is known of them; `writers` are kept whole when it is split."""

    texts: list[str]
    writers: NDArray[np.str_]
    languages: NDArray[np.str_]
    kinds: NDArray[np.str_]
    labels: dict[str, NDArray[np.int64]]  # of each task: the number of the value, -1 where it is not known

    def __add__(self, other: Corpus) -> Corpus:
        """Both, one after the other."""
        return Corpus(
            self.texts + other.texts,
            np.concatenate([self.writers, other.writers]),
            np.concatenate([self.languages, other.languages]),
            np.concatenate([self.kinds, other.kinds]),
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
    return _read(_rows(MATERIAL / "messages.csv"), "invented", "sectors", OF_CUSTOMERS) + _read(
        _rows(MATERIAL / "replies.csv"), "invented", "sectors", OF_COMPANIES
    )


def real(data: Path) -> Corpus:
    """Real messages and answers that our readers labelled, as far as texts are there; none of the gold set."""
    texts = pools.by_checksum(data)
    found = []
    for name, columns in (("real_messages.csv", OF_CUSTOMERS), ("real_replies.csv", OF_COMPANIES)):
        rows = [row | {"text": texts[row["key"]]} for row in _rows(MATERIAL / name) if row["key"] in texts]
        found.append(_read(rows, "real", "source", columns))
    _level(found[0])
    return found[0] + found[1]


def _level(corpus: Corpus) -> None:
    """Take sentiments away until `MOST` of one are left of a source; of tweets that bring their own, all.

    Half of what customers of one company write is angry: learnt as it is, every text that sounds like it would be.
    """
    drawn, labels = np.random.default_rng(11), corpus.labels["sentiment"]
    for source in sorted(set(corpus.writers.tolist())):
        most = 0 if source == "tweets_sentiment" else MOST
        for value in range(len(VALUES["sentiment"])):
            rows = np.flatnonzero((corpus.writers == source) & (labels == value))
            labels[drawn.permutation(rows)[most:]] = -1


def tweets(data: Path, split: str = "train") -> Corpus:
    """Tweets of six languages with their sentiment (Apache-2.0); only `train` may be trained on."""
    rows = [row for row in _rows(data / "tweets_sentiment" / "tweets.csv") if row["split"] == split]
    return _read(rows, "tweets", "lang", {"sentiment": "label"})


def fold(corpus: Corpus) -> NDArray[np.int64]:
    """The part with which each text is held out: a writer of the material whole, other texts by chance."""
    is_own = corpus.kinds == "invented"
    writers = sorted(set(corpus.writers[is_own].tolist()))
    folds = np.random.default_rng(0).integers(0, len(writers), len(corpus.texts))
    for number, writer in enumerate(writers):
        folds[is_own & (corpus.writers == writer)] = number
    return folds


def _read(rows: list[dict[str, str]], kind: Kind, writer: str, columns: dict[str, str]) -> Corpus:
    labels = {task: np.full(len(rows), -1) for task in TASKS}
    for task, column in columns.items():
        labels[task] = np.array([VALUES[task].index(row[column]) for row in rows], dtype=np.int64)
    return Corpus(
        [row["text"] for row in rows],
        np.array([row[writer] for row in rows]),
        np.array([row.get("language") or row["lang"][:2] for row in rows]),
        np.full(len(rows), kind),
        labels,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
