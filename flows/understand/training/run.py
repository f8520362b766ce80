"""`vigie train`: every part from the sources of docs/model-card.md, written where the analysers read it.

The encoder is tuned without the writers in `HELD_OUT` and a part of the real texts and tweets. On these the heads
learn on, one part left out after the other, which gives scores by models that never read the part: figures and
mixers.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.errors import VigieError
from flows.understand.analyzer import COMPANY_TASKS
from flows.understand.models import heads as shipped_heads
from flows.understand.models import student as shipped_student
from flows.understand.models.encoder import embedder, package
from flows.understand.models.mixing import Floats, log_softmax
from flows.understand.models.tasks import COLUMNS, TASKS
from flows.understand.training import corpus as corpora
from flows.understand.training import heads, mixing, pools, student, tuning
from flows.understand.training.corpus import Corpus

Say = Callable[[str], None]
PARTS = ("encoder", "student")
HELD_OUT = ("retail", "social-talk")
HELD_OUT_BY_CHANCE = {"real": 0.4, "tweets": 0.1}
POOL = 6000  # customers' unlabelled texts that the student hears
ALOUD = 0.5  # what such a text counts for, beside 1 of a labelled one

DELTA, HEADS = "delta.npz", "heads.npz"  # of the tuned encoder, in the folder


def train(data: Path, folder: Path, parts: tuple[str, ...], say: Say) -> None:
    """Train parts; `folder` keeps the converted encoder, and what one part tells the next."""
    for module in ("scipy", "torch") if "encoder" in parts else ("scipy",):
        if find_spec(module) is None:
            raise VigieError(f"training needs {module} (docs/model-card.md says how to install it)")
    if not (data / "tweets_sentiment" / "tweets.csv").is_file():
        raise VigieError(f"{data} has no tweets_sentiment/tweets.csv (docs/model-card.md says where it comes from)")
    if "encoder" not in parts and not (folder / DELTA).is_file():
        raise VigieError(f"{folder} has no tuned encoder: train that part first")
    corpus = corpora.material() + corpora.real(data) + corpora.tweets(data)
    held_out = find_held_out(corpus)
    if "encoder" in parts:
        _tune(corpus, held_out, folder, say)
    if "student" in parts:
        _teach(corpus, held_out, pools.read(data), folder, say)


def find_held_out(corpus: Corpus) -> NDArray[np.bool_]:
    """The rows that the encoder is not tuned on: whole writers, and a part of what others wrote."""
    shares = np.array([HELD_OUT_BY_CHANCE.get(kind, 0.0) for kind in corpus.kinds.tolist()])
    # By the text itself: what is written or labelled later leaves the others where they were.
    drawn = np.array([int(pools.checksum(text), 16) / 16**16 for text in corpus.texts])
    by_chance = drawn < shares
    held_out: NDArray[np.bool_] = by_chance | (corpus.kinds == "invented") & np.isin(corpus.writers, HELD_OUT)
    return held_out


def _tune(corpus: Corpus, held_out: NDArray[np.bool_], folder: Path, say: Say) -> None:
    pieces = embedder.load(folder, folder / "none").pieces
    file = package.WeightsFile(package.find())
    delta, weights, biases = tuning.tune(corpus, np.flatnonzero(~held_out), file, pieces, say)
    embedder.write_delta(delta, folder / DELTA)
    np.savez(folder / HEADS, weights=weights, biases=biases)


def _teach(
    corpus: Corpus, held_out: NDArray[np.bool_], pool: tuple[list[str], list[str]], folder: Path, say: Say
) -> None:
    """Heads and mixers, and the student: once for its scores of texts held out, once to ship."""
    drawn = np.random.default_rng(3).permutation(len(pool[0]))[:POOL]
    texts = [pool[0][number] for number in np.sort(drawn)] + pool[1]
    is_company = np.arange(len(texts)) >= len(texts) - len(pool[1])
    heard = [corpus.texts[row] for row in np.flatnonzero(held_out)]
    say(f"encoder: reads {len(heard):,} texts held out and {len(texts):,} unlabelled ones")
    encoder = embedder.load(folder, folder / DELTA)
    vectors, pool_vectors = encoder.embed(heard), encoder.embed(texts)
    with np.load(folder / HEADS) as kept:
        tuned = kept["weights"], kept["biases"]
    labels = {task: values[held_out] for task, values in corpus.labels.items()}
    judged = heads.held_out_scores(vectors, labels, corpora.fold(corpus)[held_out], tuned)
    final = heads.learn_on(vectors, labels, tuned)

    def lesson(rows: NDArray[np.bool_], teacher: tuple[Floats, Floats]) -> student.Lesson:
        return _lesson(corpus, rows, texts, is_company, pool_vectors @ teacher[0] + teacher[1])

    table, biases = student.learn(lesson(~held_out, tuned), say)
    by_student = shipped_student.Student("", *student.pack(table), biases, mixing.NONE).read(heard)
    _say_figures("fast", (by_student,), corpus, held_out, say)
    _say_figures("standard", (judged, by_student), corpus, held_out, say)
    table, biases = student.learn(lesson(np.ones_like(held_out), final), say)
    mixer = mixing.fit((by_student,), labels)
    shipped_student.save(shipped_student.Student("", *student.pack(table), biases, mixer))
    shipped_heads.save(shipped_heads.Heads("", *final, mixing.fit((judged, by_student), labels)))
    embedder.DELTA.write_bytes((folder / DELTA).read_bytes())


def _lesson(
    corpus: Corpus, rows: NDArray[np.bool_], texts: list[str], is_company: NDArray[np.bool_], scores: Floats
) -> student.Lesson:
    """Labelled texts as they are labelled, the others as the teacher judges them."""
    labelled = np.concatenate([corpus.targets(task)[rows] for task in TASKS], axis=1)
    aloud = np.exp(log_softmax(scores)) * ALOUD
    for task, columns in COLUMNS.items():
        aloud[is_company != (task in COMPANY_TASKS), columns] = 0
    known = [text for text, is_taken in zip(corpus.texts, rows, strict=True) if is_taken]
    return student.Lesson(known + texts, np.concatenate([labelled, aloud]).astype(np.float32))


def _say_figures(
    name: str, scores: tuple[Floats, ...], corpus: Corpus, held_out: NDArray[np.bool_], say: Say
) -> None:
    """How many answers are right on texts that neither the models nor the mixer read."""
    chances, folds = np.zeros_like(scores[0]), corpora.fold(corpus)[held_out]
    languages, kinds = corpus.languages[held_out], corpus.kinds[held_out]
    labels = {task: values[held_out] for task, values in corpus.labels.items()}
    for fold in np.unique(folds):
        here = folds == fold
        others = {task: np.where(here, -1, values) for task, values in labels.items()}
        chances[here] = mixing.fit(scores, others).chances(*(each[here] for each in scores))
    for task, kind, language in product(TASKS, ("invented", "real"), ("en", "fr")):
        judged = (labels[task] >= 0) & (kinds == kind) & (languages == language)
        if judged.any():
            right = (chances[judged][:, COLUMNS[task]].argmax(axis=1) == labels[task][judged]).mean()
            say(f"{name}, {task}, {kind}, {language}: {right:.3f} right of {judged.sum():,} held out")
