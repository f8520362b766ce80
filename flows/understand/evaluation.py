"""Any labelled file against an analyser: what `vigie evaluate` prints."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flows.errors import VigieError
from flows.understand.analyzer import COMPANY_TASKS
from flows.understand.measures import Measures, measure
from flows.understand.models.tasks import COLUMNS, VALUES

TASKS = (*VALUES, "complaint", "language")

_WORDS = {
    "1": "yes",
    "true": "yes",
    "oui": "yes",
    "0": "no",
    "false": "no",
    "non": "no",
    "pos": "positive",
    "neg": "negative",
}
_DELIMITERS = {".tsv": "\t", ".tab": "\t"}


class Chances(Protocol):
    """What evaluation needs of an analyser: the probability of each value of each task."""

    def probabilities(self, texts: Sequence[str], is_company: bool = False) -> NDArray[np.float32]:
        """One row a text, one column a value (`tasks.COLUMNS`)."""
        ...


def read_labelled(file: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """Texts and labels of a CSV file (or TSV, by its name); rows without a label are left out."""
    csv.field_size_limit(sys.maxsize)
    try:
        with file.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
            reader = csv.DictReader(lines, delimiter=_DELIMITERS.get(file.suffix.lower(), ","))
            missing = {text, label} - set(reader.fieldnames or ())
            if missing:
                there = ", ".join(reader.fieldnames or ())
                raise VigieError(f"{file} has no column {', '.join(sorted(missing))}; it has: {there}")
            rows = [(row[text] or "", (row[label] or "").strip()) for row in reader]
    except OSError as error:
        raise VigieError(f"{file} cannot be read: {error.strerror}") from error
    labelled = [row for row in rows if row[1]]
    if not labelled:
        raise VigieError(f"{file} has no row with a label in column {label}")
    return [row[0] for row in labelled], [row[1] for row in labelled]


def evaluate(analyzer: Chances, task: str, texts: Sequence[str], labels: Sequence[str]) -> Measures:
    """Measure one task. Labels are the task's values in any case; of yes and no also 1 and 0, true and false."""
    if task == "language":
        return _evaluate_languages(texts, labels)
    values = ("no", "yes") if task == "complaint" else VALUES[task]
    true = number_labels(values, labels)
    chances = analyzer.probabilities(texts, task in COMPANY_TASKS)
    if task == "complaint":
        chance = complaint(chances)
        chances = np.stack([1 - chance, chance], axis=1)
    else:
        chances = chances[:, COLUMNS[task]]
    if task == "sentiment" and not (true == values.index("neutral")).any():
        # A file without neutrals asks which of the two prevails.
        chances = chances * np.array([1, 0, 1], dtype=np.float32)
        chances /= chances.sum(axis=1, keepdims=True)
    return measure(values, true, chances.argmax(axis=1), chances.max(axis=1).astype(np.float64))


def _evaluate_languages(texts: Sequence[str], labels: Sequence[str]) -> Measures:
    """Languages by their codes (fr, fr-CH, FR) or English names; nothing is known of the company or the writer."""
    from babel import Locale

    from flows.understand.language import Languages

    codes = {name.lower(): code for code, name in Locale("en").languages.items()}
    true = [codes.get(label.lower(), label.lower().replace("_", "-").partition("-")[0]) for label in labels]
    languages = Languages(())
    found = [languages.detect(text) for text in texts]
    values = tuple(sorted({*true, *(label.value for label in found)}))
    numbers = {value: number for number, value in enumerate(values)}
    chances = np.array([label.probability for label in found])
    return measure(values, _numbers(numbers, true), _numbers(numbers, [label.value for label in found]), chances)


def _numbers(numbers: dict[str, int], labels: Sequence[str]) -> NDArray[np.int64]:
    return np.array([numbers[label] for label in labels])


def complaint(chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability that a message complains."""
    found: NDArray[np.float32] = chances[:, COLUMNS["intent"].start + VALUES["intent"].index("complaint")]
    return found


def number_labels(values: tuple[str, ...], labels: Sequence[str]) -> NDArray[np.int64]:
    """Labels as numbers of values; one that is none of them is an error that lists those that are."""
    plain = [_plain(label, values) for label in labels]
    unknown = sorted(set(plain) - set(values))
    if unknown:
        raise VigieError(
            f"labels that this task does not have: {', '.join(unknown[:5])}; it has: {', '.join(values)}"
        )
    return np.array([values.index(label) for label in plain])


def _plain(label: str, values: tuple[str, ...]) -> str:
    small = label.lower()
    if small.endswith(".0"):  # a spreadsheet's 1
        small = small[:-2]
    return small if small in values else _WORDS.get(small, small)
