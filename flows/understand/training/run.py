"""`vigie train`: every part from the sources of docs/model-card.md, written where the analysers read it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from flows.errors import VigieError
from flows.understand.models import heads as shipped_heads
from flows.understand.models import student as shipped_student
from flows.understand.models.encoder import embedder
from flows.understand.models.mixing import Floats
from flows.understand.models.tasks import COLUMNS, TASKS
from flows.understand.training import corpus as corpora
from flows.understand.training import heads, mixing, student
from flows.understand.training.corpus import Corpus

Say = Callable[[str], None]
PARTS = ("student", "heads")


def train(data: Path, folder: Path, parts: tuple[str, ...], say: Say) -> None:
    """Train parts; `folder` keeps the converted encoder, and what one part tells the next."""
    if find_spec("sklearn") is None:
        raise VigieError("training needs scikit-learn: pip install 'vigie[train]'")
    if not (data / "tweets_sentiment" / "tweets.csv").is_file():
        raise VigieError(f"{data} has no tweets_sentiment/tweets.csv (docs/model-card.md says where it comes from)")
    corpus = corpora.material() + corpora.tweets(data)
    folds = corpora.fold(corpus)
    kept = folder / "held-out.npy"  # the student's scores of texts that it never read
    if "student" in parts or not kept.is_file():
        _train_student(corpus, folds, kept, say)
    if "heads" in parts:
        _train_heads(corpus, folds, folder, np.load(kept), say)


def _train_student(corpus: Corpus, folds: mixing.Ints, kept: Path, say: Say) -> None:
    table, biases, held_out = student.train(corpus, folds)
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.save(kept, held_out)
    _say_figures("student", corpus, folds, (held_out,), say)
    mixer = mixing.fit((held_out,), corpus.labels, np.ones(len(folds), dtype=bool))
    shipped_student.save(shipped_student.Student("", *student.pack(table), biases, mixer))


def _train_heads(corpus: Corpus, folds: mixing.Ints, folder: Path, students: Floats, say: Say) -> None:
    say(f"reading {len(corpus.texts):,} texts with the encoder")
    weights, biases, held_out = heads.train(corpus, embedder.load(folder).embed(corpus.texts), folds)
    _say_figures("standard", corpus, folds, (held_out, students), say)
    mixer = mixing.fit((held_out, students), corpus.labels, np.ones(len(folds), dtype=bool))
    shipped_heads.save(shipped_heads.Heads("", weights, biases, mixer))


def _say_figures(name: str, corpus: Corpus, folds: mixing.Ints, scores: tuple[Floats, ...], say: Say) -> None:
    """How many answers are right on folds that neither the models nor the mixer read."""
    chances = np.zeros_like(scores[0])
    for fold in np.unique(folds):
        here = folds == fold
        chances[here] = mixing.fit(scores, corpus.labels, ~here).chances(*(each[here] for each in scores))
    for task in TASKS:
        for language in ("en", "fr"):
            values = corpus.labels[task]
            known = (values >= 0) & corpus.is_own & (corpus.languages == language)
            right = (chances[known][:, COLUMNS[task]].argmax(axis=1) == values[known]).mean()
            say(f"{name}, {task}, {language}: {right:.3f} right of {known.sum():,} by writers held out")
