"""`python -m bench.corrections`: what a company's own corrections do to messages that nobody corrected.

Companies are those of labelled files of VIGIE_DATA; half of each is corrected from, the other half judges. The
strength of the prior was chosen on two more airlines, which are not in the table.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.labelled import read
from bench.understanding import DOC
from flows.settings import PROJECT
from flows.understand.analyzer import COMPANY_TASKS, Text
from flows.understand.measures import measure
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES
from flows.understand.speeds import open_analyzer
from flows.understand.training.learning import Lesson, learn

START, END = "<!-- measured: python -m bench.corrections -->", "<!-- end of what was measured of corrections -->"
CHOSEN_ON = ("United", "US Airways")
SPEEDS = ("fast", "standard")
MOST = 1000  # messages of a company
BESIDE = 400  # that nobody corrected, as they are read by `vigie learn`
SPLITS = 4
COLUMN = COLUMNS["sentiment"]
Rows = list[tuple[str, str]]
Ints = NDArray[np.int64]


def companies(data: Path) -> Iterator[tuple[str, Rows]]:
    """Messages with their sentiment, a company after the other."""
    with (data / "airline_sentiment" / "tweets.csv").open(encoding="utf-8-sig", newline="") as file:
        tweets = list(csv.DictReader(file))
    for name in sorted({row["airline"] for row in tweets} - set(CHOSEN_ON)):
        yield (
            f"{name}, tweets",
            [(row["text"], row["airline_sentiment"]) for row in tweets if row["airline"] == name],
        )
    for one in read(data):
        if "by s" in one.name and one.language == "fr":
            yield one.name, one.rows


class Company:
    """A company's messages as a speed hears them."""

    def __init__(self, speed: str, rows: Rows) -> None:
        drawn = np.random.default_rng(0).permutation(len(rows))[:MOST]
        analyzer = open_analyzer(speed)
        self.base = analyzer.base
        self.heard, self.shipped = analyzer.hear([Text(rows[row][0]) for row in drawn])
        self.true = np.array([VALUES["sentiment"].index(rows[row][1]) for row in drawn])

    def trial(self, split: int, count: int, *, errors: bool) -> tuple[Ints, Ints, Ints]:
        """Of the half that judges: what is true, what is said before and after so many corrections."""
        order = np.random.default_rng(split).permutation(len(self.true))
        said = self.shipped[:, COLUMN].argmax(axis=1)
        taught, judging = order[: len(order) // 2], order[len(order) // 2 :]
        known = (taught[said[taught] != self.true[taught]] if errors else taught)[:count]
        rows = np.concatenate([known, np.setdiff1d(taught, known)[:BESIDE]])
        labels = {task: np.full(len(rows), -1) for task in TASKS}
        labels["sentiment"][: len(known)] = self.true[known]
        asked = {task: np.full(len(rows), task not in COMPANY_TASKS) for task in TASKS}
        move, _ = learn(Lesson(self.base, self.heard[rows], self.shipped[rows], labels, asked))
        after = move.chances(self.shipped[judging], self.heard[judging])[:, COLUMN].argmax(axis=1)
        return self.true[judging], said[judging], after


def main() -> None:
    """Measure, and write the table into docs/understanding.md."""
    data = Path(os.environ.get("VIGIE_DATA", PROJECT.parent / "shared" / "data"))
    text = "\n".join(_table(list(companies(data))))
    before, _, rest = DOC.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    DOC.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    print(text)


def _table(given: Sequence[tuple[str, Rows]]) -> Iterator[str]:
    yield "| company | commonest | speed | shipped | 30 labels | 300 labels | macro-F1 | 60 errors corrected |"
    yield "|---" * 8 + "|"
    for name, rows in given:
        for speed in SPEEDS:
            company = Company(speed, rows)
            commonest = np.bincount(company.true).max() / len(company.true)
            few, many, errors = (
                [company.trial(split, count, errors=errors) for split in range(SPLITS)]
                for count, errors in ((30, False), (300, False), (60, True))
            )
            shipped = np.mean([said == true for true, said, _ in many])
            f1 = " → ".join(f"{np.mean([_macro_f1(one[0], one[n]) for one in many]):.3f}" for n in (1, 2))
            cells = (f"{shipped:.3f}", _gain(few), _gain(many), f1, _gain(errors))
            yield f"| {name} ({len(company.true):,}) | {commonest:.3f} | {speed} | {' | '.join(cells)} |"


def _gain(trials: Sequence[tuple[Ints, Ints, Ints]]) -> str:
    gains = [(after == true).astype(float) - (said == true) for true, said, after in trials]
    # The halves of several splits share messages: the interval is that of one.
    half = 1.96 * np.sqrt(np.mean([gain.var() / len(gain) for gain in gains]))
    return f"{np.mean([after == true for true, _, after in trials]):.3f} ({np.mean(gains):+.3f} ± {half:.3f})"


def _macro_f1(true: Ints, said: Ints) -> float:
    return measure(VALUES["sentiment"], true, said, np.ones(len(true))).macro_f1


if __name__ == "__main__":
    main()
