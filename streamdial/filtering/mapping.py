"""A map of dialogues: their side vectors in two dimensions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamdial.filtering.vectors import SideVectors

MAPPED = 1500
"""Dialogues a map shows; of more, as many at even distances in the order of their ids."""


class DialogueMap(NamedTuple):
    """Where dialogues lie.

    Attributes:
        share: Share of the variance the two dimensions hold.
        points: Place of each dialogue by id, from -1 to 1 in both dimensions.
    """

    share: float
    points: dict[str, tuple[float, float]]


def map_dialogues(vectors: SideVectors, limit: int = MAPPED) -> DialogueMap:
    """Return the first two principal components of both sides' vectors, side by side.

    Dialogues with a side that says nothing are left out. Signs are those with which the largest entry of a component is
    positive, so that the same vectors give the same map.

    Args:
        vectors: Vectors of both sides.
        limit: Maximum number of dialogues.
    """
    silent = set(vectors.empty)
    order = sorted((name, row) for row, name in enumerate(vectors.ids) if name not in silent)
    if len(order) > limit:
        order = [order[place * len(order) // limit] for place in range(limit)]
    if len(order) < 3:
        return DialogueMap(0.0, {})
    rows = [row for _, row in order]
    both = np.concatenate([vectors.user[rows], vectors.agent[rows]], axis=1).astype(np.float64)
    both -= both.mean(axis=0)
    _, lengths, axes = np.linalg.svd(both, full_matrices=False)
    total = float((lengths**2).sum())
    if not total:
        return DialogueMap(0.0, {})
    axes = axes[:2] * np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    places = both @ axes.T
    places /= max(float(np.abs(places).max()), 1e-12)
    points = {name: (round(float(x), 3), round(float(y), 3)) for (name, _), (x, y) in zip(order, places, strict=True)}
    return DialogueMap(round(float((lengths[:2] ** 2).sum()) / total, 4), points)
