"""Fidelity: how near the turns of one set are to another's in meaning, by Fréchet distance, precision and recall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.metrics.embeddings import SpokenVectors
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, draw_weights, measure_ratios, place_spread

Vectors = NDArray[np.float64]
NEIGHBOURS = 3
MIN_TURNS = 20
"""Fewer turns make no distribution."""
_ROUNDS = 60


def compute_frechet(left: Vectors, right: Vectors) -> float:
    """Return the Fréchet distance of two clouds taken as normal: |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½).

    Heusel et al. 2017 with sentence vectors (Semeniuta et al. 2018). With fewer vectors than dimensions it is too
    large, by about as much for any two clouds of the same sizes; compare it with the distance of the reference to
    itself. tr (C1 C2)^½ is the sum of the singular values of A B', where A'A = C1 and B'B = C2, so no matrix root is
    needed and covariances without full rank do no harm.

    Args:
        left: One row a vector, at least two.
        right: The same of the other cloud.
    """
    gap = ((left.mean(axis=0) - right.mean(axis=0)) ** 2).sum()
    roots = [_find_root(cloud) for cloud in (left, right)]
    shared = np.linalg.svd(roots[0] @ roots[1].T, full_matrices=False, compute_uv=False).sum()
    spread = sum((root * root).sum() for root in roots)
    return max(float(gap + spread - 2 * shared), 0.0)


def _find_root(cloud: Vectors) -> Vectors:
    """Return a matrix whose product with itself is the covariance of a cloud, with no more rows than columns."""
    centred = (cloud - cloud.mean(axis=0)) / np.sqrt(len(cloud) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r") if len(cloud) > cloud.shape[1] else centred)


def find_covered(inside: Vectors, around: Vectors, *, neighbours: int = NEIGHBOURS) -> NDArray[np.bool_]:
    """Tell of each vector whether it lies within another cloud: in the ball of one of its points.

    The ball of a point reaches to its k-th nearest neighbour in its own cloud (Kynkäänniemi et al. 2019). Generated
    turns within the real cloud are precision, real ones within the generated cloud recall.

    Args:
        inside: Vectors to look for, one per row.
        around: The cloud, with more than k vectors.
        neighbours: k.
    """
    own = _measure_distances(around, around)
    radii = np.partition(own, neighbours, axis=1)[:, neighbours]  # the nearest of all is the point itself
    return np.asarray((_measure_distances(inside, around) <= radii + 1e-12).any(axis=1))


def _measure_distances(left: Vectors, right: Vectors) -> Vectors:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    return np.asarray(np.maximum(squares, 0.0))


def measure_fidelity(own: SpokenVectors, reference: SpokenVectors, *, seed: int = 7) -> list[Statistic]:
    """Return how near a set is to half of a reference, and how near the other half is, which is the floor.

    The dialogues of the reference are split in two; own turns and those of the second half are both held against the
    first, in the same number, so that a figure is worth what it differs from its floor. The reference is held fixed;
    what is held against it is resampled by dialogue.

    Args:
        own: Vectors of the set's turns.
        reference: Vectors of the reference's.
        seed: Seed of the split and the resamples.
    """
    rng = np.random.default_rng(seed)
    halves = reference.split(rng)
    size = min(len(part.vectors) for part in (own, *halves))
    if size < MIN_TURNS:
        reason = f"fewer than {MIN_TURNS} turns in the set or in half of the reference"
        return [
            Statistic(name, None, unit=unit, reason=reason) for suffix in ("", "_floor") for name, unit in _name(suffix)
        ]
    first, second, mine = (part.take(rng, size) for part in (*halves, own))
    basis = f"{size:,} turns of each"
    return [*_compare(mine, first, basis, "", seed), *_compare(second, first, basis, "_floor", seed)]


def _name(suffix: str) -> list[tuple[str, str]]:
    return [(f"frechet{suffix}", "distance")] + [
        (f"{name}{suffix}", "share of turns") for name in ("precision", "recall")
    ]


def _compare(told: SpokenVectors, real: SpokenVectors, basis: str, suffix: str, seed: int) -> list[Statistic]:
    left, right = (part.vectors.astype(np.float64) for part in (told, real))
    frechet, precision, recall = (Statistic(name, None, unit=unit, basis=basis) for name, unit in _name(suffix))
    drawn = [
        compute_frechet(np.repeat(left, weights[told.rows], axis=0), right)
        for batch in draw_weights(told.dialogues, _ROUNDS, seed)
        for weights in batch
        if weights[told.rows].sum() > 1
    ]
    held = len(np.unique(told.rows))
    return [
        place_spread(frechet, compute_frechet(left, right), np.asarray(drawn), held),
        _measure_share(precision, find_covered(left, right), told, seed),
        _measure_share(recall, find_covered(right, left), real, seed),
    ]


def _measure_share(figure: Statistic, hits: NDArray[np.bool_], spoken: SpokenVectors, seed: int) -> Statistic:
    above = np.bincount(spoken.rows, weights=hits, minlength=spoken.dialogues)
    below = np.bincount(spoken.rows, minlength=spoken.dialogues)
    return measure_ratios([Ratio(figure, above, below)], seed=seed)[0]
