"""What may be trained on: nothing that models are measured on, and no writer on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flows.understand.models.mixing import Mixer
from flows.understand.models.tasks import COLUMNS, VALUES, WIDTH
from flows.understand.training import corpus, mixing, pools, run
from tests.understand import gold


def test_no_gold_text_is_in_the_unlabelled_pools(data: Path) -> None:
    if not (data / "free_tweets_fr").is_dir():
        pytest.skip(f"{data} is not there")
    keys = {row["key"] for name in ("messages", "replies") for row in gold.labelled(name)}
    measured = {pools.checksum(text) for text in gold.texts(data, keys).values()}
    customers, companies = pools.read(data)
    assert len(customers) > 10_000
    assert len(companies) > 1_000
    assert not measured & {pools.checksum(text) for text in (*customers, *companies)}


def test_real_texts_are_learnt_from_by_checksum_and_none_of_the_gold_set(data: Path) -> None:
    if not (data / "free_tweets_fr").is_dir():
        pytest.skip(f"{data} is not there")
    keys = {row["key"] for name in ("messages", "replies") for row in gold.labelled(name)}
    measured = {pools.checksum(text) for text in gold.texts(data, keys).values()}
    real = corpus.real(data)
    assert len(real.texts) > 3_000
    assert (real.labels["reply_kind"] >= 0).sum() > 500
    assert not measured & {pools.checksum(text) for text in real.texts}
    assert set(real.writers.tolist()) <= {"free_tweets_fr", "fampay", "ibm_twitter_care", "tweets_sentiment"}


def test_only_the_train_split_of_the_tweets_is_read(data: Path) -> None:
    if not (data / "tweets_sentiment").is_dir():
        pytest.skip(f"{data} is not there")
    assert not set(corpus.tweets(data, "val").texts) & set(corpus.tweets(data).texts)


def test_a_writer_is_held_out_whole() -> None:
    own = corpus.material()
    held_out = run.find_held_out(own)
    assert not set(own.writers[held_out]) & set(own.writers[~held_out])
    folds = corpus.fold(own)
    for writer in set(own.writers.tolist()):
        assert len(set(folds[own.writers == writer].tolist())) == 1


def test_what_is_written_later_leaves_the_others_held_out_or_not() -> None:
    own = corpus.material()
    half = len(own.texts) // 2
    texts = corpus.Corpus(
        own.texts[half:], own.writers[half:], own.languages[half:], np.full(len(own.texts) - half, "real"),
        {task: values[half:] for task, values in own.labels.items()},
    )  # fmt: skip
    alone, beside = run.find_held_out(texts), run.find_held_out(own + texts)[len(own.texts) :]
    assert 0.35 < alone.mean() < 0.45
    assert (alone == beside).all()


def test_a_mixer_learns_that_tasks_speak_for_each_other_and_calibrates() -> None:
    rng = np.random.default_rng(0)
    n, complaint = 4000, VALUES["intent"].index("complaint")
    intents = rng.integers(0, len(VALUES["intent"]), n)
    scores = rng.normal(0, 0.1, (n, WIDTH)).astype(np.float32)
    scores[np.arange(n), COLUMNS["intent"].start + intents] += 5  # sure of the intent, and right
    answerable = (intents == complaint).astype(np.int64)  # of which its own scores know nothing
    labels = {task: np.full(n, -1) for task in COLUMNS} | {"intent": intents, "answerable": answerable}
    for task in set(COLUMNS) - {"intent", "answerable"}:
        labels[task][:50] = rng.integers(0, len(VALUES[task]), 50)
    mixer: Mixer = mixing.fit((scores,), labels)
    chances = mixer.chances(scores)[:, COLUMNS["answerable"]]
    assert (chances.argmax(axis=1) == answerable).mean() > 0.99
    assert abs(chances[:, 1].mean() - answerable.mean()) < 0.02
