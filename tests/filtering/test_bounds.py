from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError
from streamdial.filtering import Method, SideVectors, build_similarity_graph
from streamdial.filtering import bounds as bounds_module
from streamdial.filtering import graph as graph_module
from streamdial.filtering.bounds import make_bound, measure_recall
from streamdial.filtering.scores import PairScorer
from tests.filtering.helpers import make_vectors


@pytest.fixture(autouse=True)
def small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds for hundreds of rows, where whole products would be cheaper than the look for a bound."""
    monkeypatch.setattr(bounds_module, "_SAMPLE", 60)
    monkeypatch.setattr(bounds_module, "_MIN_EDGES", 20)
    monkeypatch.setattr(bounds_module, "_CHECK_COST", 5.0)


def make_flat(count: int, seed: int, noise: float = 0.05, groups: int = 4) -> SideVectors:
    """Rows of 64 dimensions that lie near a space of 8, in groups of near duplicates."""
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        centres = np.repeat(rng.normal(size=(-(-count // groups), 8)), groups, axis=0)[:count]
        inside = (centres + 0.3 * rng.normal(size=(count, 8))) @ rng.normal(size=(8, 64))
        sides.append(inside + noise * rng.normal(size=(count, 64)))
    return make_vectors(*sides)


def multiply(bound: bounds_module.Bound) -> NDArray[np.float64]:
    wide = bound.matrix.astype(np.float64)
    products: NDArray[np.float64] = wide @ wide.T
    return products


@given(seed=st.integers(0, 30), noise=st.floats(0, 3))
@settings(max_examples=15, deadline=None)
def test_the_sound_bound_is_never_below_the_cosine(seed: int, noise: float) -> None:
    scorer = PairScorer(make_flat(240, seed, noise), 0.9, 0.9)
    matrix = scorer.make_matrix()
    bound = make_bound(matrix, scorer, sound=True)
    if bound is not None:
        wide = matrix.astype(np.float64)
        assert (multiply(bound) >= wide @ wide.T - 2e-6).all()
        assert (bound.scale, bound.recall, bound.sampled_edges) == (1.0, 1.0, 0)
        assert bound.cost < 1


def test_rows_with_few_directions_need_few_components() -> None:
    scorer = PairScorer(make_flat(400, 0), 0.9, 0.9)
    bound = make_bound(scorer.make_matrix(), scorer, sound=True)
    assert bound is not None
    assert bound.matrix.shape == (400, 16)


def test_the_scaled_bound_is_tighter_and_tells_what_it_finds() -> None:
    scorer = PairScorer(make_flat(400, 1, noise=1.0), 0.8, 0.8)
    matrix = scorer.make_matrix()
    bound = make_bound(matrix, scorer, sound=False)
    assert bound is not None
    assert 0 <= bound.scale < 1
    assert bound.sampled_edges >= 20
    assert 0.9 < bound.recall <= 1


@pytest.mark.parametrize("method", ["pruned", "approximate", "exact"])
@pytest.mark.parametrize(("user_threshold", "agent_threshold"), [(0.9, 0.8), (0.8, 0.9)])
def test_every_way_finds_the_edges_it_promises(method: Method, user_threshold: float, agent_threshold: float) -> None:
    vectors = make_flat(600, 2, noise=0.3)
    exact = build_similarity_graph(
        vectors, user_threshold=user_threshold, agent_threshold=agent_threshold, method="exact"
    )
    graph = build_similarity_graph(
        vectors, user_threshold=user_threshold, agent_threshold=agent_threshold, method=method
    )
    known = set(map(tuple, exact.edges.tolist()))
    found = set(map(tuple, graph.edges.tolist()))
    assert found <= known
    if method == "approximate":
        assert len(found) >= 0.97 * len(known)
        assert graph.recall_edges > 0
    else:
        assert found == known
        assert (graph.edge_recall, graph.recall_edges) == (1.0, 0)
    assert (graph.components is None) == (method == "exact")


def test_without_enough_edges_nothing_is_concluded_and_the_graph_is_exact() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 64))
    graph = build_similarity_graph(
        make_vectors(rows, rows), user_threshold=0.95, agent_threshold=0.95, method="approximate"
    )
    assert graph.components is None
    assert graph.edge_recall == 1.0


def test_auto_is_exact_for_few_and_looks_for_a_bound_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = make_flat(400, 0)
    assert build_similarity_graph(vectors, user_threshold=0.9, agent_threshold=0.9).components is None
    monkeypatch.setattr(graph_module, "AUTO_EXACT", 100)
    monkeypatch.setattr(graph_module, "_SOUND_ENOUGH", 0.5)
    # Eight directions: the bound that misses nothing is cheap enough.
    graph = build_similarity_graph(vectors, user_threshold=0.9, agent_threshold=0.9)
    assert (graph.components, graph.recall_edges) == (15, 0)


def test_the_order_of_the_dialogues_does_not_change_the_bound() -> None:
    vectors = make_flat(400, 3, noise=1.0)
    order = np.random.default_rng(0).permutation(400)
    moved = make_vectors(vectors.user[order], vectors.agent[order], [vectors.ids[row] for row in order])
    bounds = []
    for one in (vectors, moved):
        scorer = PairScorer(one, 0.8, 0.8)
        bound = make_bound(scorer.make_matrix(), scorer, sound=False)
        assert bound is not None
        bounds.append(bound)
    assert bounds[0].matrix.shape == bounds[1].matrix.shape
    assert bounds[0].scale == pytest.approx(bounds[1].scale, abs=1e-3)
    assert bounds[0].sampled_edges == bounds[1].sampled_edges


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'fast'.*auto, exact, pruned, approximate"):
        build_similarity_graph(
            make_flat(4, 0), user_threshold=0.9, agent_threshold=0.9, method="fast"  # type: ignore[arg-type]
        )  # fmt: skip


def test_recall_is_the_share_of_sampled_edges_that_were_found() -> None:
    rows = np.repeat(np.eye(30), 2, axis=0)
    scorer = PairScorer(make_vectors(rows, rows), 0.9, 0.9)
    every = np.asarray([(2 * pair, 2 * pair + 1) for pair in range(30)], np.int32)
    # 60 rows are all sampled: 30 edges, of which 24 are given.
    assert measure_recall(scorer.make_matrix(), scorer, every) == (1.0, 30)
    assert measure_recall(scorer.make_matrix(), scorer, every[:24]) == (0.8, 30)
