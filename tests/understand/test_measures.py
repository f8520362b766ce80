"""The figures of `vigie evaluate`, against counts made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flows.errors import VigieError
from flows.settings import PROJECT
from flows.understand import evaluation
from flows.understand.measures import measure


def test_figures_are_those_counted_by_hand() -> None:
    true, answers = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    found = measure(("a", "b", "c", "d"), true, answers, np.array([0.9, 0.9, 0.9, 0.6, 0.6, 0.6]))
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.confusion.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    # a: 2 of 3 and 2 of 3; b: 2 of 3 and 2 of 2; c: none; d is not in the file
    assert found.macro_f1 == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert found.by_label()["b"] == pytest.approx({"precision": 2 / 3, "recall": 1, "f1": 0.8, "n": 2})
    assert "d" not in found.by_label()
    assert found.calibration == (
        (3, pytest.approx(0.6), pytest.approx(2 / 3)),
        (3, pytest.approx(0.9), pytest.approx(2 / 3)),
    )
    assert found.calibration_error == pytest.approx((abs(0.6 - 2 / 3) + abs(0.9 - 2 / 3)) / 2)


def test_the_interval_holds_the_figure_and_narrows_with_more_rows() -> None:
    rng = np.random.default_rng(1)

    def width(n: int) -> float:
        true = rng.integers(0, 3, n)
        answers = np.where(rng.random(n) < 0.7, true, rng.integers(0, 3, n))
        found = measure(("a", "b", "c"), true, answers, np.full(n, 0.5))
        assert found.interval[0] < found.macro_f1 < found.interval[1]
        return found.interval[1] - found.interval[0]

    assert width(5000) < width(100) / 3


def test_a_rare_label_that_is_never_found_makes_no_interval_up_to_perfect() -> None:
    # Given two of 220 that are rare and not found: one drawn sample in seven holds neither
    true = np.array([0] * 218 + [1] * 2)
    found = measure(("no", "yes"), true, np.zeros(220, dtype=np.int64), np.full(220, 0.9))

    # Then those samples are not judged by the other label alone
    assert found.macro_f1 == pytest.approx(0.5, abs=0.01)
    assert found.interval[1] <= 0.5


def test_labels_are_read_in_any_case_and_flags_as_numbers_too() -> None:
    assert evaluation.number_labels(("no", "yes"), ["Yes", "0", "1.0", "TRUE", "no"]).tolist() == [1, 0, 1, 1, 0]
    with pytest.raises(VigieError, match=r"maybe.*no, yes"):
        evaluation.number_labels(("no", "yes"), ["maybe"])


def test_the_command_measures_a_file_and_names_what_is_wrong_with_one(tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text(
        'id,what,feels\n1,Service lamentable,Negative\n2,"Great, thank you so much",positive\n3,no label,\n',
        encoding="utf-8",
    )

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "evaluate", str(file), *words],
            cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    asked = ("--text", "what", "--task", "sentiment", "--speed", "fast")
    found = json.loads(run("--label", "feels", *asked, "--json"))
    assert found["n"] == 2
    assert found["accuracy"] == 1
    assert found["labels"] == ["negative", "neutral", "positive"]
    assert found["confusion"] == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert found["macro_f1"] == 1
    assert "macro-F1 1.000" in run("--label", "feels", *asked)
    assert "it has: id, what, feels" in run("--label", "feeling", *asked, code=1)
