from __future__ import annotations

import random

import igraph
import numpy as np
import pytest

from streamdial.errors import ConfigurationError
from streamdial.filtering import Quality, build_similarity_graph, find_communities
from tests.filtering.helpers import make_graph, make_vectors

TWO_TRIANGLES = {
    (0, 1): 0.95,
    (0, 2): 0.95,
    (1, 2): 0.95,
    (2, 3): 0.9,
    (3, 4): 0.95,
    (3, 5): 0.95,
    (4, 5): 0.95,
}


@pytest.mark.parametrize("quality", ["modularity", "rb", "significance"])
def test_two_triangles_with_one_bridge_are_two_communities(quality: Quality) -> None:
    assert find_communities(make_graph(7, TWO_TRIANGLES), quality=quality).tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_components_follow_the_bridge_and_cpm_follows_its_resolution() -> None:
    graph = make_graph(7, TWO_TRIANGLES)
    assert find_communities(graph, quality="components").tolist() == [0, 0, 0, 0, 0, 0, 1]
    # CPM joins two groups iff the weight between them is above resolution·size·size: the bridge's 0.9 against 9 pairs,
    # and an edge's 0.95 against one.
    assert find_communities(graph, quality="cpm", resolution=0.6).tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert find_communities(graph, quality="cpm", resolution=0.05).tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert find_communities(graph, quality="cpm", resolution=0.99).tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_nodes_without_edges_are_alone(count: int) -> None:
    found = find_communities(make_graph(count, {}))
    assert found.tolist() == list(range(count))
    assert found.dtype == np.int32


@pytest.mark.parametrize("quality", ["modularity", "cpm", "rb", "significance"])
def test_the_same_seed_gives_the_same_partition(quality: Quality) -> None:
    rows = np.random.default_rng(3).normal(size=(120, 4))
    graph = build_similarity_graph(make_vectors(rows, rows), user_threshold=0.6, agent_threshold=0.6)
    one, two = (find_communities(graph, quality=quality, seed=5) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("quality", ["modularity", "rb"])
def test_the_order_of_the_dialogues_does_not_change_the_partition(quality: Quality) -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(90, 4))
    ids = [f"d{row:02d}" for row in range(90)]
    order = rng.permutation(90)
    groups = []
    for places in (np.arange(90), order):
        names = [ids[place] for place in places]
        vectors = make_vectors(rows[places], rows[places], names)
        graph = build_similarity_graph(vectors, user_threshold=0.6, agent_threshold=0.6)
        found = find_communities(graph, quality=quality)
        groups.append({frozenset(np.asarray(names)[found == group]) for group in set(found.tolist())})
    assert groups[0] == groups[1]


def test_communities_are_numbered_by_their_first_member() -> None:
    graph = make_graph(6, {(0, 5): 0.9, (1, 4): 0.9, (2, 3): 0.9})
    assert find_communities(graph).tolist() == [0, 1, 2, 2, 1, 0]


def test_the_random_generator_of_others_is_left_as_it_was() -> None:
    random.seed(1)
    state = random.getstate()
    find_communities(make_graph(7, TWO_TRIANGLES))
    assert random.getstate() == state
    random.seed(2)
    one = igraph.Graph.Erdos_Renyi(n=30, m=50).get_edgelist()
    random.seed(2)
    assert igraph.Graph.Erdos_Renyi(n=30, m=50).get_edgelist() == one


def test_unknown_quality_and_resolution_are_refused() -> None:
    graph = make_graph(2, {(0, 1): 0.9})
    with pytest.raises(ConfigurationError, match=r"'louvain'.*modularity, cpm"):
        find_communities(graph, quality="louvain")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="resolution"):
        find_communities(graph, resolution=0)


@pytest.mark.parametrize("quality", ["modularity", "rb"])
def test_each_component_is_clustered_as_if_it_were_alone(quality: Quality) -> None:
    # Modularity over the whole of 50 such components would join the triangles of each: in so large a graph the bridge
    # is more than chance.
    edges = {
        (7 * copy + low, 7 * copy + high): score for copy in range(50) for (low, high), score in TWO_TRIANGLES.items()
    }
    graph = make_graph(350, edges, [f"d{node:03d}" for node in range(350)])
    found = find_communities(graph, quality=quality).reshape(50, 7)
    assert [row.tolist() for row in found - found[:, :1]] == [[0, 0, 0, 1, 1, 1, 2]] * 50
