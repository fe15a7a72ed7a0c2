from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.errors import StreamDialError
from streamdial.filtering import SideVectors, build_similarity_graph, extend_similarity_graph
from tests.filtering.helpers import make_vectors
from tests.filtering.test_graph import make_near_duplicates


def check_extension(vectors: SideVectors, cuts: list[int]) -> None:
    whole = build_similarity_graph(vectors, user_threshold=0.6, agent_threshold=0.5)
    graph = build_similarity_graph(vectors.take(0, cuts[0]), user_threshold=0.6, agent_threshold=0.5)
    for cut in [*cuts[1:], len(vectors.ids)]:
        graph = extend_similarity_graph(graph, vectors.take(0, cut), block=16)
    assert graph.ids == whole.ids
    assert np.array_equal(graph.edges, whole.edges)
    assert np.array_equal(graph.user_scores, whole.user_scores)
    assert np.array_equal(graph.agent_scores, whole.agent_scores)
    assert (graph.user_threshold, graph.agent_threshold) == (0.6, 0.5)


@given(seed=st.integers(0, 50), cuts=st.lists(st.integers(0, 60), min_size=1, max_size=3).map(sorted))
@settings(max_examples=30, deadline=None)
def test_a_graph_that_grew_is_the_graph_built_at_once(seed: int, cuts: list[int]) -> None:
    check_extension(make_near_duplicates(60, seed), cuts)


def test_nothing_new_changes_nothing() -> None:
    check_extension(make_near_duplicates(30), [30])


def test_vectors_that_do_not_begin_with_the_graph_are_refused() -> None:
    vectors = make_near_duplicates(9)
    graph = build_similarity_graph(vectors, user_threshold=0.8, agent_threshold=0.8)
    with pytest.raises(StreamDialError, match=r"do not begin with the 9 dialogues.*join the new vectors"):
        extend_similarity_graph(graph, vectors.take(0, 8))
    other = make_vectors(vectors.user, vectors.agent, [f"x{row}" for row in range(9)])
    with pytest.raises(StreamDialError, match="do not begin"):
        extend_similarity_graph(graph, other)


def test_a_new_dialogue_with_a_known_id_is_refused() -> None:
    vectors = make_near_duplicates(9)
    graph = build_similarity_graph(vectors, user_threshold=0.8, agent_threshold=0.8)
    with pytest.raises(StreamDialError, match="same id"):
        extend_similarity_graph(graph, vectors.join(vectors.take(0, 1)))
