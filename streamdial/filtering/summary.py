"""Figures about a filtered set: how thresholds change it, and what its largest communities are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.filtering.communities import find_communities
from streamdial.filtering.graph import SimilarityGraph
from streamdial.filtering.pipeline import FilterOptions, FilterResult, decide_kept
from streamdial.filtering.sampling import Sample, count_kept


class GridCell(NamedTuple):
    """What one pair of thresholds makes of a set."""

    user_threshold: float
    agent_threshold: float
    kept_share: float
    """Share of the dialogues that would stay."""
    communities: int
    """Communities of two and more."""
    duplicate_rate: float
    """Share of the dialogues that resemble another one."""


class TriedThresholds(NamedTuple):
    """What one pair of thresholds would keep."""

    user_threshold: float
    agent_threshold: float
    kept: int
    """Dialogues that would stay."""
    dropped: tuple[str, ...]
    """Ids of those that would go, in their order."""


class CommunitySummary(NamedTuple):
    """One community: its centre and what became of its members."""

    medoid: str
    """The member most like the others: with the highest sum of edge weights inside."""
    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def measure_threshold_grid(
    graph: SimilarityGraph,
    options: FilterOptions,
    user_thresholds: Sequence[float],
    agent_thresholds: Sequence[float],
    texts: Sequence[str] = (),
) -> list[GridCell]:
    """Return a cell for each pair of thresholds, user thresholds outside; no dialogue is compared again.

    Args:
        graph: Built with thresholds no higher than any asked for.
        options: Ratio or size, quality function, resolution and seed.
        user_thresholds: Rows of the grid.
        agent_thresholds: Columns of the grid.
        texts: What tells one dialogue's text from another's, of each dialogue; see `name_text`.

    Raises:
        ConfigurationError: If a threshold is above 1, or lower than the graph was built with.
    """
    count = len(graph.ids)
    cells = []
    for user in user_thresholds:
        for agent in agent_thresholds:
            part = graph.raise_thresholds(user, agent)
            membership = find_communities(
                part, quality=options.quality, resolution=options.resolution, seed=options.seed
            )
            crowds = int((np.bincount(membership) > 1).sum()) if count else 0
            kept = count_kept(membership, ratio=options.ratio, size=options.size, texts=texts)
            alike = len(np.unique(part.edges))
            cells.append(GridCell(user, agent, kept / max(count, 1), crowds, alike / max(count, 1)))
    return cells


def try_thresholds(graph: SimilarityGraph, result: FilterResult, *, step: float = 0.02) -> list[TriedThresholds]:
    """Return what other thresholds would keep: both sides' moved alike, down to what the graph was built with, up to 1.

    What is kept is decided as the filter does, communities and all, so it is what `FilterResult.resample` keeps.

    Args:
        graph: Built with thresholds no higher than the result's.
        result: The filter's result, whose own thresholds are among those that are tried.
        step: How far apart.
    """
    own = result.options
    down = min(own.user_threshold - graph.user_threshold, own.agent_threshold - graph.agent_threshold)
    up = 1 - min(own.user_threshold, own.agent_threshold)
    found = []
    for move in range(-int((down + 1e-9) / step), math.ceil((up - 1e-9) / step) + 1):
        user, agent = (round(min(1.0, each + move * step), 6) for each in (own.user_threshold, own.agent_threshold))
        options = FilterOptions(**{**own.model_dump(), "user_threshold": user, "agent_threshold": agent})
        part = graph.raise_thresholds(user, agent)
        sample = decide_kept(part, result.vectors, result.worth, options, result.texts).sample
        found.append(TriedThresholds(user, agent, len(sample.kept), tuple(sorted(drop.id for drop in sample.dropped))))
    return found


def count_sizes(membership: NDArray[np.int32]) -> dict[int, int]:
    """Return how many communities there are of each size, small ones first."""
    sizes, counts = np.unique(np.bincount(membership), return_counts=True) if len(membership) else ((), ())
    return {int(size): int(count) for size, count in zip(sizes, counts, strict=True) if size}


def describe_largest(
    graph: SimilarityGraph, membership: NDArray[np.int32], sample: Sample, *, limit: int = 10
) -> list[CommunitySummary]:
    """Return the largest communities of two and more, largest first, equal ones by their first member.

    Args:
        graph: The similarity graph.
        membership: Community of each node.
        sample: What stays.
        limit: Maximum number of communities to return.
    """
    if not len(membership):
        return []
    sizes = np.bincount(membership)
    inside = membership[graph.edges[:, 0]] == membership[graph.edges[:, 1]]
    centrality = np.zeros(len(graph.ids))
    for end in (0, 1):
        np.add.at(centrality, graph.edges[inside, end], graph.weights[inside].astype(float))
    kept = set(sample.kept)
    largest = []
    for community in np.argsort(-sizes, kind="stable")[:limit]:
        if sizes[community] < 2:
            break
        members = np.flatnonzero(membership == community)
        names = [graph.ids[node] for node in members]
        # The smallest id among equals, so that the order of the dialogues changes nothing.
        _, medoid = min((-round(float(centrality[node]), 6), graph.ids[node]) for node in members)
        largest.append(
            CommunitySummary(
                medoid,
                tuple(name for name in names if name in kept),
                tuple(name for name in names if name not in kept),
            )
        )
    return largest
