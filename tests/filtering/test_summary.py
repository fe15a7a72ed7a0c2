from __future__ import annotations

import numpy as np
import pytest

from streamdial.errors import ConfigurationError
from streamdial.filtering import (
    CommunitySummary,
    FilterOptions,
    GridCell,
    count_kept,
    count_sizes,
    describe_largest,
    measure_threshold_grid,
    sample_dialogues,
)
from tests.filtering.helpers import make_graph

# A chain a-b-c, a pair d-e, and f alone.
GRAPH = {(0, 1): (0.95, 0.7), (1, 2): (0.8, 0.8), (3, 4): (0.7, 0.95)}


def group(*communities: int) -> np.ndarray:
    return np.asarray(communities, dtype=np.int32)


def test_the_grid_counts_what_each_pair_of_thresholds_leaves() -> None:
    options = FilterOptions(quality="components", ratio=0.5)
    cells = measure_threshold_grid(make_graph(6, GRAPH), options, (0.5, 0.9), (0.5, 0.75))
    # Half of 3 + 2 rounds up to 3, beside f; of a pair 1 stays, beside four; half of b-c and d-e are 2, beside a and f.
    assert cells == [
        GridCell(0.5, 0.5, 4 / 6, 2, 5 / 6),
        GridCell(0.5, 0.75, 4 / 6, 2, 4 / 6),
        GridCell(0.9, 0.5, 5 / 6, 1, 2 / 6),
        GridCell(0.9, 0.75, 1.0, 0, 0.0),
    ]


def test_a_grid_below_the_thresholds_of_the_graph_is_refused_and_of_nothing_is_zero() -> None:
    with pytest.raises(ConfigurationError, match=r"user threshold 0.4 is lower than 0.5"):
        measure_threshold_grid(make_graph(6, GRAPH), FilterOptions(), (0.4,), (0.5,))
    assert measure_threshold_grid(make_graph(0, {}), FilterOptions(), (0.5,), (0.5,)) == [GridCell(0.5, 0.5, 0, 0, 0)]


def test_sizes_are_counted() -> None:
    assert count_sizes(group(0, 0, 0, 1, 1, 2, 3)) == {1: 2, 2: 1, 3: 1}
    assert count_sizes(group()) == {}


def test_kept_are_counted_as_the_sample_keeps_them() -> None:
    edges = {(low, high): 0.9 for low in range(5) for high in range(low + 1, 5)}
    graph, membership = make_graph(7, edges), group(0, 0, 0, 0, 0, 1, 2)
    for options in ({"ratio": 0.3}, {"ratio": 1.0}, {"size": 4}, {"size": 1}, {"size": 99}, {}):
        kept = sample_dialogues(graph, membership, None, **options).kept  # type: ignore[arg-type]
        assert count_kept(membership, **options) == len(kept)  # type: ignore[arg-type]


def test_the_largest_communities_have_their_medoid() -> None:
    graph = make_graph(6, GRAPH)
    membership = group(0, 0, 0, 1, 1, 2)
    sample = sample_dialogues(graph, membership, [1, 0, 0.5, 0, 1, 0], ratio=0.5)
    largest = describe_largest(graph, membership, sample)
    # b has both edges of the chain; d and e have the same one, so the first id is the medoid. f is alone.
    assert largest == [CommunitySummary("b", ("a", "c"), ("b",)), CommunitySummary("d", ("e",), ("d",))]
    assert describe_largest(graph, membership, sample, limit=1) == largest[:1]
    assert describe_largest(make_graph(0, {}), group(), sample) == []


def test_an_edge_into_another_community_does_not_make_a_medoid() -> None:
    graph = make_graph(4, {(0, 1): 0.6, (1, 2): 0.6, (2, 3): 0.9})
    membership = group(0, 0, 0, 1)
    [largest] = describe_largest(graph, membership, sample_dialogues(graph, membership, None, ratio=1.0))
    assert largest.medoid == "b"
