"""A company's corrections move answers towards what its people say, and no further than they carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flows.understand.analyzer import COMPANY_TASKS, Text
from flows.understand.models import learned
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.learned import Learned, Move
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH
from flows.understand.training.learning import FEWEST, Lesson, learn

SENTIMENT = COLUMNS["sentiment"]


def lesson(texts: list[Text], corrections: dict[int, str], task: str = "sentiment") -> Lesson:
    analyzer = FastAnalyzer()
    heard, shipped = analyzer.hear(texts)
    labels = {name: np.full(len(texts), -1) for name in TASKS}
    for row, value in corrections.items():
        labels[task][row] = VALUES[task].index(value)
    is_company = np.array([text.is_company for text in texts])
    return Lesson(
        analyzer.base, heard, shipped, labels, {name: is_company == (name in COMPANY_TASKS) for name in TASKS}
    )


@pytest.fixture(scope="module")
def texts(messages: list[dict[str, str]]) -> list[Text]:
    return [Text(row["text"]) for row in messages[::8]]


def house_rule(texts: list[Text], rows: range) -> dict[int, str]:
    """This company's people call negative what the student calls neutral; all else is as it says."""
    _, shipped = FastAnalyzer().hear(texts)
    best = shipped[:, SENTIMENT].argmax(axis=1)
    return {row: VALUES["sentiment"][0 if best[row] == 1 else best[row]] for row in rows}


def test_what_a_company_always_says_otherwise_is_learnt(texts: list[Text]) -> None:
    taught = house_rule(texts, range(300))

    move, outcomes = learn(lesson(texts, taught))

    one = outcomes["sentiment"]
    assert one.n == 300 and one.after > one.before + 30 and one.is_better
    later = texts[300:600]
    heard, shipped = FastAnalyzer().hear(later)
    wanted = np.array([VALUES["sentiment"].index(one) for one in house_rule(texts, range(300, 600)).values()])
    said = shipped[:, SENTIMENT].argmax(axis=1)
    moved = move.chances(shipped, heard)[:, SENTIMENT].argmax(axis=1)
    assert (moved == wanted).mean() > (said == wanted).mean() + 0.1
    # Of tasks that nobody corrected nothing changes
    for task in set(TASKS) - {"sentiment"}:
        assert (move.chances(shipped, heard)[:, COLUMNS[task]] == shipped[:, COLUMNS[task]]).all()


@pytest.mark.parametrize("count", [1, 10, FEWEST - 1])
def test_a_few_corrections_teach_nothing(texts: list[Text], count: int) -> None:
    move, outcomes = learn(lesson(texts, dict.fromkeys(range(count), "negative")))
    assert outcomes == {} and not move.weights.any()


def test_corrections_by_chance_teach_nothing_and_break_nothing(texts: list[Text]) -> None:
    rng = np.random.default_rng(3)
    by_chance = {row: VALUES["sentiment"][rng.integers(3)] for row in range(60)}
    move, _ = learn(lesson(texts, by_chance))
    heard, shipped = FastAnalyzer().hear(texts[60:])
    changed = move.chances(shipped, heard)[:, SENTIMENT].argmax(axis=1) != shipped[:, SENTIMENT].argmax(axis=1)
    assert changed.mean() < 0.15


def test_errors_alone_being_corrected_leave_what_is_right(
    texts: list[Text], messages: list[dict[str, str]]
) -> None:
    """People click where something is wrong: what they pass by counts as right, too."""
    true = [row["sentiment"] for row in messages[::8]]
    _, shipped = FastAnalyzer().hear(texts)
    said = [VALUES["sentiment"][value] for value in shipped[:, SENTIMENT].argmax(axis=1)]
    wrong = [row for row in range(len(texts)) if said[row] != true[row]][:40]
    assert len(wrong) >= FEWEST

    move, _ = learn(lesson(texts, {row: true[row] for row in wrong}))

    heard, _ = FastAnalyzer().hear(texts)
    moved = move.chances(shipped, heard)[:, SENTIMENT].argmax(axis=1)
    before = np.mean([a == b for a, b in zip(said, true, strict=True)])
    after = np.mean([VALUES["sentiment"][value] == want for value, want in zip(moved, true, strict=True)])
    assert after > before - 0.01


def some_move(base: str, width: int) -> Move:
    weights = np.zeros((width, WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    biases[SENTIMENT] = [0, 0, 30]
    return Move(base, np.zeros(width, np.float32), np.ones(width, np.float32), weights, biases)


def test_a_version_is_kept_waits_and_counts_once_accepted(tmp_path: Path) -> None:
    base = FastAnalyzer().base
    version = learned.save({"fast": some_move(base, WIDTH)}, tmp_path / "learned", {"n": 1})
    folder = tmp_path / "learned"
    assert (learned.candidate(folder), learned.current(folder)) == (version, None)
    learned.make_current(folder, version)
    assert (learned.candidate(folder), learned.current(folder)) == (None, version)

    analyzer = FastAnalyzer(learned=learned.load(folder, version))

    assert analyzer.version == f"{base}.{version}"
    (told,) = analyzer.analyze([Text("c'est une honte")])
    assert told.labels["sentiment"].value == "positive"
    assert analyzer.probabilities(["c'est une honte"])[0, SENTIMENT].argmax() == 2


def test_what_was_learnt_beside_other_models_does_not_count(tmp_path: Path) -> None:
    analyzer = FastAnalyzer(learned=Learned("x", {"fast": some_move("older", WIDTH)}))
    assert analyzer.version == FastAnalyzer().version
    assert analyzer.analyze([Text("nul")]) == FastAnalyzer().analyze([Text("nul")])


def test_a_damaged_version_is_refused(tmp_path: Path) -> None:
    version = learned.save({"fast": some_move("b", WIDTH)}, tmp_path, {})
    file = tmp_path / f"{version}.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match="is damaged"):
        learned.load(tmp_path, version)
