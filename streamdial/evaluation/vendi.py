"""Vendi score: the number of different items in effect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def compute_vendi(vectors: NDArray[np.float64], weights: Sequence[float] | NDArray[np.int64] | None = None) -> float:
    """Return the Vendi score: how many different items there are in effect (Friedman and Dieng 2023).

    exp of the entropy of the eigenvalues of K / n, with cosine as the kernel: 1 where all are the same, n where each is
    at right angles to all others.

    Args:
        vectors: One row an item, of unit length.
        weights: How often each item is taken; once by default.
    """
    taken = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=np.float64)
    scaled = vectors * np.sqrt(taken / taken.sum())[:, None]
    # The smaller of the two products has the same eigenvalues, zeros aside.
    kernel = scaled @ scaled.T if len(scaled) <= scaled.shape[1] else scaled.T @ scaled
    values = np.linalg.eigvalsh(kernel)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))
