"""Both cosines of pairs of dialogues, and which of them reach the thresholds."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering.pairs import ScoredPairs
from streamdial.filtering.vectors import SideVectors

TOLERANCE = 1e-6
"""What a float32 cosine may fall short of a threshold: equal vectors reach a threshold of 1."""

MARGIN = 1e-4
"""How far below the threshold a product of float32 matrices still is looked at again; 3e-5 is its worst error."""

_UNIT = 1e-5
"""How far from 1 the length of a row may be that is multiplied as it is."""

_ROWS = 4096
"""Rows measured at once."""


class PairScorer:
    """The vectors of both sides with their lengths and thresholds.

    Attributes:
        side: The side with the higher threshold; its products leave fewer pairs, so they are the ones multiplied.
        least: That side's threshold.
    """

    def __init__(self, vectors: SideVectors, user_threshold: float, agent_threshold: float) -> None:
        """Measure and check the vectors.

        Raises:
            ConfigurationError: If a threshold is out of range.
            StreamDialError: If shapes differ, an id occurs twice, or a vector holds NaN or infinite values.
        """
        check_threshold("user", user_threshold)
        check_threshold("agent", agent_threshold)
        _check_shapes(vectors)
        self.vectors = vectors
        self.user_threshold, self.agent_threshold = user_threshold, agent_threshold
        self._lengths = {
            "user": _measure_lengths("user", vectors.user, vectors.ids),
            "agent": _measure_lengths("agent", vectors.agent, vectors.ids),
        }
        self.side: Literal["user", "agent"] = "user" if user_threshold >= agent_threshold else "agent"
        self.least = max(user_threshold, agent_threshold)

    def make_matrix(self) -> NDArray[np.float32]:
        """Return the rows of the leading side at unit length; not copied where they have it."""
        rows, lengths = self._take_side(self.side)
        unit = (np.abs(lengths - 1) <= _UNIT) | (lengths == 0)
        if rows.dtype == np.float32 and rows.flags.c_contiguous and unit.all():
            return rows
        scaled = np.empty(rows.shape, np.float32)
        for start in range(0, len(rows), _ROWS):
            part = slice(start, start + _ROWS)
            scale = np.divide(1.0, lengths[part], out=np.zeros(len(lengths[part])), where=lengths[part] > 0)
            scaled[part] = rows[part] * scale[:, None]
        return scaled

    def check(self, pairs: NDArray[np.int32]) -> ScoredPairs:
        """Return the pairs that reach both thresholds, with both cosines; the other side only where the first does."""
        other: Literal["user", "agent"] = "agent" if self.side == "user" else "user"
        lead = self._score(self.side, pairs)
        near = reaches(lead, self.least)
        pairs, lead = pairs[near], lead[near]
        follow = self._score(other, pairs)
        near = reaches(follow, min(self.user_threshold, self.agent_threshold))
        pairs, lead, follow = pairs[near], lead[near], follow[near]
        return ScoredPairs(pairs, lead, follow) if self.side == "user" else ScoredPairs(pairs, follow, lead)

    def _take_side(self, side: Literal["user", "agent"]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        return (self.vectors.user if side == "user" else self.vectors.agent), self._lengths[side]

    def _score(self, side: Literal["user", "agent"], pairs: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the cosine of each pair, at most 1, rounded to float32 before it is compared with anything."""
        rows, lengths = self._take_side(side)
        low, high = pairs[:, 0], pairs[:, 1]
        products = np.einsum("ij,ij->i", rows[low].astype(np.float64), rows[high].astype(np.float64))
        both = lengths[low] * lengths[high]
        cosines = np.divide(products, both, out=np.zeros(len(pairs)), where=both > 0)
        scores: NDArray[np.float32] = np.clip(cosines, -1.0, 1.0).astype(np.float32)
        return scores


def reaches(scores: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """Return which scores reach a threshold, rounding forgiven."""
    return scores.astype(np.float64) >= threshold - TOLERANCE


def check_threshold(side: str, value: float) -> None:
    """Refuse a threshold that is not above 0 and at most 1.

    Raises:
        ConfigurationError: If it is out of range.
    """
    if not 0 < value <= 1:
        raise ConfigurationError(
            f"the {side} threshold is {value}, expected above 0 and at most 1", fix="try 0.9, and compare with 0.8"
        )


def _check_shapes(vectors: SideVectors) -> None:
    count = len(vectors.ids)
    for side, rows in (("user", vectors.user), ("agent", vectors.agent)):
        if rows.ndim != 2 or len(rows) != count:
            raise StreamDialError(f"{side} vectors have shape {rows.shape}, expected ({count}, dimensions)")
    if len(set(vectors.ids)) != count:
        raise StreamDialError("two dialogues have the same id", fix="give each dialogue once")


def _measure_lengths(side: str, rows: NDArray[np.float32], ids: tuple[str, ...]) -> NDArray[np.float64]:
    lengths = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS):
        wide = rows[start : start + _ROWS].astype(np.float64)
        lengths[start : start + _ROWS] = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    bad = np.flatnonzero(~np.isfinite(lengths))
    if len(bad):
        raise StreamDialError(
            f"the {side} vector of dialogue {ids[bad[0]]} holds NaN or infinite values",
            fix="check the embedder's output",
        )
    return lengths
