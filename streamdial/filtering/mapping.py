"""A map of dialogues: their side vectors in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from streamdial.filtering.vectors import SideVectors

MAPPED = 20_000
"""Dialogues a map places; of more, as many at even distances in the order of their ids."""
FITTED = 1500
"""Dialogues its axes are found from, taken likewise: more of them turn the axes little and cost seconds."""

_T = TypeVar("_T")


class DialogueMap(NamedTuple):
    """Where dialogues lie.

    Attributes:
        share: Share of the variance the two dimensions hold.
        points: Place of each dialogue by id, from -1 to 1 in both dimensions.
    """

    share: float
    points: dict[str, tuple[float, float]]


def map_dialogues(vectors: SideVectors, limit: int = MAPPED, fitted: int = FITTED) -> DialogueMap:
    """Return the first two principal components of both sides' vectors, side by side.

    Dialogues with a side that says nothing are left out. Signs are those with which the largest entry of a component is
    positive, so that the same vectors give the same map.

    Args:
        vectors: Vectors of both sides.
        limit: Maximum number of dialogues.
        fitted: Maximum number of dialogues the components are found from; the others are placed by them.
    """
    silent = set(vectors.empty)
    order = _thin_out(sorted((name, row) for row, name in enumerate(vectors.ids) if name not in silent), limit)
    if len(order) < 3:
        return DialogueMap(0.0, {})
    rows = [row for _, row in order]
    both = np.concatenate([vectors.user[rows], vectors.agent[rows]], axis=1).astype(np.float64)
    both -= both.mean(axis=0)
    _, _, axes = np.linalg.svd(both[_thin_out(range(len(both)), fitted)], full_matrices=False)
    total = float((both**2).sum())
    if not total:
        return DialogueMap(0.0, {})
    axes = axes[:2] * np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    places = both @ axes.T
    share = float((places**2).sum()) / total
    places /= max(float(np.abs(places).max()), 1e-12)
    points = {name: (round(float(x), 3), round(float(y), 3)) for (name, _), (x, y) in zip(order, places, strict=True)}
    return DialogueMap(round(share, 4), points)


def _thin_out(found: Sequence[_T], limit: int) -> Sequence[_T]:
    if len(found) <= limit:
        return found
    return [found[place * len(found) // limit] for place in range(limit)]
