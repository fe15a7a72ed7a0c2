from __future__ import annotations

import numpy as np
import pytest

from streamdial.errors import ConfigurationError
from streamdial.filtering import (
    CommunitySummary,
    FilterOptions,
    GridCell,
    build_similarity_graph,
    count_kept,
    count_sizes,
    decide_kept,
    describe_largest,
    measure_threshold_grid,
    sample_dialogues,
    try_thresholds,
)
from tests.filtering.helpers import make_graph, make_vectors

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


@pytest.mark.parametrize("thresholds", [(0.7, 0.7), (0.8, 0.6), (0.97, 0.99)])
def test_tried_thresholds_keep_what_filtering_again_keeps(thresholds: tuple[float, float]) -> None:
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(8, 6))
    user, agent = (centres[np.arange(80) % 8] + 0.35 * rng.normal(size=(80, 6)) for _ in range(2))
    vectors = make_vectors(*(side / np.linalg.norm(side, axis=1, keepdims=True) for side in (user, agent)))
    options = FilterOptions(user_threshold=thresholds[0], agent_threshold=thresholds[1], ratio=0.4)
    worth = tuple(rng.random(80).tolist())
    build = {"user_threshold": thresholds[0], "agent_threshold": thresholds[1]}
    result = decide_kept(build_similarity_graph(vectors, **build), vectors, worth, options)
    wide = build_similarity_graph(vectors, user_threshold=0.5, agent_threshold=0.5)
    tried = try_thresholds(wide, result)
    # Down until one side is at 0.5, in steps of 0.02; up until both are at 1.
    assert (min(tried[0][:2]), tried[-1][:2]) == (pytest.approx(0.5, abs=0.02), (1.0, 1.0))
    assert len({step.dropped for step in tried}) > 3
    for step in tried:
        again = result.resample(
            options.model_copy(update={"user_threshold": step.user_threshold, "agent_threshold": step.agent_threshold})
        )
        assert step.dropped == tuple(sorted(drop.id for drop in again.sample.dropped))
        assert step.kept == len(again.sample.kept)
    own = next(step for step in tried if step[:2] == thresholds)
    assert own.dropped == tuple(sorted(drop.id for drop in result.sample.dropped))


def test_thresholds_below_the_graph_are_not_tried() -> None:
    vectors = make_vectors(np.eye(4), np.eye(4))
    options = FilterOptions(user_threshold=0.9, agent_threshold=0.95)
    graph = build_similarity_graph(vectors, user_threshold=0.9, agent_threshold=0.95)
    tried = try_thresholds(graph, decide_kept(graph, vectors, (1.0,) * 4, options))
    assert [step[:3] for step in tried] == [
        (0.9, 0.95, 4), (0.92, 0.97, 4), (0.94, 0.99, 4), (0.96, 1.0, 4), (0.98, 1.0, 4), (1.0, 1.0, 4),
    ]  # fmt: skip
