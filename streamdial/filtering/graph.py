"""The similarity graph: which dialogues resemble each other on both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering.bounds import Bound, make_bound
from streamdial.filtering.pairs import BLOCK, ScoredPairs, cut_tiles, find_pairs, join_pairs
from streamdial.filtering.scores import MARGIN, PairScorer, check_threshold, reaches
from streamdial.filtering.vectors import SideVectors

Method = Literal["auto", "exact", "pruned", "approximate"]
"""How candidates are found. `exact` multiplies whole vectors. `pruned` multiplies their leading components, bounds the
rest and misses nothing; it helps where the vectors have directions in common. `approximate` tightens that bound by
what sampled edges allow, which may miss some; what share it finds is measured on other samples. `auto` is exact below
`AUTO_EXACT` dialogues, above it pruned where that costs a third, else approximate. Each falls back to `exact`
where it would cost more or the samples have too few edges."""

AUTO_EXACT = 20_000
"""Dialogues from which `auto` looks for something faster than whole products, which take about a second up to here."""

_SOUND_ENOUGH = 0.35
"""Cost over that of whole products up to which `auto` prefers the bound that misses nothing."""


@dataclass(frozen=True)
class SimilarityGraph:
    """Dialogues and the pairs of them that are alike on both sides.

    Attributes:
        ids: Ids of the dialogues; a node is a place in this tuple.
        edges: Pairs of nodes, lower one first, in order, shape (edges, 2).
        user_scores: Cosine of the user sides of each edge.
        agent_scores: Cosine of the agent sides of each edge.
        user_threshold: Minimum cosine of the user sides.
        agent_threshold: Minimum cosine of the agent sides.
        edge_recall: Share of the edges that were found: measured on samples for the method `approximate`, else 1.
        recall_edges: Sampled edges that share was measured on; 0 where nothing can be missed.
        components: Leading components that were multiplied; None for whole vectors.
    """

    ids: tuple[str, ...]
    edges: NDArray[np.int32]
    user_scores: NDArray[np.float32]
    agent_scores: NDArray[np.float32]
    user_threshold: float
    agent_threshold: float
    edge_recall: float = 1.0
    recall_edges: int = 0
    components: int | None = None

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
            check_threshold(side, wanted)
            if wanted < built:
                raise ConfigurationError(
                    f"the {side} threshold {wanted} is lower than {built}, which the graph was built with:"
                    " edges between the two were never kept",
                    fix="build the graph again with the lower threshold",
                )
        kept = reaches(self.user_scores, user_threshold) & reaches(self.agent_scores, agent_threshold)
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
    method: Method = "auto",
    block: int = BLOCK,
    workers: int | None = None,
    max_edges: int = 50_000_000,
) -> SimilarityGraph:
    """Return the graph with an edge iff cos(user, user) and cos(agent, agent) both reach their thresholds.

    One side's cosines (the side with the higher threshold, which leaves fewer pairs) are bounded tile by tile in
    float32; the survivors' two cosines are then computed one by one in float64, so the result depends neither on the
    block, the cores nor the order of the dialogues. A zero vector has no edge.

    Args:
        vectors: Side vectors; they need not be of unit length.
        user_threshold: Minimum cosine of the user sides, above 0 and at most 1.
        agent_threshold: Minimum cosine of the agent sides, above 0 and at most 1.
        method: How candidates are found; see `Method`.
        block: Columns multiplied at once, by half as many rows; memory is 2·block² bytes a worker.
        workers: Threads; None takes one per core.
        max_edges: Edges at which to give up, before memory runs out.

    Raises:
        ConfigurationError: If a threshold, the method or the block is out of range, or there are more than
            `max_edges` edges.
        StreamDialError: If shapes differ, an id occurs twice, or a vector holds NaN or infinite values.
    """
    scorer = PairScorer(vectors, user_threshold, agent_threshold)
    matrix = scorer.make_matrix()
    bound = choose_bound(matrix, scorer, method)
    nodes = range(len(vectors.ids))
    found = find_pairs(
        matrix if bound is None else bound.matrix,
        cut_tiles(nodes, nodes, block),
        scorer.least - MARGIN,
        scorer.check,
        max_pairs=max_edges,
        workers=workers,
    )
    return SimilarityGraph(
        vectors.ids,
        *found,
        user_threshold,
        agent_threshold,
        edge_recall=1.0 if bound is None else bound.recall,
        recall_edges=0 if bound is None else bound.sampled_edges,
        components=None if bound is None else bound.matrix.shape[1] - 1,
    )


def extend_similarity_graph(
    graph: SimilarityGraph, vectors: SideVectors, *, block: int = BLOCK, workers: int | None = None
) -> SimilarityGraph:
    """Return the graph with more dialogues: new ones are compared with all, old ones not again.

    The result is that of building the graph from all vectors at once by the method `exact`; edges that the old graph
    missed stay missing.

    Args:
        graph: The graph of the first dialogues.
        vectors: Vectors of all dialogues: those of the graph first, in its order, then the new ones.
        block: Columns multiplied at once.
        workers: Threads; None takes one per core.

    Raises:
        StreamDialError: If the vectors do not begin with the dialogues of the graph, or cannot be compared.
    """
    count = len(graph.ids)
    if vectors.ids[:count] != graph.ids:
        raise StreamDialError(
            f"the vectors do not begin with the {count} dialogues of the graph",
            fix="join the new vectors to those the graph was built from",
        )
    scorer = PairScorer(vectors, graph.user_threshold, graph.agent_threshold)
    found = find_pairs(
        scorer.make_matrix(),
        cut_tiles(range(len(vectors.ids)), range(count, len(vectors.ids)), block),
        scorer.least - MARGIN,
        scorer.check,
        max_pairs=50_000_000,
        workers=workers,
    )
    old = ScoredPairs(graph.edges, graph.user_scores, graph.agent_scores)
    merged = join_pairs([old, found])
    return replace(
        graph,
        ids=vectors.ids,
        edges=merged.pairs,
        user_scores=merged.user_scores,
        agent_scores=merged.agent_scores,
    )


def choose_bound(matrix: NDArray[np.float32], scorer: PairScorer, method: Method) -> Bound | None:
    """Return what to multiply instead of whole rows, or None where these are wanted or cost less.

    Raises:
        ConfigurationError: If there is no such method.
    """
    if method not in get_args(Method):
        raise ConfigurationError(f"no method {method!r}", fix=f"choose one of {', '.join(get_args(Method))}")
    if method == "exact" or (method == "auto" and len(matrix) < AUTO_EXACT):
        return None
    sound = make_bound(matrix, scorer, sound=True) if method in ("auto", "pruned") else None
    if method == "pruned" or (sound is not None and sound.cost <= _SOUND_ENOUGH):
        return sound
    return make_bound(matrix, scorer, sound=False)
