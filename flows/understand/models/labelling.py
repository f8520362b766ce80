"""Probabilities to labels, each with the words that prove it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS, Label, Text, Understanding
from flows.understand.models.evidence import find_evidence
from flows.understand.models.mixing import Floats
from flows.understand.models.ngrams import Grams
from flows.understand.models.tasks import COLUMNS, VALUES


def label(
    texts: Sequence[Text], chances: Floats, grams: Grams, weights: list[NDArray[np.int8]]
) -> list[Understanding]:
    """The likeliest value of each task of a text's side; evidence is what weighs most in the student's table."""
    best = {task: chances[:, columns].argmax(axis=1) for task, columns in COLUMNS.items()}
    is_company = np.array([text.is_company for text in texts])
    bodies = [text.text for text in texts]
    evidence = {
        task: find_evidence(bodies, grams, weights, task, best[task], wanted=is_company == (task in COMPANY_TASKS))
        for task in COLUMNS
    }
    found = []
    for number, text in enumerate(texts):
        labels = {}
        for task in COMPANY_TASKS if text.is_company else CUSTOMER_TASKS:
            value = int(best[task][number])
            chance = float(chances[number, COLUMNS[task].start + value])
            labels[task] = Label(VALUES[task][value], chance, evidence[task].get(number, ()))
        found.append(Understanding(labels))
    return found
