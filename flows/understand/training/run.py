"""`vigie train`: every part from the sources of docs/model-card.md, written where the analysers read it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from flows.errors import VigieError
from flows.understand.training import corpus

Say = Callable[[str], None]


def train(data: Path, parts: tuple[str, ...], say: Say) -> None:
    """Train parts in the order in which they need each other."""
    if find_spec("sklearn") is None:
        raise VigieError("training needs scikit-learn: pip install 'vigie[train]'")
    if not (data / "tweets_sentiment" / "tweets.csv").is_file():
        raise VigieError(f"{data} has no tweets_sentiment/tweets.csv (docs/model-card.md says where it comes from)")
    for part, make in PARTS.items():
        if part in parts:
            make(data, say)


def _student(data: Path, say: Say) -> None:
    from flows.understand.models import student as shipped
    from flows.understand.training import student

    own = corpus.material()
    trained, _ = student.train(own + corpus.tweets(data), sorted(set(own.writers.tolist())), say)
    shipped.save(trained)
    say(f"student {trained.version}: {shipped.WEIGHTS}")


PARTS: dict[str, Callable[[Path, Say], None]] = {"student": _student}
