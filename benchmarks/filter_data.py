"""Vectors with known near-duplicate groups, for `benchmarks/filter.py`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.filtering import SideVectors

DIMENSIONS = 384
GROUPED = 0.6
"""Share of the points in groups of 2 to 20."""
HALF_ALIKE = 0.1
"""Share of the groups that are alike on the user side alone: no group at all, but pairs that one side cannot tell."""
SIBLINGS = 0.2
"""Share of the groups that stand close to the group before, so that some edges lead from one to the other."""


class Planted(NamedTuple):
    """Vectors, and the group of each: points alone have one of their own."""

    vectors: SideVectors
    groups: NDArray[np.int64]


def plant_groups(count: int, *, decay: float = 0.0, seed: int = 0) -> Planted:
    """Return vectors of two sides of which 60% stand in near-duplicate groups, in random order.

    A member is its group's centre turned by noise of its own to a cosine of 0.91 to 0.99, so two members of a group
    have cosines from 0.82 to 0.98; every tenth group is alike on the user side alone; every fifth stands near the group
    before it, with cosines around 0.77 between the members. Points of different groups have no direction in common
    beyond what the decay gives.

    Args:
        count: Points.
        decay: Of the standard deviation over the dimensions, as a power of their number: 0 is the same in all
            directions, 0.5 is what sentence embeddings have roughly.
        seed: Of everything drawn.
    """
    rng = np.random.default_rng(seed)
    sizes = []
    while sum(sizes) < GROUPED * count:
        sizes.append(int(rng.integers(2, 21)))
    sizes[-1] -= sum(sizes) - int(GROUPED * count)
    groups = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.arange(count - sum(sizes)) + len(sizes)])
    half_alike = (rng.random(len(sizes)) < HALF_ALIKE)[groups[: sum(sizes)]]
    sibling = np.flatnonzero(rng.random(len(sizes)) < SIBLINGS)
    sibling = sibling[sibling > 0]
    scale = (np.arange(1, DIMENSIONS + 1) ** -decay).astype(np.float32)
    sides = []
    for side in ("user", "agent"):
        centres = _draw(rng, int(groups[-1]) + 1, scale)
        centres[sibling] = _blend(centres[sibling - 1], centres[sibling], np.full(len(sibling), 0.86))
        rows = centres[groups]
        members = slice(0, sum(sizes))
        rows[members] = _blend(rows[members], _draw(rng, sum(sizes), scale), rng.uniform(0.91, 0.99, sum(sizes)))
        if side == "agent":
            apart = np.flatnonzero(half_alike)
            rows[apart] = _draw(rng, len(apart), scale)
        sides.append(rows)
    truth = groups.copy()
    apart = np.flatnonzero(half_alike)
    truth[apart] = groups[-1] + 1 + np.arange(len(apart))
    order = rng.permutation(count)
    ids = tuple(f"d{row:07d}" for row in range(count))
    return Planted(SideVectors(ids, sides[0][order], sides[1][order]), truth[order])


def _draw(rng: np.random.Generator, count: int, scale: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = rng.standard_normal((count, len(scale)), dtype=np.float32) * scale
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _blend(rows: NDArray[np.float32], other: NDArray[np.float32], cosines: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows turned towards others so that each has about the given cosine with what it was."""
    mixed = rows * cosines[:, None].astype(np.float32)
    mixed += other * np.sqrt(1 - cosines**2)[:, None].astype(np.float32)
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def compute_adjusted_rand(one: NDArray[np.integer], two: NDArray[np.integer]) -> float:
    """Return the adjusted Rand index of two partitions: 1 for the same, about 0 for unrelated ones.

    Hubert and Arabie 1985, "Comparing partitions".
    """

    def count_pairs(labels: NDArray[np.integer]) -> float:
        sizes = np.unique(labels, return_counts=True)[1].astype(float)
        return float((sizes * (sizes - 1) / 2).sum())

    both = one.astype(np.int64) * (int(two.max()) + 1) + two
    together, first, second = count_pairs(both), count_pairs(one), count_pairs(two)
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    most = (first + second) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)
