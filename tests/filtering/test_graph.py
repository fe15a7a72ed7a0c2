from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering import SideVectors, SimilarityGraph, build_similarity_graph
from tests.filtering.helpers import make_vectors


def turn(*degrees: float) -> NDArray[np.float32]:
    """Unit vectors in the plane: cosines are those of the differences of the angles."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def make_near_duplicates(count: int, seed: int = 0) -> SideVectors:
    """Random vectors; every third one is a blurred copy of the one before, on one side or on both."""
    rng = np.random.default_rng(seed)
    user, agent = rng.normal(size=(2, count, 16))
    for row in range(2, count, 3):
        blur = rng.uniform(0.05, 0.8)
        user[row] = user[row - 1] + blur * rng.normal(size=16)
        if row % 2:
            agent[row] = agent[row - 1] + blur * rng.normal(size=16)
    return make_vectors(user, agent)


def find_edges_by_hand(vectors: SideVectors, user_threshold: float, agent_threshold: float) -> set[tuple[int, int]]:
    def compare(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
        one, two = left.astype(float), right.astype(float)
        return float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))

    rows = range(len(vectors.ids))
    return {
        (low, high)
        for low in rows
        for high in rows[low + 1 :]
        if compare(vectors.user[low], vectors.user[high]) >= user_threshold
        and compare(vectors.agent[low], vectors.agent[high]) >= agent_threshold
    }


def list_edges(graph: SimilarityGraph) -> list[tuple[int, int]]:
    return [(int(low), int(high)) for low, high in graph.edges]


def test_an_edge_needs_both_sides() -> None:
    vectors = make_vectors(turn(0, 20, 20, 70), turn(0, 30, 90, 0))
    graph = build_similarity_graph(vectors, user_threshold=0.9, agent_threshold=0.8)
    # cos 20° = 0.940, cos 30° = 0.866; 0 and 2 agree on the user side alone, 0 and 3 on the agent side alone.
    assert list_edges(graph) == [(0, 1)]
    assert graph.user_scores[0] == pytest.approx(math.cos(math.radians(20)), abs=1e-6)
    assert graph.agent_scores[0] == pytest.approx(math.cos(math.radians(30)), abs=1e-6)
    assert graph.weights[0] == graph.agent_scores[0]
    assert graph.edges.dtype == np.int32


def test_equal_vectors_reach_a_threshold_of_one() -> None:
    rows = np.repeat(np.random.default_rng(1).normal(size=(1, 384)), 3, axis=0)
    graph = build_similarity_graph(make_vectors(rows, rows), user_threshold=1.0, agent_threshold=1.0)
    assert list_edges(graph) == [(0, 1), (0, 2), (1, 2)]
    assert graph.weights.max() <= 1


def test_a_zero_vector_has_no_edge() -> None:
    zeros = np.zeros((2, 2))
    graph = build_similarity_graph(make_vectors(zeros, zeros), user_threshold=0.01, agent_threshold=0.01)
    assert list_edges(graph) == []


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_have_no_edge(count: int) -> None:
    rows = np.ones((count, 3))
    graph = build_similarity_graph(make_vectors(rows, rows), user_threshold=0.9, agent_threshold=0.9)
    assert graph.edges.shape == (0, 2)
    assert len(graph.ids) == count


@pytest.mark.parametrize(("user_threshold", "agent_threshold"), [(0.8, 0.8), (0.9, 0.5), (0.4, 0.95), (0.3, 0.3)])
@pytest.mark.parametrize("block", [1, 64, 2048])
def test_the_graph_is_what_comparing_every_pair_gives(
    user_threshold: float, agent_threshold: float, block: int
) -> None:
    vectors = make_near_duplicates(300 if block > 1 else 60)
    graph = build_similarity_graph(vectors, user_threshold=user_threshold, agent_threshold=agent_threshold, block=block)
    wanted = find_edges_by_hand(vectors, user_threshold, agent_threshold)
    assert wanted
    assert list_edges(graph) == sorted(wanted)


def test_the_block_changes_nothing() -> None:
    vectors = make_near_duplicates(200)
    one, two = (
        build_similarity_graph(vectors, user_threshold=0.5, agent_threshold=0.5, block=block) for block in (7, 2048)
    )
    assert np.array_equal(one.edges, two.edges)
    assert np.array_equal(one.user_scores, two.user_scores)
    assert np.array_equal(one.agent_scores, two.agent_scores)


@given(
    seed=st.integers(0, 50),
    built=st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
    rises=st.tuples(st.floats(0, 0.1), st.floats(0, 0.1)),
)
@settings(max_examples=30, deadline=None)
def test_raising_thresholds_is_building_with_them_and_gives_a_subset(
    seed: int, built: tuple[float, float], rises: tuple[float, float]
) -> None:
    vectors = make_near_duplicates(40, seed)
    low = build_similarity_graph(vectors, user_threshold=built[0], agent_threshold=built[1])
    raised = low.raise_thresholds(built[0] + rises[0], built[1] + rises[1])
    again = build_similarity_graph(vectors, user_threshold=built[0] + rises[0], agent_threshold=built[1] + rises[1])
    assert list_edges(raised) == list_edges(again)
    assert np.array_equal(raised.weights, again.weights)
    assert set(list_edges(raised)) <= set(list_edges(low))


def test_lower_thresholds_than_built_are_refused() -> None:
    graph = build_similarity_graph(make_near_duplicates(9), user_threshold=0.8, agent_threshold=0.7)
    with pytest.raises(ConfigurationError, match=r"agent threshold 0.6 is lower than 0.7.*build the graph again"):
        graph.raise_thresholds(0.8, 0.6)
    with pytest.raises(ConfigurationError, match=r"user threshold is 1.5"):
        graph.raise_thresholds(1.5, 0.9)


@pytest.mark.parametrize("value", [0, -0.5, 1.01, math.nan, math.inf])
def test_a_threshold_out_of_range_is_refused(value: float) -> None:
    vectors = make_near_duplicates(6)
    with pytest.raises(ConfigurationError, match="user threshold"):
        build_similarity_graph(vectors, user_threshold=value, agent_threshold=0.9)
    with pytest.raises(ConfigurationError, match="agent threshold"):
        build_similarity_graph(vectors, user_threshold=0.9, agent_threshold=value)


def test_vectors_that_do_not_fit_are_refused() -> None:
    good = np.ones((3, 2))
    with pytest.raises(StreamDialError, match=r"agent vectors have shape \(2, 2\), expected \(3, dimensions\)"):
        build_similarity_graph(make_vectors(good, good[:2]), user_threshold=0.9, agent_threshold=0.9)
    with pytest.raises(StreamDialError, match=r"user vectors have shape \(3,\)"):
        build_similarity_graph(make_vectors(good[:, 0], good), user_threshold=0.9, agent_threshold=0.9)
    bad = good.copy()
    bad[1, 0] = np.nan
    with pytest.raises(StreamDialError, match="agent vector of dialogue d0001 holds NaN"):
        build_similarity_graph(make_vectors(good, bad), user_threshold=0.9, agent_threshold=0.9)
    with pytest.raises(StreamDialError, match="same id"):
        build_similarity_graph(make_vectors(good, good, ["x", "y", "x"]), user_threshold=0.9, agent_threshold=0.9)


def test_too_many_edges_are_refused_before_memory_runs_out() -> None:
    rows = np.ones((50, 2))
    with pytest.raises(ConfigurationError, match="raise the thresholds"):
        build_similarity_graph(make_vectors(rows, rows), user_threshold=0.9, agent_threshold=0.9, max_edges=1000)
