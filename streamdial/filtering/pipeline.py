"""The whole phase: from dialogues to the set without repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.filtering.communities import Quality, find_communities
from streamdial.filtering.graph import SimilarityGraph, build_similarity_graph
from streamdial.filtering.sampling import DEFAULT_RATIO, Sample, sample_dialogues
from streamdial.filtering.vectors import SideVectors, embed_sides
from streamdial.models import Embedder
from streamdial.records import Dialogue, FrozenModel


class FilterOptions(FrozenModel):
    """Settings of the phase; all of them influence what is kept."""

    user_threshold: float = 0.9
    """Least cosine of two user sides that repeat each other."""
    agent_threshold: float = 0.9
    """Least cosine of two agent sides that repeat each other."""
    ratio: float = DEFAULT_RATIO
    """Share to keep of dialogues that resemble others."""
    quality: Quality = "modularity"
    """What a good partition into communities is."""
    resolution: float = 1.0
    """Higher gives smaller communities."""
    seed: int = 0


@dataclass(frozen=True)
class FilterResult:
    """What the phase kept and all it was decided from, so that other thresholds need no new embedding.

    Attributes:
        graph: The similarity graph with both cosines of each edge.
        membership: Community of each dialogue.
        sample: Ids kept, and dropped ones with what they repeat.
        vectors: The vectors of both sides.
    """

    graph: SimilarityGraph
    membership: NDArray[np.int32]
    sample: Sample
    vectors: SideVectors


def filter_dialogues(
    dialogues: Sequence[Dialogue], embedder: Embedder, options: FilterOptions, counts: Counts
) -> FilterResult:
    """Drop dialogues that repeat others on both sides.

    Of those alike, the ones stay whose turns rest on evidence most often. An id that comes twice is one dialogue.

    Args:
        dialogues: What to filter; none gives an empty result.
        embedder: Gives the vectors of the utterances.
        options: Thresholds, ratio, quality function and seed.
        counts: Takes up asked, made, kept, and dropped by reason: `same_id`, `repeats` (a kept dialogue is alike)
            and `repeats_indirectly` (alike through others of its community).

    Raises:
        ConfigurationError: If an option is out of range.
    """
    by_id: dict[str, Dialogue] = {}
    for dialogue in dialogues:
        by_id.setdefault(dialogue.id, dialogue)
    single = list(by_id.values())
    vectors = embed_sides(single, embedder)
    graph = build_similarity_graph(
        vectors, user_threshold=options.user_threshold, agent_threshold=options.agent_threshold
    )
    membership = find_communities(graph, quality=options.quality, resolution=options.resolution, seed=options.seed)
    worth = [measure_evidence(dialogue) for dialogue in single]
    sample = sample_dialogues(graph, membership, worth, ratio=options.ratio, seed=options.seed)

    counts.asked += len(dialogues)
    counts.made += len(dialogues)
    counts.kept += len(sample.kept)
    if len(single) < len(dialogues):
        counts.drop("same_id", len(dialogues) - len(single))
    for drop in sample.dropped:
        counts.drop(drop.reason)
    if vectors.empty:
        shown = ", ".join(vectors.empty[:3]) + (", ..." if len(vectors.empty) > 3 else "")
        counts.note(f"{len(vectors.empty)} dialogues have a side that says nothing and were kept unseen: {shown}")
    return FilterResult(graph=graph, membership=membership, sample=sample, vectors=vectors)


def measure_evidence(dialogue: Dialogue) -> float:
    """Return the share of turns that name evidence, 0 for a dialogue without turns."""
    if not dialogue.turns:
        return 0.0
    return sum(bool(turn.evidence) for turn in dialogue.turns) / len(dialogue.turns)
