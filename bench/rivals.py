"""What everybody can install in a minute, on the same rows: VADER for English, textblob-fr for French."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np

from flows.understand.measures import Measures, measure
from flows.understand.models.tasks import VALUES

EDGE = 0.05  # VADER's own: beyond it a compound score is positive or negative

Polarity = Callable[[str], float]


def rival(language: str) -> tuple[str, Polarity] | None:
    """The name and the function of whoever reads this language; none where nobody does, or it is not installed."""
    if language == "en" and find_spec("vaderSentiment"):
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        return "VADER", lambda text: analyzer.polarity_scores(text)["compound"]
    if language == "fr" and find_spec("textblob_fr"):
        from textblob import TextBlob
        from textblob_fr import PatternAnalyzer, PatternTagger

        tagger, french = PatternTagger(), PatternAnalyzer()
        return "textblob-fr", lambda text: TextBlob(text, pos_tagger=tagger, analyzer=french).sentiment[0]
    return None


def judge(polarity: Polarity, texts: Sequence[str], true: np.typing.NDArray[np.int64]) -> Measures:
    """Measure a rival as the analysers are: a file without neutrals asks which of the two prevails."""
    values = VALUES["sentiment"]
    scores = np.array([polarity(text) for text in texts])
    answers = np.where(scores >= EDGE, 2, np.where(scores <= -EDGE, 0, 1))
    if not (true == 1).any():
        answers = np.where(scores >= 0, 2, 0)
    return measure(values, true, answers, np.full(len(texts), 1.0))
