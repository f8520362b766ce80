"""Texts as a sparse matrix of weighted n-grams: what the student learns from."""

from __future__ import annotations

from typing import Any

import numpy as np

from flows.understand.models import ngrams
from flows.understand.models.mixing import Floats


def read_matrix(texts: list[str]) -> tuple[Any, Floats]:
    """Counts of n-grams (sparse, a row a text), and how many each text has."""
    from scipy import sparse

    rows, owners, sizes = [], [], []
    for first in range(0, len(texts), 1024):
        grams = ngrams.read(texts[first : first + 1024])
        rows += [block.rows for block in grams.blocks]
        owners += [block.owners + first for block in grams.blocks]
        sizes.append(grams.sizes)
    where = (np.concatenate(owners), np.concatenate(rows))
    shape = (len(texts), 1 << ngrams.BITS)
    counts = sparse.csr_matrix((np.ones(len(where[0]), dtype=np.float32), where), shape=shape)
    counts.sum_duplicates()
    return counts, np.concatenate(sizes)


def rarity(counts: Any) -> Floats:
    """How telling an n-gram is: the rarer the more, and one that only a single text has not at all."""
    having = np.asarray((counts > 0).sum(axis=0)).ravel()
    weights: Floats = np.log((1 + counts.shape[0]) / (1 + having)).astype(np.float32)
    weights[having < 2] = 0
    return weights


def weigh(counts: Any, sizes: Floats, rarities: Floats) -> Any:
    """What the models see: counts by rarity, over the root of a text's length."""
    from scipy import sparse

    return (sparse.diags(1 / np.sqrt(np.maximum(sizes, 1))) @ counts @ sparse.diags(rarities)).tocsr()
