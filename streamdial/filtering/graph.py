"""The similarity graph: which dialogues resemble each other on both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering.vectors import SideVectors

TOLERANCE = 1e-6
"""What a float32 cosine may fall short of a threshold: equal vectors reach a threshold of 1."""

_MARGIN = 1e-4
"""How far below the threshold a product of float32 matrices still is looked at again; 1e-5 is its worst error."""

_PAIRS = 65_536
"""Pairs scored at once."""


@dataclass(frozen=True)
class SimilarityGraph:
    """Dialogues and the pairs of them that are alike on both sides.

    Attributes:
        ids: Ids of the dialogues; a node is a place in this tuple.
        edges: Pairs of nodes, lower one first, in order, shape (edges, 2).
        user_scores: Cosine of the user sides of each edge.
        agent_scores: Cosine of the agent sides of each edge.
        user_threshold: Least cosine of the user sides.
        agent_threshold: Least cosine of the agent sides.
    """

    ids: tuple[str, ...]
    edges: NDArray[np.int32]
    user_scores: NDArray[np.float32]
    agent_scores: NDArray[np.float32]
    user_threshold: float
    agent_threshold: float

    @property
    def weights(self) -> NDArray[np.float32]:
        """Weight of each edge: the smaller of its two cosines."""
        return np.minimum(self.user_scores, self.agent_scores)

    def raise_thresholds(self, user_threshold: float, agent_threshold: float) -> SimilarityGraph:
        """Return the graph at higher thresholds, from the scores it has; nothing is multiplied again.

        Raises:
            ConfigurationError: If a threshold is above 1, or lower than the graph was built with.
        """
        for side, wanted, built in (
            ("user", user_threshold, self.user_threshold),
            ("agent", agent_threshold, self.agent_threshold),
        ):
            _check_threshold(side, wanted)
            if wanted < built:
                raise ConfigurationError(
                    f"the {side} threshold {wanted} is lower than {built}, which the graph was built with:"
                    " edges between the two were never kept",
                    fix="build the graph again with the lower threshold",
                )
        kept = _reaches(self.user_scores, user_threshold) & _reaches(self.agent_scores, agent_threshold)
        return replace(
            self,
            edges=self.edges[kept],
            user_scores=self.user_scores[kept],
            agent_scores=self.agent_scores[kept],
            user_threshold=user_threshold,
            agent_threshold=agent_threshold,
        )


def build_similarity_graph(
    vectors: SideVectors,
    *,
    user_threshold: float,
    agent_threshold: float,
    block: int = 2048,
    max_edges: int = 50_000_000,
) -> SimilarityGraph:
    """Return the graph with an edge iff cos(user, user) and cos(agent, agent) both reach their thresholds.

    Exact: the upper triangle of one side's cosines (the side with the higher threshold, which leaves fewer pairs) is
    multiplied block by block in float32; the survivors' two cosines are then computed one by one in float64, so the
    result depends neither on the block nor on the order of the dialogues. A zero vector has no edge.

    Args:
        vectors: Side vectors; they need not be of unit length.
        user_threshold: Least cosine of the user sides, above 0 and at most 1.
        agent_threshold: Least cosine of the agent sides, above 0 and at most 1.
        block: Rows multiplied at once; memory is 4·block² bytes.
        max_edges: Edges at which to give up, before memory runs out.

    Raises:
        ConfigurationError: If a threshold or the block is out of range, or there are more than `max_edges` edges.
        StreamDialError: If shapes differ, an id occurs twice, or a vector holds NaN or infinite values.
    """
    _check_threshold("user", user_threshold)
    _check_threshold("agent", agent_threshold)
    if block < 1:
        raise ConfigurationError(f"block is {block}, expected at least 1")
    _check_vectors(vectors)
    user, agent = _scale_rows(vectors.user), _scale_rows(vectors.agent)
    first, least = (user, user_threshold) if user_threshold >= agent_threshold else (agent, agent_threshold)

    pairs: list[NDArray[np.int32]] = []
    user_scores: list[NDArray[np.float32]] = []
    agent_scores: list[NDArray[np.float32]] = []
    found = 0
    count = len(vectors.ids)
    for top in range(0, count, block):
        for left in range(top, count, block):
            near = first[top : top + block] @ first[left : left + block].T >= least - _MARGIN
            if left == top:
                near = np.triu(near, 1)
            rows, columns = np.nonzero(near)
            candidates = np.stack([rows + top, columns + left], axis=1).astype(np.int32)
            for start in range(0, len(candidates), _PAIRS):
                part = candidates[start : start + _PAIRS]
                by_user, by_agent = _score_pairs(user, part), _score_pairs(agent, part)
                kept = _reaches(by_user, user_threshold) & _reaches(by_agent, agent_threshold)
                pairs.append(part[kept])
                user_scores.append(by_user[kept])
                agent_scores.append(by_agent[kept])
                found += int(kept.sum())
                if found > max_edges:
                    raise ConfigurationError(
                        f"more than {max_edges} pairs of {count} dialogues are alike at the thresholds"
                        f" {user_threshold} (user) and {agent_threshold} (agent)",
                        fix="raise the thresholds",
                    )
    edges = np.concatenate([np.zeros((0, 2), np.int32), *pairs])
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    return SimilarityGraph(
        ids=vectors.ids,
        edges=edges[order],
        user_scores=np.concatenate([np.zeros(0, np.float32), *user_scores])[order],
        agent_scores=np.concatenate([np.zeros(0, np.float32), *agent_scores])[order],
        user_threshold=user_threshold,
        agent_threshold=agent_threshold,
    )


def _check_threshold(side: str, value: float) -> None:
    if not 0 < value <= 1:
        raise ConfigurationError(
            f"the {side} threshold is {value}, expected above 0 and at most 1", fix="try 0.9, and compare with 0.8"
        )


def _check_vectors(vectors: SideVectors) -> None:
    count = len(vectors.ids)
    for side, rows in (("user", vectors.user), ("agent", vectors.agent)):
        if rows.ndim != 2 or len(rows) != count:
            raise StreamDialError(f"{side} vectors have shape {rows.shape}, expected ({count}, dimensions)")
        if not np.isfinite(rows).all():
            bad = int(np.nonzero(~np.isfinite(rows).all(axis=1))[0][0])
            raise StreamDialError(
                f"the {side} vector of dialogue {vectors.ids[bad]} holds NaN or infinite values",
                fix="check the embedder's output",
            )
    if len(set(vectors.ids)) != count:
        raise StreamDialError("two dialogues have the same id", fix="give each dialogue once")


def _scale_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = rows.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)
    return scaled.astype(np.float32)


def _score_pairs(rows: NDArray[np.float32], pairs: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the cosine of each pair, at most 1, rounded to float32 before it is compared with anything."""
    left, right = rows[pairs[:, 0]].astype(np.float64), rows[pairs[:, 1]].astype(np.float64)
    cosines: NDArray[np.float64] = np.einsum("ij,ij->i", left, right)
    return np.minimum(cosines, 1.0).astype(np.float32)


def _reaches(scores: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    return scores.astype(np.float64) >= threshold - TOLERANCE
