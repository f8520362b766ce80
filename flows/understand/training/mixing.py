"""Fits a mixer on scores that models gave to writers whom they never read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.understand.analyzer import COMPANY_TASKS
from flows.understand.models.mixing import Floats, Mixer, log_chances
from flows.understand.models.tasks import COLUMNS, TASKS, WIDTH

# How strongly weights are held to "each task believes its own scores", of one model and of two; chosen on writers
# held out. Two models' scores tell apart who wrote: a mixer that trusts that is worse on other writers.
CAUTION = {1: 0.002, 2: 0.1}
NONE = Mixer(np.eye(WIDTH, dtype=np.float32), np.zeros(WIDTH, dtype=np.float32))  # each value by its own score
OWN = 0.7  # what a task believes of its own scores before anything is learnt, of each model


Ints = NDArray[np.int64]


def fit(scores: tuple[Floats, ...], labels: dict[str, Ints]) -> Mixer:
    """A mixer of one model's scores or of two, from the rows whose label is known."""
    heard = np.concatenate([log_chances(each) for each in scores], axis=1)
    weights = np.zeros((heard.shape[1], WIDTH), dtype=np.float32)
    biases = np.zeros(WIDTH, dtype=np.float32)
    for task in TASKS:
        known = labels[task] >= 0
        listened = _listened(task, len(scores))
        weights[listened, COLUMNS[task]], biases[COLUMNS[task]] = _fit_task(
            heard[known][:, listened], labels[task][known], _prior(task, listened), CAUTION[len(scores)]
        )
    return Mixer(weights, biases)


def _listened(task: str, models: int) -> NDArray[np.int64]:
    """The columns of the tasks of the same side: a customer's message, or a company's."""
    sides = [other for other in TASKS if (other in COMPANY_TASKS) == (task in COMPANY_TASKS)]
    columns = np.concatenate([np.arange(WIDTH)[COLUMNS[other]] for other in sides])
    return np.concatenate([columns + model * WIDTH for model in range(models)])


def _prior(task: str, listened: Ints) -> Floats:
    values = np.arange(WIDTH)[COLUMNS[task]]
    prior: Floats = (listened[:, None] % WIDTH == values[None, :]).astype(np.float32) * OWN
    return prior


def _fit_task(heard: Floats, values: Ints, prior: Floats, caution: float) -> tuple[Floats, Floats]:
    """Multinomial logistic regression whose weights are drawn to a prior instead of to zero."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    width, rows = prior.shape[1], np.arange(len(values))
    true = np.zeros((len(values), width))
    true[rows, values] = 1

    def loss(flat: Any) -> tuple[float, Any]:
        moved, biases = flat[:-width].reshape(prior.shape), flat[-width:]
        found = heard @ (prior + moved) + biases
        found -= logsumexp(found, axis=1, keepdims=True)
        wrong = (np.exp(found) - true) / len(values)
        cost = -found[rows, values].mean() + caution * (moved**2).sum()
        return float(cost), np.append((heard.T @ wrong + 2 * caution * moved).ravel(), wrong.sum(axis=0))

    best = minimize(loss, np.zeros(prior.size + width), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return (prior + best[:-width].reshape(prior.shape)).astype(np.float32), best[-width:].astype(np.float32)
